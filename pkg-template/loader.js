// Loads the WebAssembly of an entry once: at import where the runtime can, on demand in a browser.

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
    /** Whether the WebAssembly is ready. */
    isReady: () => ready,

    /** Compiles and starts the WebAssembly synchronously. @param {WebAssembly.Module | BufferSource} module */
    loadNow(module) {
      startNow({ module });
      ready = true;
    },

    /** Sets the URL to load from on first use. @param {URL} url */
    loadFrom(url) {
      sourceUrl = url;
    },

    /**
     * Resolves when the WebAssembly is ready. After a failed load, the next call loads again.
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
