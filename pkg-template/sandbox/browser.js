// Browsers and bundlers for them: the WebAssembly is fetched on first use.
import { loadFrom } from "./load.js";

loadFrom(new URL("../wasm/sandbox_bg.wasm", import.meta.url));

export * from "./api.js";
