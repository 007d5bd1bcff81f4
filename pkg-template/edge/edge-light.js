// Vercel's edge runtime: `?module` asks for a compiled WebAssembly.Module.
// @ts-expect-error TypeScript does not know how this runtime imports a .wasm file
import module from "../wasm/edge_bg.wasm?module";
import { loadNow } from "./load.js";
import { setRuntime } from "./runtime.js";

loadNow(module);
setRuntime({ lives: false });

export * from "./api.js";
export { Ledger } from "./no-ledger.js";
