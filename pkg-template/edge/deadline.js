// One timer for all that a request waits for, one after the other: a worker pays for each that is set.

export class Deadline {
  #at = 0;
  #timeoutMs = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  /** @type {((why: "timeout") => void) | undefined} */
  #stop;

  /**
   * Waits for something, and for the time to pass.
   * @template T
   * @param {Promise<T>} work
   * @param {number} timeoutMs
   * @returns {Promise<T | "timeout" | "aborted">}
   */
  within = async (work, timeoutMs) => {
    this.#at = Date.now() + timeoutMs;
    this.#timeoutMs = timeoutMs;
    /** @type {Promise<"timeout">} */
    const stopped = new Promise((resolve) => {
      this.#stop = resolve;
    });
    // One that was set for longer would come too late.
    if (this.#timer !== undefined && timeoutMs < SOONEST_MS) this.end();
    this.#timer ??= setTimeout(this.#ring, timeoutMs);
    try {
      return await Promise.race([work, stopped]);
    } finally {
      this.#stop = undefined;
    }
  };

  /** Nothing is waited for any more. */
  end() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #ring = () => {
    // A clock that was set back must not make it longer than it was to be.
    const left = Math.min(this.#at - Date.now(), this.#timeoutMs);
    this.#timer = left > 0 ? setTimeout(this.#ring, left) : undefined;
    if (left <= 0) this.#stop?.("timeout");
  };
}

/** What a timer that is under way is set for at most, in milliseconds. */
const SOONEST_MS = 10_000;
