// A plan and its requests: the exact bytes within reach, and their credentials out of a console's sight.
import { invalid, smsError } from "../sms-error.js";
import { core, encodeMessage, entropy, mustBeReady } from "./core.js";
import { allRecipients, isBulk, withoutRecipients } from "./recipients.js";

/**
 * What makes a plan, and makes the same again: so none needs to be kept in the WebAssembly.
 * @typedef {[message: string, recipients: Uint8Array | undefined, account: string | undefined, entropy: Uint8Array]} Made
 */

const decoder = new TextDecoder();

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
  return new Plan(sms, made, core(sms).plan(...made));
}

/**
 * What made a plan of this client, and of this account where one is named.
 * @param {object} sms
 * @param {Plan} plan
 * @param {string | undefined} account
 */
export function madeOf(sms, plan, account) {
  const { owner, made } = Plan.of(plan);
  if (owner !== sms) throw invalid("message", "the plan was made by another client");
  if (account !== undefined && account !== plan.account) throw invalid("message", "the plan is for another account");
  return made;
}

// What a console would show is kept out of its sight, and where a debugger shows private fields too, behind a function.
export class Plan {
  /** @type {object} */
  #owner;
  /** @type {Made} */
  #made;
  /** @type {string | undefined} */
  account;

  /**
   * @param {object} owner
   * @param {Made} made
   * @param {Uint8Array} exact The bodies, a line feed, and the rest as JSON.
   */
  constructor(owner, made, exact) {
    this.#owner = owner;
    this.#made = made;
    const end = exact.lastIndexOf(LINE_FEED);
    const [account, ref, requests, segments, characters, warnings, refused] = JSON.parse(
      decoder.decode(exact.subarray(end + 1)),
    );
    this.account = account;
    this.ref = ref;
    this.requests = [];
    let from = 0;
    for (const request of requests) {
      const to = from + (request[SIZE] ?? 0);
      this.requests.push(new WireRequest(owner, made, this.requests.length, request, exact, from, to));
      from = to;
    }
    this.segments = segments;
    this.characters = characters;
    this.warnings = warnings.map(warning);
    if (refused) this.refused = smsError(refused);
  }

  /** What made it. @param {Plan} plan */
  static of(plan) {
    if (!(#made in plan)) throw notOurs();
    return { owner: plan.#owner, made: plan.#made };
  }
}

const LINE_FEED = 10;
/** Where the length of its body stands in what is told of a request. */
const SIZE = 4;

/** @param {[code: string, message: string, at: number | undefined]} told */
const warning = ([code, message, at]) => (at === undefined ? { code, message } : { code, message, at });

/** One made by `Object.create`, say. */
const notOurs = () => invalid("this", "the object was not made by xinshi");

class WireRequest {
  #owner;
  #made;
  #index;
  #exact;

  /**
   * @param {object} owner
   * @param {Made} made
   * @param {number} index
   * @param {[vendor: string, operation: string, method: string, url: string]} request
   * @param {Uint8Array} bodies
   * @param {number} from
   * @param {number} to
   */
  constructor(owner, made, index, [vendor, operation, method, url], bodies, from, to) {
    this.#owner = owner;
    this.#made = made;
    this.#index = index;
    this.#exact = () => ({ url, bodies, from, to });
    this.vendor = vendor;
    this.operation = operation;
    this.method = method;
  }

  get url() {
    if (!(#exact in this)) throw notOurs();
    return this.#exact().url;
  }

  get headers() {
    return this.toJSON().headers;
  }

  get body() {
    if (!(#exact in this)) throw notOurs();
    const { bodies, from, to } = this.#exact();
    return to > from ? bodies.slice(from, to) : undefined;
  }

  get to() {
    return this.toJSON().to;
  }

  toCurl() {
    return this.#show(true);
  }

  toJSON() {
    return structuredClone(this.#show(false));
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
  /**
   * The request for eyes, credentials redacted: all of a plan are made at once, and kept as long as the plan is.
   * @param {boolean} curl
   */
  #show(curl) {
    if (!(#exact in this)) throw notOurs();
    const shown = views.get(this.#made) ?? {};
    views.set(this.#made, shown);
    const kind = curl ? "curl" : "json";
    /** @type {any[]} */
    const all = shown[kind] ?? JSON.parse(core(this.#owner).show(...this.#made, curl));
    shown[kind] = all;
    return all[this.#index];
  }
}

/** @type {WeakMap<Made, { curl?: any[], json?: any[] }>} */
const views = new WeakMap();
