import { loader } from "../loader.js";
import start, { initSync } from "../wasm/client.js";

/** @type {import("../wasm/client.js").InitOutput} */
let wasm;
/** @param {import("../wasm/client.js").InitOutput} started */
const keep = (started) => {
  wasm = started;
};

/** What the WebAssembly works in. */
export const memory = () => wasm.memory;

export const { isReady, loadNow, loadFrom, load } = loader(
  async (source) => keep(await start(source)),
  (source) => keep(initSync(source)),
);
