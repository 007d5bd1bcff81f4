// What a runtime's entry says of it: where limits can be kept if nobody says, and whose word an address is.

/**
 * @typedef {object} Runtime
 * @property {boolean} lives Whether the process lives on, so that its memory can limit anybody.
 * @property {boolean} isCloudflare Whether requests come through Cloudflare, which names the caller's address.
 * @property {boolean} inPage Whether this is a page, or a worker of one.
 */

// A bundler may have been told that a Worker is a browser, or Node.js: it says itself what it is.
const isWorker = globalThis.navigator?.userAgent === "Cloudflare-Workers";

/** @type {Runtime} */
export const runtime = { lives: !isWorker, isCloudflare: isWorker, inPage: false };

/** @param {Partial<Runtime>} what */
export function thisIs(what) {
  Object.assign(runtime, what);
}
