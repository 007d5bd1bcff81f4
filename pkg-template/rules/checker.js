// What is found in what a client plans and sends, as the client tells it: by the profile of each account's vendor.
import { smsError } from "../sms-error.js";

/**
 * A finding, and where the user lets it stop the text, the error.
 * @typedef {{ code: string, level: "error" | "warning" | "info", message: string, at?: number, stops?: { code: string, sent: string, field: string } }} Found
 * @typedef {import("../rules-hook.js").Warning} Warning
 * @typedef {import("../rules-hook.js").Tried} Tried
 * @typedef {(message: string, recipients: string | Uint8Array | undefined, vendor: string) => Found[]} Find
 */

/**
 * @param {Find} find
 * @param {boolean} canStop Whether the user lets a rule stop a text.
 * @returns {import("../rules-hook.js").Checker}
 */
export const checker = (find, canStop) => ({
  plan(message, recipients, account, vendor) {
    const found = find(message, recipients, vendor);
    return found.length === 0 ? clean : planned(found, stopped(found, account, vendor));
  },

  message(message, tried) {
    const look = (/** @type {string} */ vendor) => find(message, undefined, vendor);
    return { error: canStop ? firstError(tried, look) : undefined, into: into(look) };
  },

  // What was found so far is told of each outcome.
  bulk(bulk, tried) {
    /** @type {Map<string, Found[]>} */
    const known = new Map();
    const look = (/** @type {string} */ vendor, /** @type {Uint8Array | string} */ lines) => {
      const found = find(bulk, lines, vendor);
      const before = known.get(vendor) ?? [];
      const isNew = (/** @type {Found} */ one) => !before.some(({ code, at }) => code === one.code && at === one.at);
      known.set(vendor, [...before, ...found.filter(isNew)]);
      return found;
    };
    return {
      error: undefined,
      take: (lines) => firstError(tried, (vendor) => look(vendor, lines)),
      into: into((vendor) => known.get(vendor) ?? []),
    };
  },
});

/**
 * @param {Found[]} found
 * @param {import("../sms-error.js").SmsError | undefined} error
 * @returns {import("../rules-hook.js").Planned}
 */
const planned = (found, error) => ({
  error,
  merge: (warnings) => merged(warnings, found),
  into: into(() => found),
});

/**
 * The first error of what is found by the profile of each account that may be tried.
 * @param {Tried} tried
 * @param {(vendor: string) => Found[]} look
 */
function firstError(tried, look) {
  for (const [account, vendor] of tried()) {
    const error = stopped(look(vendor), account, vendor);
    if (error) return error;
  }
  return undefined;
}

/**
 * The error of what the user lets stop a text.
 * @param {Found[]} found
 * @param {string} account
 * @param {string} vendor
 */
function stopped(found, account, vendor) {
  const first = found.find(({ stops }) => stops);
  if (first?.stops === undefined) return undefined;
  const details = { ...first.stops, message: `${first.code}: ${first.message}`, account, vendor };
  return smsError(/** @type {any} */ (details));
}

/**
 * Warnings with what the rules found. They know more of signatures and opt-outs than the client does.
 * @template {Warning} W
 * @param {W[]} warnings
 * @param {Found[]} found
 * @returns {(W | Warning)[]}
 */
const merged = (warnings, found) =>
  found.length === 0 && warnings.length === 0
    ? warnings
    : [
        ...warnings.filter(({ code }) => code !== "no_signature" && code !== "no_opt_out"),
        ...found.map(({ stops, ...warning }) => warning),
      ];

/**
 * An outcome with what was found in what it is of.
 * @param {(vendor: string) => Found[]} look
 * @returns {any}
 */
const into = (look) => (/** @type {{ vendor: string, warnings: Warning[] }} */ outcome) => {
  try {
    const warnings = merged(outcome.warnings, look(outcome.vendor));
    return warnings === outcome.warnings ? outcome : Object.assign(outcome, { warnings });
  } catch {
    // A fault of the rules hides nothing that was sent.
    return outcome;
  }
};

/** Most plans are of texts in which there is nothing to find. */
const clean = planned([], undefined);
