// State in the memory of one process: what a single server, a test or a page needs.
import { invalid } from "../sms-error.js";
import { decide } from "./ledger-step.js";
import { timeOf } from "./of-user.js";

/** How many steps pass between two searches for what expired. */
const SWEPT_EVERY = 4096;

/** @type {typeof import("./index.js").memoryStore} */
export function memoryStore({ now = Date.now } = {}) {
  if (typeof now !== "function") throw invalid("now", "now is not a function");
  /** @type {Map<string, { state: string, expiresAt: number }>} */
  const states = new Map();
  let steps = 0;
  let swept = Number.NEGATIVE_INFINITY;
  const sweep = () => {
    // Only what was over at the last search as well: a clock that is ahead for a moment must not free anybody.
    for (const [key, { expiresAt }] of states) if (expiresAt <= swept) states.delete(key);
    swept = timeOf(now);
  };
  return {
    async apply(key, command) {
      steps += 1;
      if (steps % SWEPT_EVERY === 0) sweep();
      const { decision, changes, state, expiresAt } = decide(states.get(key)?.state, command, timeOf(now));
      if (changes && state) states.set(key, { state, expiresAt });
      else if (changes) states.delete(key);
      return decision;
    },
  };
}
