// The properties of the runtime: the default store of the state, and the source of a caller's address.

/**
 * @typedef {object} Runtime
 * @property {boolean} lives Whether the process is long-lived, so that limits in its memory are effective.
 * @property {boolean} isCloudflare Whether requests come through Cloudflare, which names the caller's address.
 * @property {boolean} inPage Whether this is a page, or a page's worker.
 */

// A bundler may treat a Worker as a browser, or as Node.js, so the user agent decides.
const isWorker = globalThis.navigator?.userAgent === "Cloudflare-Workers";

/** @type {Runtime} */
export const runtime = { lives: !isWorker, isCloudflare: isWorker, inPage: false };

/** @param {Partial<Runtime>} changes */
export function setRuntime(changes) {
  Object.assign(runtime, changes);
}
