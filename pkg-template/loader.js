// Loads a door's WebAssembly once: at import where a runtime can, on demand in a browser.

/** @typedef {WebAssembly.Module | BufferSource | URL | Promise<Response>} Source */

/**
 * @param {(source: { module_or_path: Source }) => Promise<unknown>} start
 * @param {(source: { module: WebAssembly.Module | BufferSource }) => unknown} startNow
 */
export function loader(start, startNow) {
  let ready = false;
  /** @type {Promise<unknown> | undefined} */
  let loading;
  /** @type {URL | undefined} */
  let sourceUrl;
  return {
    /** Whether the WebAssembly can be called. */
    isReady: () => ready,

    /** Compiles and starts it now. @param {WebAssembly.Module | BufferSource} module */
    loadNow(module) {
      startNow({ module });
      ready = true;
    },

    /** Says where to find it when it is needed. @param {URL} url */
    loadFrom(url) {
      sourceUrl = url;
    },

    /**
     * Resolves when it can be called. A load that failed is tried again by the next call.
     * @param {Source | undefined} source
     */
    async load(source = sourceUrl) {
      if (ready) return;
      if (source === undefined) throw new Error("there is no WebAssembly to load");
      loading ??= start({ module_or_path: source });
      try {
        await loading;
        ready = true;
      } finally {
        loading = undefined;
      }
    },
  };
}
