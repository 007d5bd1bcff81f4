// Node.js, Deno and Bun: the WebAssembly is a file beside this one.
import { readFileSync } from "node:fs";
import { loadNow } from "./load.js";

loadNow(readFileSync(new URL("../wasm/rules_bg.wasm", import.meta.url)));

export * from "./api.js";
