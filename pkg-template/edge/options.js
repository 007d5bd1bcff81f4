// Where a handler's options come from: the code, `env.XINSHI` and secret bindings. Functions stay here, the rest crosses.
import { encode } from "../client/encode.js";
import { invalid, SmsError } from "../sms-error.js";
import { captchaOf } from "./captcha.js";
import { refuseEventual } from "./cas-store.js";
import { hostFetch } from "./host-fetch.js";
import { kindOf, ofUser } from "./of-user.js";
import { runtime } from "./runtime.js";

/**
 * @typedef {Partial<import("./index.js").HandlerOptions>} Options
 * @typedef {import("./index.js").Store} Store
 * @typedef {object} Given
 * @property {string} json What crosses.
 * @property {Store | undefined} store
 * @property {import("../client/index.js").Fetch} fetch
 * @property {(() => number) | undefined} now
 * @property {(milliseconds: number) => Promise<unknown>} wait
 * @property {{ send(message: unknown): Promise<unknown> } | undefined} queue
 * @property {((event: any) => void) | undefined} on
 * @property {((phone: string) => string | undefined) | undefined} country
 * @property {((token: string, address: string) => Promise<boolean>) | undefined} solve
 * @property {"cloudflare" | ((request: Request, env: unknown, ctx: unknown) => string | null) | undefined} clientAddress
 * @property {string | undefined} proofKey
 */

/**
 * @param {Options | ((env: any) => Options) | undefined} options
 * @param {any} env
 * @returns {Given}
 */
export function given(options, env) {
  try {
    return read(options, env);
  } catch (error) {
    if (error instanceof SmsError) throw error;
    // A getter among them may throw as a function does.
    throw invalid("options", `the options cannot be read: ${kindOf(error)}`);
  }
}

/**
 * @param {Options | ((env: any) => Options) | undefined} options
 * @param {any} env
 * @returns {Given}
 */
function read(options, env) {
  const written = typeof options === "function" ? byFunction(options, env) : (options ?? {});
  const fromEnv = bound(env);
  const all = { ...fromEnv, ...written };
  // The code may say all but the secret of these.
  for (const name of /** @type {const} */ (["proof", "captcha", "webhook"])) {
    if (fromEnv[name] && written[name]) Object.assign(all, { [name]: { ...fromEnv[name], ...written[name] } });
  }
  const { store, fetch = hostFetch, now, wait = pause, on, clientAddress, captcha, country, queue, ...data } = all;
  for (const [name, value] of Object.entries({ fetch, now, wait, on, country })) {
    if (value !== undefined && typeof value !== "function") throw invalid(name, `${name} is not a function`);
  }
  if (queue !== undefined && typeof queue?.send !== "function") {
    throw invalid("queue", "queue is not one: pass the binding of a Cloudflare Queue, or { send(message) }");
  }
  refuseEventual("store", store);
  if (store !== undefined && typeof store?.apply !== "function") {
    throw invalid("store", "store is not one: memoryStore(), casStore(…), or none for Durable Objects");
  }
  if (clientAddress !== undefined && clientAddress !== "cloudflare" && typeof clientAddress !== "function") {
    throw invalid("clientAddress", 'clientAddress is "cloudflare" or a function');
  }
  const key = data.proof?.key;
  return {
    json: encode({ ...data, queue: queue !== undefined, captcha: captcha && { when: captcha.when } }, "options"),
    store,
    fetch,
    now,
    wait,
    queue,
    on,
    country,
    solve: captcha && captchaOf(captcha, fetch),
    clientAddress: clientAddress ?? (runtime.isCloudflare ? "cloudflare" : undefined),
    proofKey: typeof key === "string" ? key : key?.[0],
  };
}

/** What a function of the user's gives. @param {(env: any) => Options} options @param {any} env */
function byFunction(options, env) {
  const written = ofUser("options", "the function that gives the options", () => options(env)) ?? {};
  if (typeof written !== "object" || typeof (/** @type {any} */ (written).then) === "function") {
    throw invalid("options", "the function that gives the options gave none: it is to return an object, and at once");
  }
  return written;
}

/** @param {number} milliseconds */
const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** What `env` binds: `XINSHI`, and over it each secret under a name of its own. @param {any} env @returns {Options} */
function bound(env) {
  /** @type {any} */
  const options = { ...parsed("XINSHI", env?.XINSHI) };
  for (const [name, path] of Object.entries(SECRETS)) {
    const secret = env?.[name];
    if (secret === undefined) continue;
    const value = /^\s*[[{]/.test(secret) ? parsed(name, secret) : secret;
    const [outer, inner] = /** @type {[string, string?]} */ (path.split("."));
    options[outer] = inner === undefined ? value : { ...options[outer], [inner]: value };
  }
  return options;
}

/** Secret bindings, and what they are. One that is a list or an object is written as JSON. */
const SECRETS = {
  XINSHI_VENDORS: "vendors",
  XINSHI_PEPPER: "pepper",
  XINSHI_PROOF_KEY: "proof.key",
  XINSHI_CAPTCHA_SECRET: "captcha.secret",
  XINSHI_ADMIN_TOKEN: "adminToken",
  XINSHI_API_TOKENS: "apiTokens",
  XINSHI_HOOK_KEYS: "hookKeys",
  XINSHI_WEBHOOK_SECRET: "webhook.secret",
};

/**
 * @param {string} name
 * @param {unknown} value
 */
function parsed(name, value) {
  if (typeof value !== "string") return value;
  try {
    return JSON.parse(value);
  } catch {
    throw invalid(name, `env.${name} is not JSON`);
  }
}
