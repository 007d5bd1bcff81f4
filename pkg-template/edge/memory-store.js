// Keeps the state in the memory of one process: for a single server, a test or a page.
import { invalid } from "../sms-error.js";
import { reduce } from "./reduce.js";

/** The number of steps between two sweeps of expired keys. */
const SWEPT_EVERY = 4096;

const MINUTE_MS = 60_000;
/** The digits of a minute, to the base 36, and what is added to it so that it has as many. */
const [DIGITS, LEAST] = [5, 36 ** 4];

/** @type {typeof import("./index.js").memoryStore} */
export function memoryStore({ now: clock } = {}) {
  if (clock !== undefined && typeof clock !== "function") throw invalid("now", "now is not a function");
  /**
   * The minute in which each state expires, in five digits, and then the state. As one text both take a fifth less
   * memory than as an object.
   * @type {Map<string, string>}
   */
  const rows = new Map();
  let steps = 0;
  let swept = Number.NEGATIVE_INFINITY;
  return {
    async apply(key, command) {
      const row = rows.get(key);
      const [decision, state, expiresAt, now] = reduce(row?.slice(DIGITS), command, clock);
      if (state) rows.set(key, rowOf(expiresAt, state));
      else if (state === null) rows.delete(key);
      steps += 1;
      if (steps % SWEPT_EVERY === 0) {
        // Removes only keys that had expired at the last sweep too: a clock that jumps ahead for a moment must lift no
        // limit.
        for (const [key, row] of rows) if (expiryOf(row) <= swept) rows.delete(key);
        swept = now;
      }
      return decision;
    },
  };
}

/**
 * One text, which an engine stores in one piece: `+` would keep both parts beside it. Five digits last until 2081.
 * @param {number} expiresAt @param {string} state
 */
const rowOf = (expiresAt, state) => [(LEAST + Math.ceil(expiresAt / MINUTE_MS)).toString(36), state].join("");

const expiryOf = (/** @type {string} */ row) => (Number.parseInt(row.slice(0, DIGITS), 36) - LEAST) * MINUTE_MS;
