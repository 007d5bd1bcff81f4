// One timer for all that a request waits for, one after the other: a worker pays for each that is set.

export class Deadline {
  #at = 0;
  #timeoutMs = 0;
  #ringsAt = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  /** @type {((why: "timeout") => void) | undefined} */
  #stop;

  /**
   * Waits for something, and for the time to pass.
   * @template T
   * @param {T | Promise<T>} work
   * @param {number} timeoutMs
   * @returns {Promise<T | "timeout" | "aborted">}
   */
  within = (work, timeoutMs) => {
    this.#at = Date.now() + timeoutMs;
    this.#timeoutMs = timeoutMs;
    // One that rings later would come too late; one that rings sooner is set again then.
    if (this.#timer !== undefined && this.#at < this.#ringsAt) this.end();
    if (this.#timer === undefined) this.#set(timeoutMs);
    return new Promise((resolve, reject) => {
      this.#stop = resolve;
      Promise.resolve(work).then(resolve, reject);
    });
  };

  /** Nothing is waited for any more. */
  end() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #ring = () => {
    // A clock that was set back must not make it longer than it was to be.
    const left = Math.min(this.#at - Date.now(), this.#timeoutMs);
    if (left > 0) return this.#set(left);
    this.#timer = undefined;
    this.#stop?.("timeout");
  };

  /** @param {number} milliseconds */
  #set(milliseconds) {
    this.#ringsAt = Date.now() + milliseconds;
    this.#timer = setTimeout(this.#ring, milliseconds);
  }
}
