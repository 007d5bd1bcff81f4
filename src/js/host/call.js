// A call, with its caller's asynchronous context. Futures of all calls are polled from one queue, whose asynchronous
// context (AsyncLocalStorage, a trace) could be another caller's. A caller's functions are therefore called from here.
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
   * Calls a fetch. Its result or exception becomes a promise.
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
   * Passes an event to a listener. A failing listener must not end a call.
   * @param {(event: any) => unknown} listener
   * @param {unknown} event
   */
  emit(listener, event) {
    this.#enqueue(async () => {
      try {
        await listener(event);
      } catch {
        // Ignored, see above.
      }
    });
  }

  /** @param {() => void} job Throws nothing. */
  #enqueue(job) {
    this.#jobs.push(job);
    this.#wake();
  }

  /** The context after an `await` is the one of the call. */
  async #work() {
    for (;;) {
      for (const job of this.#jobs.splice(0)) job();
      await /** @type {Promise<void>} */ (new Promise((resolve) => (this.#wake = resolve)));
    }
  }
}

/**
 * Runs an asynchronous call. It always settles: if the instance breaks, with the result or exception of `ended`.
 * @template T
 * @param {() => Promise<T>} begin
 * @param {() => T} ended
 * @returns {Promise<T>}
 */
export function awaitCall(begin, ended) {
  const began = guard.instance;
  return new Promise((resolve, reject) => {
    // By then the instance has been replaced and can be called.
    const end = () => settle(resolve)(Promise.resolve().then(ended));
    const settle = (/** @type {(value: any) => void} */ how) => (/** @type {any} */ value) => {
      guard.pendingCalls.delete(end);
      how(value);
    };
    guard.pendingCalls.add(end);
    try {
      guard.call(begin).then(settle(resolve), settle(reject));
    } catch (error) {
      // After a fault, `end` has settled the call.
      if (began === guard.instance) settle(reject)(error);
    }
  });
}
