// Keeps the state in the memory of one process: for a single server, a test or a page.
import { invalid } from "../sms-error.js";
import { reduce } from "./reduce.js";

/** The number of steps between two sweeps of expired keys. */
const SWEPT_EVERY = 4096;

/** @type {typeof import("./index.js").memoryStore} */
export function memoryStore({ now: clock } = {}) {
  if (clock !== undefined && typeof clock !== "function") throw invalid("now", "now is not a function");
  /** @type {Map<string, { state: string, expiresAt: number }>} */
  const states = new Map();
  let steps = 0;
  let swept = Number.NEGATIVE_INFINITY;
  return {
    async apply(key, command) {
      const [decision, state, expiresAt, now] = reduce(states.get(key)?.state, command, clock);
      if (state) states.set(key, { state, expiresAt });
      else if (state === null) states.delete(key);
      steps += 1;
      if (steps % SWEPT_EVERY === 0) {
        // Removes only keys that had expired at the last sweep too: a clock that jumps ahead for a moment must lift no
        // limit.
        for (const [key, { expiresAt }] of states) if (expiresAt <= swept) states.delete(key);
        swept = now;
      }
      return decision;
    },
  };
}
