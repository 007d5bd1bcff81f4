// npx xinshi doctor: checks what a service needs before its first text, sends none, and names the next step of what is
// wrong.
import { createSms, SmsError } from "xinshi";

/**
 * @typedef {object} Finding
 * @property {string} [account]
 * @property {"options" | "credentials" | "balance" | "templates" | "signatures" | "clock" | "handler" | "hook"} check
 * @property {"ok" | "failed" | "unchecked"} state
 * @property {string} message
 * @property {string} [next] What to do.
 */

const TOP_UP = "top up the account";
/** The next step for an error of a vendor. @type {Record<string, string>} */
const NEXT = {
  auth: "correct the account's keys: xinshi/vendors lists the options of each vendor",
  forbidden_ip: "let the vendor allow the address of this machine",
  balance: TOP_UP,
  suspended: "ask the vendor to open the account again",
  throttled: "wait a minute, and run this again",
  network: "check baseUrl and the network: nothing answered there",
  timeout: "check baseUrl and the network: nothing answered in time",
  bad_reply: "check baseUrl: another server answers there, or the vendor changed its replies",
};
const OTHERWISE = "do what the vendor's words say, or ask the vendor";

/** The difference of clocks that signatures and time limits bear, in milliseconds. */
const MAX_CLOCK_DIFFERENCE_MS = 60_000;
/** The maximum number of templates, and of signatures, that are counted. */
const MAX_LISTED = 1000;

/**
 * Yields a finding for each check. `url` is the handler's origin with its base path, and `hookPath` makes the path of an
 * account's hook; without them their checks are left out.
 * @param {{ vendors: any, account?: string, url?: string, hookPath?: (account: string) => string }} given
 * @returns {AsyncGenerator<Finding>}
 */
export async function* examine({ vendors, account: only, url, hookPath }) {
  /** @type {number | undefined} */
  let clockDifference;
  /** @type {typeof fetch} */
  const fetchAndCompare = async (input, init) => {
    const begun = Date.now();
    const reply = await fetch(input, init);
    const date = Date.parse(reply.headers.get("date") ?? "");
    // The server wrote the time between the two, cut to a second.
    if (!Number.isNaN(date)) clockDifference = date + 500 - (begun + Date.now()) / 2;
    return reply;
  };
  /** @type {import("../client/index.js").Sms<any>} */
  let sms;
  try {
    sms = createSms({ vendors, fetch: fetchAndCompare });
    if (only !== undefined) sms.vendor(only);
  } catch (error) {
    yield { check: "options", state: "failed", message: described(error), next: "correct this option" };
    return;
  }
  const accounts = only === undefined ? Object.keys(vendors) : [only];
  yield { check: "options", state: "ok", message: `${accounts.length} account(s)` };
  for (const account of accounts) yield* examineAccount(account, sms.vendor(account));
  yield clock(clockDifference);
  if (url === undefined) {
    yield { check: "handler", state: "unchecked", message: "--url names the handler, and its hooks are checked then" };
  } else yield* examineHandler(url, accounts, hookPath);
}

/** @param {string} account @param {any} client @returns {AsyncGenerator<Finding>} */
async function* examineAccount(account, client) {
  const lists = /** @type {const} */ (["templates", "signatures"]).filter((check) => client[check]);
  if (typeof client.balance !== "function" && lists.length === 0) {
    const message = "this vendor has no operation that costs nothing";
    yield { account, check: "credentials", state: "unchecked", message, next: "send a text to a phone of your own" };
    return;
  }
  /** @type {Finding[]} */
  const findings = [];
  try {
    if (client.balance) findings.push(balance(account, await client.balance()));
    for (const check of lists) findings.push(await examineList(account, check, client));
  } catch (error) {
    yield { account, check: "credentials", state: "failed", message: described(error), next: nextOf(error) };
    return;
  }
  yield { account, check: "credentials", state: "ok", message: "the vendor accepts them" };
  yield* findings;
}

