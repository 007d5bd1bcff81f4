// Calls into a door's WebAssembly under a guard: a fault of its own costs the answers that are under way, and never the process.
import { SmsError } from "./sms-error.js";

/** The instance of a door's WebAssembly. One that broke is replaced. */
export class Guard {
  /** Which instance it is: nothing that another made can be used. */
  instance = 0;
  /** What ends the calls that are under way where the instance breaks. None of it throws. @type {Set<() => void>} */
  pendingCalls = new Set();
  /** How a broken instance is replaced: the glue says it. */
  replaceBy = () => {};

  /**
   * Calls into the instance. It throws an SmsError where it means to; whatever else comes out of it is a fault.
   * @template T
   * @param {() => T} call Nothing in it but calls into the WebAssembly may throw.
   */
  call(call) {
    const called = this.instance;
    try {
      return call();
    } catch (error) {
      if (!(error instanceof SmsError) && called === this.instance) {
        this.instance += 1;
        for (const end of this.pendingCalls) end();
        this.replaceBy();
      }
      throw error;
    }
  }
}

/** The client's, whose futures wait in the host's queue of microtasks. */
export const guard = new Guard();

/**
 * A function of the instance as the host calls it: what comes out of it, nobody else may hear.
 * @param {(value: any) => unknown} call
 */
function guardedCallback(call) {
  const made = guard.instance;
  return (/** @type {any} */ value) => {
    try {
      if (made === guard.instance) guard.call(() => call(value));
    } catch {
      // All that were under way have ended.
    }
  };
}

/** Polls futures: in wasm-bindgen's glue it stands in the place of the global. @param {(value?: any) => void} poll */
export const queueMicrotask = (poll) => globalThis.queueMicrotask(/** @type {() => void} */ (guardedCallback(poll)));

/** What a future waits for: a promise of ours, which behaves. @param {Promise<any>} promise */
export const watched = (promise) => ({
  // biome-ignore lint/suspicious/noThenProperty: wasm-bindgen-futures asks a promise for nothing else
  then(/** @type {(value: any) => void} */ done, /** @type {(error: any) => void} */ failed) {
    promise.then(guardedCallback(done), guardedCallback(failed));
  },
});

/** The same of anything: what is no promise is there, and one that misbehaves is rejected. @param {unknown} value */
export const settled = (value) => watched((async () => await value)());
