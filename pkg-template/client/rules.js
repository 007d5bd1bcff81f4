// What `xinshi/rules` finds, where it is loaded, in what a client plans and sends. What is found there is decided there.
import { loadedRules } from "../rules-hook.js";
import { invalid, smsError } from "../sms-error.js";
import { clientOf, clients, ownOf } from "./core.js";
import { encodeMessage } from "./encode.js";

/**
 * @typedef {import("../rules-hook.js").Found} Found
 * @typedef {{ code: string, message: string, at?: number }} Warning
 * What is written of a message or a bulk, as it crosses.
 * @typedef {{ message: string, recipients: string | Uint8Array | undefined }} Written
 * What is found in what is sent, by an account; `error` is that of what the user lets stop it.
 * @typedef {{ error: import("../sms-error.js").SmsError | undefined, of: (account: string) => Found[] | undefined }} Checked
 */

/**
 * Refuses `rules` that nobody would heed.
 * @param {unknown} rules
 */
export function validate(rules) {
  if (rules === undefined || rules === false) return;
  if (loadedRules.make === undefined) throw invalid("rules", 'import "xinshi/rules" before createSms({ rules })');
  if (loadedRules.isReady?.()) loadedRules.make(rules);
}

/** Whether a client's texts are checked. @param {object} sms */
const hasRules = (sms) => loadedRules.make !== undefined && clients.get(sms)?.rules !== false;

/** Whether what checks a client's texts is there, where something does. @param {object} sms */
export const areRulesReady = (sms) => !hasRules(sms) || loadedRules.isReady?.() === true;

/** Resolves when a client's texts can be checked. @param {object} sms */
export const loadRules = async (sms) => {
  if (!areRulesReady(sms)) await loadedRules.load?.();
};

/**
 * What is found in a message or a bulk by the profile of one account: nothing where there are no rules.
 * @param {object} sms
 * @param {Written} written
 * @param {string | undefined} account
 * @returns {Found[] | undefined}
 */
export function find(sms, { message, recipients }, account) {
  return checkerOf(sms)?.check(message, recipients, vendorOf(sms, account));
}

/**
 * What is found in a message before it leaves; nothing where there are no rules, or where it cannot be written: the client says why.
 * @param {object} sms
 * @param {any} message
 * @param {string | undefined} account
 * @returns {Checked | undefined}
 */
export function checkMessage(sms, message, account) {
  if (!hasRules(sms)) return undefined;
  let head;
  try {
    head = encodeMessage(message).written;
  } catch {
    return undefined;
  }
  const written = { message: head, recipients: undefined };
  const of = (/** @type {string} */ name) => find(sms, written, name);
  return { of, error: checkerOf(sms)?.canStop ? firstError(sms, account, of) : undefined };
}

/**
 * What is found in a bulk, whose recipients are looked at as they are taken: `take` gives the error of what stops them. What was
 * found so far is told of each of its outcomes.
 * @param {object} sms
 * @param {string} head
 * @param {string | undefined} account
 */
export function checkBulk(sms, head, account) {
  if (!hasRules(sms)) return undefined;
  /** @type {Map<string, Found[]>} */
  const known = new Map();
  return {
    error: undefined,
    of: (/** @type {string} */ name) => known.get(name) ?? [],
    take: (/** @type {Uint8Array | string} */ lines) =>
      firstError(sms, account, (name) => {
        const found = find(sms, { message: head, recipients: lines }, name) ?? [];
        const before = known.get(name) ?? [];
        const isNew = (/** @type {Found} */ one) => !before.some(({ code, at }) => code === one.code && at === one.at);
        known.set(name, [...before, ...found.filter(isNew)]);
        return found;
      }),
  };
}

/**
 * The first error of what is found by the profile of each account that may be tried.
 * @param {object} sms
 * @param {string | undefined} account
 * @param {(account: string) => Found[] | undefined} look
 */
function firstError(sms, account, look) {
  clientOf(sms);
  const { vendors, order = Object.keys(vendors) } = ownOf(sms).options;
  for (const name of account === undefined ? order : [account]) {
    const error = stopped(look(name), name, vendorOf(sms, name));
    if (error) return error;
  }
  return undefined;
}

/** @param {object} sms */
function checkerOf(sms) {
  if (!hasRules(sms)) return undefined;
  const own = ownOf(sms);
  own.checker ??= loadedRules.make?.(own.rules);
  return own.checker;
}

/**
 * The error of what the user lets stop a text.
 * @param {Found[] | undefined} found
 * @param {string} account
 * @param {string} vendor
 */
export function stopped(found, account, vendor) {
  const first = found?.find(({ stops }) => stops);
  if (first?.stops === undefined) return undefined;
  return smsError({ ...first.stops, message: `${first.code}: ${first.message}`, account, vendor });
}

/**
 * Warnings with what the rules found. They know more of signatures and opt-outs than the client does.
 * @template {Warning} W
 * @param {W[]} warnings
 * @param {Found[] | undefined} found
 * @returns {(W | Warning)[]}
 */
export const merged = (warnings, found) =>
  found === undefined || (found.length === 0 && warnings.length === 0)
    ? warnings
    : [
        ...warnings.filter(({ code }) => code !== "no_signature" && code !== "no_opt_out"),
        ...found.map(({ stops, ...warning }) => warning),
      ];

/**
 * An outcome with what was found in what it is of.
 * @template {import("./index.js").Outcome} O
 * @param {O} outcome
 * @param {Checked | undefined} checked
 * @returns {O}
 */
export function withFound(outcome, checked) {
  try {
    const warnings = merged(outcome.warnings, checked?.of(outcome.account));
    return warnings === outcome.warnings ? outcome : Object.assign(outcome, { warnings });
  } catch {
    // A fault of the rules hides nothing that was sent.
    return outcome;
  }
}

/**
 * The client has read its options by now.
 * @param {object} sms
 * @param {string | undefined} account
 * @returns {string}
 */
const vendorOf = (sms, account) => ownOf(sms).options.vendors[account ?? ""]?.vendor ?? "";
