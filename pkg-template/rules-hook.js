// Where the client finds the rules: `xinshi/rules` is loaded where it is asked for, and says so here.

/**
 * @typedef {import("./sms-error.js").SmsError} SmsError
 * @typedef {{ code: string, message: string, at?: number }} Warning
 * What was found in what is sent: the error of what the user lets stop it, and what an outcome is told of it.
 * @typedef {object} Checked
 * @property {SmsError | undefined} error
 * @property {<O extends { vendor: string, warnings: readonly Warning[] }>(outcome: O) => O} into
 * What was found in a plan, and the warnings with it.
 * @typedef {Checked & { merge<W extends Warning>(warnings: W[]): (W | Warning)[] }} Planned
 * Recipients of a bulk are looked at as they are taken: the error of what stops them.
 * @typedef {Checked & { take(lines: Uint8Array | string): SmsError | undefined }} Taking
 * Accounts that may be tried, and their vendors.
 * @typedef {() => [account: string, vendor: string][]} Tried
 * @typedef {object} Checker
 * @property {(message: string, recipients: string | Uint8Array | undefined, account: string, vendor: string) => Planned} plan
 * @property {(message: string, tried: Tried) => Checked} message
 * @property {(bulk: string, tried: Tried) => Taking} bulk
 */

/** @type {{ make?: (settings: unknown) => Checker, isReady?: () => boolean, load?: () => Promise<void> }} */
export const loadedRules = {};
