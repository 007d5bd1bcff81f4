// Browsers and bundlers for them: the WebAssembly is fetched when it is first needed.
import { loadFrom } from "./load.js";

loadFrom(new URL("../wasm/define_bg.wasm", import.meta.url));

export * from "./api.js";
