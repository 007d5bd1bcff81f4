// Whom events are told: a caller's function, as the WebAssembly calls it.

/**
 * An observer whose failures nobody hears: they must not end a send.
 * @param {(event: any) => unknown} on
 */
export const observer = (on) => ({
  /** @param {string} event */
  tell(event) {
    try {
      Promise.resolve(on(JSON.parse(event))).catch(() => {});
    } catch {
      // Nobody hears it.
    }
  },
});
