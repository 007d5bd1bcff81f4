// What `xinshi/rules` finds, where it is loaded, in what a client plans and sends: it is decided there.
import { loadedRules } from "../rules-hook.js";
import { invalid } from "../sms-error.js";
import { clientOf, clients, ownOf } from "./core.js";

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

/** What checks a client's texts; nothing where there are no rules. @param {object} sms */
export function checkerOf(sms) {
  // A text is planned in three microseconds: what is not needed is not asked for.
  if (loadedRules.make === undefined) return undefined;
  const own = ownOf(sms);
  return own.rules === false ? undefined : (own.checker ??= loadedRules.make(own.rules));
}

/**
 * An account's vendor. The client has read its options by then.
 * @param {object} sms
 * @param {string} account
 * @returns {string}
 */
export const vendorOf = (sms, account) => ownOf(sms).options.vendors[account]?.vendor ?? "";

/**
 * The accounts that may be tried, and their vendors.
 * @param {object} sms
 * @param {string | undefined} account The only one, where it is named.
 * @returns {[account: string, vendor: string][]}
 */
export function triedOf(sms, account) {
  clientOf(sms);
  const { vendors, order = Object.keys(vendors) } = ownOf(sms).options;
  const names = account === undefined ? order : [account];
  return names.map((/** @type {string} */ name) => [name, vendorOf(sms, name)]);
}
