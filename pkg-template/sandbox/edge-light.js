// Vercel's edge runtime: `?module` asks for a compiled WebAssembly.Module.
// @ts-expect-error TypeScript does not know how this runtime imports a .wasm file
import module from "../wasm/sandbox_bg.wasm?module";
import { loadNow } from "./load.js";

loadNow(module);

export * from "./api.js";
