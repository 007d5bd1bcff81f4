// Vercel's edge runtime: `?module` asks for a compiled WebAssembly.Module.
// @ts-expect-error what this runtime makes of a .wasm file, TypeScript does not know
import module from "../wasm/define_bg.wasm?module";
import { loadNow } from "./load.js";

loadNow(module);

export * from "./api.js";
