// State in a store of the caller's that can compare and swap: Redis, Deno KV and the like.

import { invalid, smsError } from "../sms-error.js";
import { within } from "./exchange.js";
import { decideInBytes } from "./ledger-step.js";
import { load } from "./load.js";

/** How often a step is tried while others change the same key. */
const TRIES = 64;
/** The longest wait between two tries, in milliseconds. */
const LONGEST_WAIT_MS = 64;
/** How long a step may take with all its tries, in milliseconds: a store that hangs must not hold requests. */
const LONGEST_STEP_MS = 5_000;
/** How far the store's clock may be ahead of ours, in milliseconds: what it removes early, nobody counts any more. */
const CLOCKS_APART_MS = 60_000;

/** @type {typeof import("./index.js").casStore} */
export function casStore(kv) {
  refuseEventual("kv", kv);
  if (typeof kv?.get !== "function" || typeof kv?.swap !== "function") {
    throw invalid("kv", "kv lacks get(key) or swap(key, version, value, expiresAtMs)");
  }
  return {
    async apply(key, command) {
      await load();
      let late = false;
      const end = await within(
        step(kv, key, command, () => late),
        LONGEST_STEP_MS,
        undefined,
      );
      late = true;
      if (typeof end !== "string") return end.decision;
      throw smsError({ code: "timeout", sent: "no", message: `the store took longer than ${LONGEST_STEP_MS} ms` });
    },
  };
}

/**
 * Refuses what tells no writer that another wrote before it.
 * @param {string} field
 * @param {any} kv
 */
export function refuseEventual(field, kv) {
  if (typeof kv?.getWithMetadata !== "function") return;
  const message =
    `${field} is a Workers KV namespace, which is eventually consistent: two requests read the same count and both pass, ` +
    "so that it limits nobody. Bind LEDGER to the class Ledger instead, or pass casStore(…) over Redis or Deno KV";
  throw smsError({ code: "unsupported", sent: "no", field, message });
}

/**
 * @param {Parameters<typeof casStore>[0]} kv
 * @param {string} key
 * @param {string} command
 * @param {() => boolean} isLate
 * @returns {Promise<{ decision: string }>}
 */
async function step(kv, key, command, isLate) {
  for (let tries = 1; tries <= TRIES && !isLate(); tries += 1) {
    const found = await read(kv, key);
    // What was removed is empty until it expires.
    const before = found && found.value.length > 0 ? found.value : undefined;
    const time = Date.now();
    const { decision, changes, state, expiresAt } = decideInBytes(before, command, time);
    // What nobody waits for any more need not count.
    if (!changes || isLate()) return { decision };
    const until = (state ? expiresAt : time) + CLOCKS_APART_MS;
    const swapped = await kv.swap(key, found?.version ?? null, state ?? new Uint8Array(), until);
    if (swapped === true) return { decision };
    // An object that says `ok: false` would be as good as true.
    if (swapped !== false) throw invalid("kv", "kv.swap gave neither true nor false");
    await new Promise((resolve) => setTimeout(resolve, Math.random() * Math.min(2 ** tries, LONGEST_WAIT_MS)));
  }
  throw smsError({ code: "throttled", sent: "no", message: "too many change the same key of the store at once" });
}

/**
 * @param {Parameters<typeof casStore>[0]} kv
 * @param {string} key
 */
async function read(kv, key) {
  const found = (await kv.get(key)) ?? null;
  if (found !== null && !(found.value instanceof Uint8Array && typeof found.version === "string")) {
    throw invalid("kv", "kv.get gave neither null nor { value: Uint8Array, version: string }");
  }
  return found;
}
