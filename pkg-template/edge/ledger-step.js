// One step of the ledger, beside the state: the pure reducer in WebAssembly.
import { Reducer } from "../wasm/edge.js";
import { guarded, instance } from "./instance.js";
import { Told, write } from "./room.js";

/** @type {Reducer} */
let reducer;
/** The instance that it is of. */
let of = -1;

/**
 * What passes between objects, and what they keep, is text: a worker pays for each list of bytes with a buffer of its own, which
 * costs more than all that is decided.
 * @param {string | undefined} state
 * @param {string} command
 * @param {number} now
 */
export function decide(state, command, now) {
  const read = (/** @type {Told} */ told) => told.text();
  return /** @type {Decided<string>} */ (decided(state, command, now, true, read));
}

/**
 * The same for states in bytes, which take less room.
 * @param {Uint8Array | undefined} state
 * @param {string} command
 * @param {number} now
 */
export function decideInBytes(state, command, now) {
  const read = (/** @type {Told} */ told) => told.bytes();
  return /** @type {Decided<Uint8Array>} */ (decided(state, command, now, false, read));
}

/**
 * @template T
 * @typedef {{ decision: string, changes: boolean, state: T | undefined, expiresAt: number }} Decided
 */

/**
 * @param {Uint8Array | string | undefined} state
 * @param {string} command
 * @param {number} now
 * @param {boolean} inText
 * @param {(told: Told) => Uint8Array | string | undefined} stateOf
 * @returns {Decided<Uint8Array | string>}
 */
function decided(state, command, now, inText, stateOf) {
  const done = guarded(() => {
    if (of !== instance()) reducer = new Reducer();
    of = instance();
    write(reducer, [state ?? undefined, command]);
    const address = reducer.step(now, inText);
    return address === 0 ? undefined : read(new Told(address), stateOf);
  });
  if (done === undefined) throw new Error("the command, or what is stored under its key, is not xinshi's");
  return done;
}

/** @param {Told} told @param {(told: Told) => Uint8Array | string | undefined} stateOf */
function read(told, stateOf) {
  const change = told.number();
  const decision = told.text() ?? "";
  if (change !== STORES) return { decision, changes: change !== NOTHING, state: undefined, expiresAt: 0 };
  return { decision, changes: true, state: stateOf(told), expiresAt: told.number() * 2 ** 32 + told.number() };
}

/** What becomes of a state: else it is removed. */
const NOTHING = 0;
const STORES = 2;
