// One start of the WebAssembly in a fresh process: compiles it and makes an instance.
import { readFileSync } from "node:fs";

const wasm = new URL("../../node_modules/xinshi/wasm/", import.meta.url);
const bytes = readFileSync(new URL("edge_bg.wasm", wasm));
const { initSync } = await import(new URL("edge.js", wasm));
const started = performance.now();
const module = new WebAssembly.Module(bytes);
const compiled = performance.now();
initSync({ module });
process.send({ compile: compiled - started, start: performance.now() - started }, () => process.disconnect());
