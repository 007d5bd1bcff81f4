// One step of the ledger, beside the state: the pure reducer in WebAssembly.
import { Reducer } from "../wasm/edge.js";
import { guarded, instance } from "./instance.js";
import { Told, write } from "./room.js";

/** @type {Reducer} */
let reducer;
/** The instance that it is of. */
let of = -1;

/**
 * @param {Uint8Array | undefined} state
 * @param {unknown} command
 * @param {number} now
 * @returns {{ decision: Uint8Array, changes: boolean, state: Uint8Array | undefined, expiresAt: number }}
 */
export function decide(state, command, now) {
  const decided = guarded(() => {
    if (of !== instance()) reducer = new Reducer();
    of = instance();
    write(reducer, [state ?? undefined, /** @type {Uint8Array} */ (command)]);
    const address = reducer.step(now);
    return address === 0 ? undefined : read(new Told(address));
  });
  if (decided === undefined) throw new Error("the command, or what is stored under its key, is not xinshi's");
  return decided;
}

/** @param {Told} told */
function read(told) {
  const change = told.number();
  const decision = /** @type {Uint8Array} */ (told.bytes());
  if (change !== STORES) return { decision, changes: change !== NOTHING, state: undefined, expiresAt: 0 };
  return { decision, changes: true, state: told.bytes(), expiresAt: told.number() * 2 ** 32 + told.number() };
}

/** What becomes of a state: else it is removed. */
const NOTHING = 0;
const STORES = 2;
