// A client of the package with several accounts, all at the sandbox's vendors.
import { createSms } from "xinshi";
import { accounts } from "../accounts.js";
import { backend, base, requestJson } from "../backend.js";
import { load } from "../wire/calls.js";

/** The vendors of the view's accounts, in the order in which the client tries them. */
export const ORDER = /** @type {const} */ (["smsadmin", "binstd", "apiv1"]);

/** @param {{ first?: typeof ORDER[number], timeoutMs?: number, on?: (event: any) => void }} [options] `first` is tried before the others. */
export async function createClient({ first = ORDER[0], timeoutMs = 10_000, on = () => {} } = {}) {
  const [config] = await Promise.all([accounts(), load()]);
  const account = (/** @type {any} */ vendor) => ({
    ...config(vendor),
    baseUrl: new URL(`sandbox/${vendor}`, base).href,
  });
  const order = [first, ...ORDER.filter((vendor) => vendor !== first)];
  const vendors = Object.fromEntries(order.map((vendor) => [vendor, account(vendor)]));
  const fetch = async (url, init) => (await backend()).request(url, init);
  return createSms({ vendors, allowBrowser: true, timeoutMs, fetch, on });
}

/**
 * Orders faults of the sandbox's vendors, in the place of those that were ordered before.
 * @param {{ vendor: string, fault: string, times: number }[]} faults
 */
export async function orderFaults(faults) {
  const { request } = await backend();
  await request("sandbox/faults", { method: "DELETE" });
  for (const fault of faults) await request("sandbox/faults", { method: "POST", body: JSON.stringify(fault) });
}

/** The texts that arrived at a number, oldest first. @param {string} phone */
export const inboxOf = (phone) =>
  requestJson(`sandbox/inbox?to=${encodeURIComponent(phone)}`, { headers: { accept: "application/json" } });

/** Numbers that received no text lately: on a server, others' texts persist. @param {number} count */
export function anyNumbers(count, prefix = "137") {
  const [seed = 0] = crypto.getRandomValues(new Uint32Array(1));
  return Array.from({ length: count }, (_, index) => prefix + String((seed + index) % 1e8).padStart(8, "0"));
}
