// Browsers and bundlers for them: the WebAssembly is fetched when it is first needed.
import { thisIsAPage } from "./host-fetch.js";
import { loadFrom } from "./load.js";

thisIsAPage();
loadFrom(new URL("../wasm/edge_bg.wasm", import.meta.url));

export * from "./api.js";
export { Ledger } from "./no-ledger.js";
