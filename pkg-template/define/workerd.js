// Cloudflare Workers: an import of a .wasm file is a compiled WebAssembly.Module.
// @ts-expect-error what this runtime makes of a .wasm file, TypeScript does not know
import module from "../wasm/define_bg.wasm";
import { loadNow } from "./load.js";

loadNow(module);

export * from "./api.js";
