// Browsers and bundlers for them: the WebAssembly is fetched on first use.
import { loadFrom } from "./load.js";
import { setRuntime } from "./runtime.js";

setRuntime({ inPage: true });
loadFrom(new URL("../wasm/edge_bg.wasm", import.meta.url));

export * from "./api.js";
export { Ledger } from "./no-ledger.js";
