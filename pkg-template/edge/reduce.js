// One step of the ledger, beside the state.
import { reduce as reduced } from "../wasm/edge.js";
import { guard } from "./load.js";

/**
 * The decision, the state that is to be stored, and until when; and what time it is, in milliseconds since 1970. The state is
 * `undefined` where it stays as it was, and `null` where there is none any more.
 * @param {string | undefined} state
 * @param {string} command
 * @param {() => number} [clock] Default `Date.now`.
 * @returns {[decision: string, state: string | null | undefined, expiresAt: number, now: number]}
 */
export function reduce(state, command, clock) {
  // An argument of another type would look like a fault of the instance.
  const text = String(command);
  return /** @type {any} */ (guard.call(() => reduced(state, text, clock)));
}
