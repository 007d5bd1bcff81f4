// Cloudflare Workers: an import of a .wasm file is a compiled WebAssembly.Module.
// @ts-expect-error TypeScript does not know how this runtime imports a .wasm file
import module from "../wasm/edge_bg.wasm";
import { loadNow } from "./load.js";
import { setRuntime } from "./runtime.js";

loadNow(module);
setRuntime({ lives: false, isCloudflare: true });

export * from "./api.js";
export { Ledger } from "./ledger.js";
