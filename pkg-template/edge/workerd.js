// Cloudflare Workers: an import of a .wasm file is a compiled WebAssembly.Module.
// @ts-expect-error what this runtime makes of a .wasm file, TypeScript does not know
import module from "../wasm/edge_bg.wasm";
import { loadNow } from "./load.js";
import { thisIs } from "./runtime.js";

loadNow(module);
thisIs({ lives: false, isCloudflare: true });

export * from "./api.js";
export { Ledger } from "./ledger.js";
