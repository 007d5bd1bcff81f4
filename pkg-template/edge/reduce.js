// One step of the ledger, beside the state.
import { reduce as reduced } from "../wasm/edge.js";
import { guard } from "./load.js";

/**
 * The decision, the state that is to be stored, and until when, in milliseconds since 1970. The state is `undefined` where it stays
 * as it was, and `null` where there is none any more.
 * @param {string | undefined} state
 * @param {string} command
 * @param {number} now
 * @returns {[decision: string, state: string | null | undefined, expiresAt: number]}
 */
export function reduce(state, command, now) {
  // What is no text and no number would look like a fault of the instance.
  const [text, time] = [String(command), Number(now)];
  return /** @type {any} */ (guard.call(() => reduced(state, text, time)));
}
