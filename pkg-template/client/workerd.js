// Cloudflare Workers: an import of a .wasm file is a compiled WebAssembly.Module.
// @ts-expect-error TypeScript does not know how this runtime imports a .wasm file
import module from "../wasm/client_bg.wasm";
import { loadNow } from "./load.js";

loadNow(module);

export * from "./api.js";
