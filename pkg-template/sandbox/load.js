// Loads the WebAssembly once: at import where a runtime can, on demand in a browser.
import start, { initSync } from "../wasm/sandbox.js";

/** @typedef {WebAssembly.Module | BufferSource | URL | Promise<Response>} Source */

let ready = false;
/** @type {Promise<unknown> | undefined} */
let loading;
/** @type {URL | undefined} */
let found;

/** Whether the WebAssembly can be called. */
export const isReady = () => ready;

/** Compiles and starts it now. @param {WebAssembly.Module | BufferSource} module */
export function loadNow(module) {
  initSync({ module });
  ready = true;
}

/** Says where to find it when it is needed. @param {URL} url */
export function loadFrom(url) {
  found = url;
}

/**
 * Resolves when it can be called. A load that failed is tried again by the next call.
 * @param {Source | undefined} source
 */
export async function load(source = found) {
  if (ready) return;
  if (source === undefined) throw new Error("there is no WebAssembly to load");
  loading ??= start({ module_or_path: source });
  try {
    await loading;
    ready = true;
  } finally {
    loading = undefined;
  }
}
