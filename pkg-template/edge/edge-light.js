// Vercel's edge runtime: `?module` asks for a compiled WebAssembly.Module.
// @ts-expect-error what this runtime makes of a .wasm file, TypeScript does not know
import module from "../wasm/edge_bg.wasm?module";
import { loadNow } from "./load.js";
import { thisIs } from "./runtime.js";

loadNow(module);
thisIs({ lives: false });

export * from "./api.js";
export { Ledger } from "./no-ledger.js";
