// A call as its caller made it. Futures are polled from one queue for all calls: what a caller's own functions would see there of
// their asynchronous context (AsyncLocalStorage, a trace) could be another caller's, so that they are called from here.
import { guard, watched } from "./guard.js";

export class Call {
  /** Whether a request has left. */
  hasLeft = false;
  /** @type {(() => void)[]} */
  #jobs = [];
  #wake = () => {};

  constructor() {
    this.#work();
  }

  /**
   * Calls a fetch. What it gives or throws becomes a promise.
   * @param {(...args: any[]) => unknown} fetch
   * @param {unknown[]} args
   */
  runFetch(fetch, ...args) {
    return watched(
      new Promise((resolve, reject) => {
        this.#enqueue(async () => {
          this.hasLeft = true;
          try {
            resolve(await fetch(...args));
          } catch (error) {
            reject(error);
          }
        });
      }),
    );
  }

  /**
   * Tells a listener of an event. Nobody hears whether it fails: that must not end a call.
   * @param {(event: any) => unknown} listener
   * @param {unknown} event
   */
  emit(listener, event) {
    this.#enqueue(async () => {
      try {
        await listener(event);
      } catch {
        // Nobody hears it.
      }
    });
  }

  /** @param {() => void} job It throws nothing. */
  #enqueue(job) {
    this.#jobs.push(job);
    this.#wake();
  }

  /** Where an `await` ends, its context is what it was when the call was made. */
  async #work() {
    for (;;) {
      for (const job of this.#jobs.splice(0)) job();
      await /** @type {Promise<void>} */ (new Promise((resolve) => (this.#wake = resolve)));
    }
  }
}

/**
 * A call that waits. It settles whatever happens: where the instance breaks, as `ended` gives or throws.
 * @template T
 * @param {() => Promise<T>} begin
 * @param {() => T} ended
 * @returns {Promise<T>}
 */
export function awaitCall(begin, ended) {
  const began = guard.instance;
  return new Promise((resolve, reject) => {
    // By then the instance is replaced, and can be asked.
    const end = () => settle(resolve)(Promise.resolve().then(ended));
    const settle = (/** @type {(value: any) => void} */ how) => (/** @type {any} */ value) => {
      guard.pendingCalls.delete(end);
      how(value);
    };
    guard.pendingCalls.add(end);
    try {
      guard.call(begin).then(settle(resolve), settle(reject));
    } catch (error) {
      // Of a fault, `end` has told already.
      if (began === guard.instance) settle(reject)(error);
    }
  });
}
