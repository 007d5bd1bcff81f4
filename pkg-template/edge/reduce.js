// Runs one step of the ledger beside the stored state.
import { reduce as reduced } from "../wasm/edge.js";
import { guard } from "./load.js";

/**
 * Applies a command to a state at the current time. Returns the decision, the new state with its expiry, and the time,
 * in milliseconds since the Unix epoch. The state is `undefined` where it stays as it was, and `null` where it is
 * removed.
 * @param {string | undefined} state
 * @param {string} command
 * @param {() => number} [clock] Default `Date.now`.
 * @returns {[decision: string, state: string | null | undefined, expiresAt: number, now: number]}
 */
export function reduce(state, command, clock) {
  // WebAssembly's glue would fail on an argument of another type, which would look like a fault of the instance.
  const text = String(command);
  return /** @type {any} */ (guard.call(() => reduced(state, text, clock)));
}
