// Browsers and bundlers for them: the WebAssembly is fetched on first use.
import { markAsPage } from "./core.js";
import { loadFrom } from "./load.js";

markAsPage();
loadFrom(new URL("../wasm/client_bg.wasm", import.meta.url));

export * from "./api.js";
