// Guards calls into a WebAssembly: a fault of its own costs the answers that are under way, and never the process.
import { SmsError } from "./sms-error.js";

/** The instance of a WebAssembly. A broken instance is replaced. */
export class Guard {
  /** The number of the instance. Objects of another instance cannot be used. */
  instance = 0;
  /** Functions that end the running calls if the instance breaks. None of them throws. @type {Set<() => void>} */
  pendingCalls = new Set();
  /** Replaces a broken instance; the glue sets it. */
  replaceBy = () => {};

  /**
   * Calls into the instance. An SmsError is an intended exception; any other is a fault.
   * @template T
   * @param {() => T} call Only its calls into the WebAssembly may throw.
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
      // Node.js prints the line that made an uncaught error: without this, the 40 KB of the minified glue.
      if (error instanceof SmsError) Error.captureStackTrace?.(error, this.call);
      throw error;
    }
  }
}

/** The guard of the client, whose futures wait in the host's queue of microtasks. */
export const guard = new Guard();

/**
 * Wraps a function of the instance that the host calls, and drops its exceptions.
 * @param {(value: any) => unknown} call
 */
function guardedCallback(call) {
  const made = guard.instance;
  return (/** @type {any} */ value) => {
    try {
      if (made === guard.instance) guard.call(() => call(value));
    } catch {
      // The guard has ended all running calls.
    }
  };
}

/** Polls futures: wasm-bindgen's glue uses it in place of the global function. @param {(value?: any) => void} poll */
export const queueMicrotask = (poll) => globalThis.queueMicrotask(/** @type {() => void} */ (guardedCallback(poll)));

/** The promise that a future waits for: one of ours, without user code. @param {Promise<any>} promise */
export const watched = (promise) => ({
  // biome-ignore lint/suspicious/noThenProperty: wasm-bindgen-futures asks a promise for nothing else
  then(/** @type {(value: any) => void} */ done, /** @type {(error: any) => void} */ failed) {
    promise.then(guardedCallback(done), guardedCallback(failed));
  },
});

/**
 * The same for any value: a value that is no promise resolves at once, and a misbehaving one is rejected. @param
 * {unknown} value
 */
export const settled = (value) => watched((async () => await value)());
