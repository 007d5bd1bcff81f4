// The operator's log, where the handler runs.

/** @param {string} line */
export const logError = (line) => console.error(`xinshi: ${line}`);

/** @param {string} line */
export const logWarning = (line) => console.warn(`xinshi: ${line}`);

/** Keeps a promise that nobody awaits from ending the process by an unhandled rejection. @param {any} value */
export async function ignoreResult(value) {
  try {
    await value;
  } catch {
    // Ignored, see above.
  }
}
