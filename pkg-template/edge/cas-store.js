// State in a store of the caller's that can compare and swap: Redis, Deno KV and the like.
import { invalid } from "../sms-error.js";
import { decide } from "./ledger-step.js";
import { load } from "./load.js";

/** How often a step is tried while others change the same key. */
const TRIES = 32;
/** The longest wait between two tries, in milliseconds. */
const LONGEST_WAIT_MS = 64;

/** @type {typeof import("./index.js").casStore} */
export function casStore(kv) {
  if (typeof kv?.get !== "function" || typeof kv?.swap !== "function") {
    throw invalid("kv", "kv lacks get(key) or swap(key, version, value, expiresAtMs)");
  }
  return {
    async apply(key, command) {
      await load();
      for (let tries = 1; tries <= TRIES; tries += 1) {
        const found = await kv.get(key);
        // What was removed is empty until it expires.
        const before = found && found.value.length > 0 ? found.value : undefined;
        const time = Date.now();
        const { decision, changes, state, expiresAt } = decide(before, command, time);
        if (!changes) return decision;
        const value = state ?? new Uint8Array();
        if (await kv.swap(key, found?.version ?? null, value, state ? expiresAt : time + 1000)) return decision;
        await new Promise((resolve) => setTimeout(resolve, Math.random() * Math.min(2 ** tries, LONGEST_WAIT_MS)));
      }
      throw new Error("too many change the same key at once");
    },
  };
}
