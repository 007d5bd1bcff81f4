// What a runtime's entry says of it: where limits can be kept if nobody says, and whose word an address is.

/**
 * @typedef {object} Runtime
 * @property {boolean} lives Whether the process lives on, so that its memory can limit anybody.
 * @property {boolean} isCloudflare Whether requests come through Cloudflare, which names the caller's address.
 */

/** @type {Runtime} */
export const runtime = { lives: true, isCloudflare: false };

/** @param {Partial<Runtime>} what */
export function thisIs(what) {
  Object.assign(runtime, what);
}
