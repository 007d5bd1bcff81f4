// Loads the WebAssembly once: at import where a runtime can, on demand in a browser.
import start, { initSync } from "../wasm/sandbox.js";

let ready = false;
let loading;
let source;

/** Whether the WebAssembly can be called. */
export const isReady = () => ready;

/** Compiles and starts it now. */
export function loadNow(module) {
  initSync({ module });
  ready = true;
}

/** Says where to find it when it is needed. */
export function loadFrom(url) {
  source = url;
}

/** Resolves when it can be called. A load that failed is tried again by the next call. */
export async function load(module = source) {
  if (ready) return;
  loading ??= start({ module_or_path: module });
  try {
    await loading;
    ready = true;
  } finally {
    loading = undefined;
  }
}
