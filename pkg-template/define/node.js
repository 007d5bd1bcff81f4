// Node.js, Deno and Bun: the WebAssembly is a file beside this one.
import { readFileSync } from "node:fs";
import { setPackageTable } from "../gbk.js";
import { loadNow } from "./load.js";

// Node.js can be built without encodings.
setPackageTable(() => readFileSync(new URL("../client/gbk.txt", import.meta.url), "utf8"));
loadNow(readFileSync(new URL("../wasm/define_bg.wasm", import.meta.url)));

export * from "./api.js";
