// State in the memory of one process: what a single server, a test or a page needs.
import { invalid } from "../sms-error.js";
import { reduce } from "./reduce.js";

/** How many steps pass between two searches for what expired. */
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
        // Only what was over at the last search as well: a clock that is ahead for a moment must not free anybody.
        for (const [key, { expiresAt }] of states) if (expiresAt <= swept) states.delete(key);
        swept = now;
      }
      return decision;
    },
  };
}