/** @param {string} account @param {{ remaining: number }} answer @returns {Finding} */
function balance(account, { remaining }) {
  const message = `${remaining} texts left`;
  if (remaining > 0) return { account, check: "balance", state: "ok", message };
  return { account, check: "balance", state: "failed", message, next: TOP_UP };
}

/**
 * Counts what the vendor has to approve.
 * @param {string} account
 * @param {"templates" | "signatures"} check
 * @param {any} client
 * @returns {Promise<Finding>}
 */
async function examineList(account, check, client) {
  let count = 0;
  let rejected = 0;
  for await (const { failReason } of everyOne(client, check)) {
    count += 1;
    if (failReason) rejected += 1;
    if (count === MAX_LISTED) break;
  }
  const message = `${count} ${check}, ${rejected} with a reason why the vendor rejected them`;
  if (rejected === 0) return { account, check, state: "ok", message };
  const next = `correct these ${check}: ${check}.list() has each failReason`;
  return { account, check, state: "failed", message, next };
}

/** What an account has, or all of its sub-accounts. @param {any} client @param {"templates" | "signatures"} check */
async function* everyOne({ accounts, ...client }, check) {
  if (!accounts) return yield* client[check].list();
  for await (const { accountId } of accounts.list()) yield* client[check].list({ accountId });
}

/** @param {number | undefined} difference @returns {Finding} */
function clock(difference) {
  if (difference === undefined) {
    return { check: "clock", state: "unchecked", message: "no vendor's reply had the time" };
  }
  const seconds = Math.round(Math.abs(difference) / 1000);
  if (Math.abs(difference) <= MAX_CLOCK_DIFFERENCE_MS) {
    return { check: "clock", state: "ok", message: "it agrees with the vendors' to a minute" };
  }
  const message = `it is ${seconds} seconds ${difference > 0 ? "behind" : "ahead of"} a vendor's`;
  return { check: "clock", state: "failed", message, next: "set this machine's clock by NTP: signatures have a time" };
}

/**
 * @param {string} url
 * @param {string[]} accounts
 * @param {((account: string) => string) | undefined} hookPath
 * @returns {AsyncGenerator<Finding>}
 */
async function* examineHandler(url, accounts, hookPath) {
  const health = await statusAt(`${url}/healthz`);
  if (health !== 200) {
    const next = "start the handler, and name its basePath or mount point in --url";
    yield { check: "handler", state: "failed", message: `GET ${url}/healthz: ${health}`, next };
    return;
  }
  yield { check: "handler", state: "ok", message: `it answers at ${url}` };
  if (hookPath === undefined) {
    yield { check: "hook", state: "unchecked", message: "XINSHI_HOOK_KEYS is not set" };
    return;
  }
  for (const account of accounts) {
    // A push without content: the handler stores nothing of it.
    const status = await statusAt(url + hookPath(account));
    const isFound = status === 200;
    // The path is a credential, and is not shown.
    const message = isFound ? "it accepts pushes" : `a push gets ${status}`;
    const next = "give the handler the same hookKeys and an account of this name; xinshi hook-url prints the URL";
    yield { account, check: "hook", state: isFound ? "ok" : "failed", message, ...(!isFound && { next }) };
  }
}

/** The status of an answer, or the reason why there is none. @param {string} url */
async function statusAt(url) {
  try {
    const reply = await fetch(url, { redirect: "manual", signal: AbortSignal.timeout(10_000) });
    await reply.body?.cancel();
    return reply.status;
  } catch (error) {
    const { cause, name } = /** @type {any} */ (error);
    return cause?.code ?? name;
  }
}

/** @param {unknown} error */
function described(error) {
  if (!(error instanceof SmsError)) throw error;
  return error.field ? `${error.message} (${error.field})` : error.message;
}

/** @param {unknown} error */
const nextOf = (error) => NEXT[/** @type {SmsError} */ (error).code] ?? OTHERWISE;
