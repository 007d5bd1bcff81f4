// State in the memory of one process: what a single server, a test or a page needs.
import { reduce } from "./reduce.js";

/** How many steps pass between two searches for what expired. */
const SWEPT_EVERY = 4096;

/** @type {typeof import("./index.js").memoryStore} */
export function memoryStore({ now = Date.now } = {}) {
  /** @type {Map<string, { state: string, expiresAt: number }>} */
  const states = new Map();
  let steps = 0;
  let swept = Number.NEGATIVE_INFINITY;
  const sweep = () => {
    // Only what was over at the last search as well: a clock that is ahead for a moment must not free anybody.
    for (const [key, { expiresAt }] of states) if (expiresAt <= swept) states.delete(key);
    swept = Number(now());
  };
  return {
    async apply(key, command) {
      steps += 1;
      if (steps % SWEPT_EVERY === 0) sweep();
      const [decision, state, expiresAt] = reduce(states.get(key)?.state, command, now());
      if (state) states.set(key, { state, expiresAt });
      else if (state === null) states.delete(key);
      return decision;
    },
  };
}
