// What an operator is to read, where the handler runs.

/** @param {string} line */
export const log = (line) => console.error(`xinshi: ${line}`);

/** @param {string} line */
export const warn = (line) => console.warn(`xinshi: ${line}`);

/** What nobody waits for must not end the process where it fails. @param {any} value */
export async function ignore(value) {
  try {
    await value;
  } catch {
    // Nobody hears it.
  }
}
