// A plan and its requests: the exact bytes within reach, and their credentials out of a console's sight.
import { invalid, smsError } from "../sms-error.js";
import { core, encodeMessage, entropy, got, mustBeReady } from "./core.js";
import { allRecipients, isBulk, withoutRecipients } from "./recipients.js";

/**
 * What makes a plan, and makes the same again: so none needs to be kept in the WebAssembly.
 * @typedef {[message: string, recipients: string | undefined, account: string | undefined, entropy: Uint8Array]} Made
 */

/** @type {WeakMap<Plan, { owner: object, made: Made }>} */
const plans = new WeakMap();
/** @type {WeakMap<WireRequest, { owner: object, made: Made, index: number, url: string, body: string | undefined }>} */
const requests = new WeakMap();

/**
 * @param {object} sms
 * @param {any} message A message or a bulk.
 * @param {string} [account]
 */
export function plan(sms, message, account) {
  mustBeReady();
  if (account !== undefined && typeof account !== "string") throw invalid("account", "account is not a string");
  const bulk = isBulk(message);
  /** @type {Made} */
  const made = [
    encodeMessage(bulk ? withoutRecipients(message) : message),
    bulk ? allRecipients(message) : undefined,
    account,
    entropy(),
  ];
  return new Plan(sms, made, JSON.parse(core(sms).plan(...made)));
}

/**
 * What made a plan of this client, and of this account where one is named.
 * @param {object} sms
 * @param {Plan} plan
 * @param {string | undefined} account
 */
export function madeOf(sms, plan, account) {
  const { owner, made } = got(plans, plan);
  if (owner !== sms) throw invalid("message", "the plan was made by another client");
  if (account !== undefined && account !== plan.account) throw invalid("message", "the plan is for another account");
  return made;
}

export class Plan {
  /** @type {string | undefined} */
  account;

  /**
   * @param {object} owner
   * @param {Made} made
   * @param {any} view
   */
  constructor(owner, made, view) {
    for (const [index, request] of view.requests.entries()) {
      view.requests[index] = new WireRequest(owner, made, index, request);
    }
    if (view.refused) view.refused = smsError(view.refused);
    Object.assign(this, view);
    plans.set(this, { owner, made });
  }
}

class WireRequest {
  /**
   * @param {object} owner
   * @param {Made} made
   * @param {number} index
   * @param {any} exact
   */
  constructor(owner, made, index, { vendor, operation, method, url, body }) {
    requests.set(this, { owner, made, index, url, body });
    this.vendor = vendor;
    this.operation = operation;
    this.method = method;
  }

  get url() {
    return got(requests, this).url;
  }

  get headers() {
    return this.toJSON().headers;
  }

  get body() {
    const { body } = got(requests, this);
    return body === undefined ? undefined : new TextEncoder().encode(body);
  }

  get to() {
    return this.toJSON().to;
  }

  toCurl() {
    return show(this, true);
  }

  toJSON() {
    return structuredClone(show(this, false));
  }

  [Symbol.for("nodejs.util.inspect.custom")]() {
    return this.toJSON();
  }

  /**
   * @param {(value: unknown, options: unknown) => string} inspect
   * @param {unknown} options
   */
  [Symbol.for("Deno.customInspect")](inspect, options) {
    return inspect(this.toJSON(), options);
  }
}

/**
 * A request for eyes, credentials redacted: all of a plan are made at once, and kept as long as the plan is.
 * @param {WireRequest} request
 * @param {boolean} curl
 */
function show(request, curl) {
  const { owner, made, index } = got(requests, request);
  const shown = views.get(made) ?? {};
  views.set(made, shown);
  const kind = curl ? "curl" : "json";
  /** @type {any[]} */
  const all = shown[kind] ?? JSON.parse(core(owner).show(...made, curl));
  shown[kind] = all;
  return all[index];
}

/** @type {WeakMap<Made, { curl?: any[], json?: any[] }>} */
const views = new WeakMap();
