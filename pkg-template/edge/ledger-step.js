// One step of the ledger, beside the state: the pure reducer in WebAssembly.
import { applyToLedger } from "../wasm/edge.js";
import { guarded } from "./instance.js";

/**
 * @param {Uint8Array | undefined} state
 * @param {unknown} command
 * @param {number} now
 */
export function decide(state, command, now) {
  return guarded(() => {
    const applied = applyToLedger(state, /** @type {Uint8Array} */ (command), now);
    if (applied === undefined) throw new Error("the command, or what is stored under its key, is not xinshi's");
    try {
      const { changes, expiresAt } = applied;
      return { decision: applied.decision(), changes, state: changes ? applied.state() : undefined, expiresAt };
    } finally {
      applied.free();
    }
  });
}
