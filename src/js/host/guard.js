// Calls into the WebAssembly under a guard: a fault of its own costs the answers that are under way, and never the process.
import { SmsError } from "./sms-error.js";

/** How a broken instance is replaced: the glue says it. */
let replace = () => {};
let generation = 0;
/** What ends the calls that are under way where the instance breaks. None of it throws. @type {Set<() => void>} */
export const underWay = new Set();

/** @param {() => void} how */
export function replaceBy(how) {
  replace = how;
}

/** Which instance it is: nothing that another made can be used. */
export const instance = () => generation;

/**
 * Calls into the instance. It throws an SmsError where it means to; whatever else comes out of it is a fault.
 * @template T
 * @param {() => T} call
 */
export function guarded(call) {
  const called = generation;
  try {
    return call();
  } catch (error) {
    if (!(error instanceof SmsError) && called === generation) {
      generation += 1;
      for (const end of underWay) end();
      replace();
    }
    throw error;
  }
}

/**
 * A function of the instance as the host calls it: what comes out of it, nobody else may hear.
 * @param {(value: any) => unknown} call
 */
function entry(call) {
  const made = generation;
  return (/** @type {any} */ value) => {
    try {
      if (made === generation) guarded(() => call(value));
    } catch {
      // All that were under way have ended.
    }
  };
}

/** Polls futures: in wasm-bindgen's glue it stands in the place of the global. @param {(value?: any) => void} poll */
export const queueMicrotask = (poll) => globalThis.queueMicrotask(/** @type {() => void} */ (entry(poll)));

/** What a future waits for: a promise of ours, which behaves. @param {Promise<any>} promise */
export const watched = (promise) => ({
  // biome-ignore lint/suspicious/noThenProperty: wasm-bindgen-futures asks a promise for nothing else
  then(/** @type {(value: any) => void} */ done, /** @type {(error: any) => void} */ failed) {
    promise.then(entry(done), entry(failed));
  },
});

/** The same of anything: what is no promise is there, and one that misbehaves is rejected. @param {unknown} value */
export const settled = (value) => watched((async () => await value)());
