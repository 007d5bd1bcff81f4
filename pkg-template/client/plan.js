// A plan and its requests: the exact bytes within reach, and their credentials out of a console's sight.
import { invalid, smsError } from "../sms-error.js";
import { core, encodeMessage, entropy, mustBeReady } from "./core.js";
import { say, told } from "./page.js";
import { allRecipients, isBulk, withoutRecipients } from "./recipients.js";

/** @typedef {import("./page.js").Made} Made */

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
  const made = {
    message: encodeMessage(bulk ? withoutRecipients(message) : message),
    recipients: bulk ? allRecipients(message) : undefined,
    account,
    entropy: entropy(),
  };
  return new Plan(sms, made, told(core(sms), made));
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
   * @param {import("./page.js").Told} told
   */
  constructor(owner, made, { frame: [account, requests, warnings, refused], ref, segments, characters, bodies }) {
    this.#owner = owner;
    this.#made = made;
    this.account = account;
    this.ref = ref;
    this.requests = requests.map((row, index) => new WireRequest(owner, made, index, row, bodies[index]));
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

/** @param {[code: string, message: string, at?: number]} told */
const warning = ([code, message, at]) => (at === undefined ? { code, message } : { code, message, at });

/** One made by `Object.create`, say. */
const notOurs = () => invalid("this", "the object was not made by xinshi");

class WireRequest {
  #owner;
  #made;
  #index;
  #row;
  #body;

  /**
   * @param {object} owner
   * @param {Made} made
   * @param {number} index
   * @param {import("./page.js").Row} row
   * @param {Uint8Array | undefined} body
   */
  constructor(owner, made, index, row, body) {
    this.#owner = owner;
    this.#made = made;
    this.#index = index;
    this.#row = () => row;
    // Handed out it is the caller's, who may write on it: asked for again, it is made again.
    this.#body = () => {
      const handedOut = body ?? told(core(owner), made).bodies[index];
      body = undefined;
      return handedOut;
    };
    this.vendor = row[0];
    this.operation = row[1];
    this.method = row[2];
  }

  get url() {
    if (!(#row in this)) throw notOurs();
    return this.#row()[URL];
  }

  get headers() {
    if (!(#row in this)) throw notOurs();
    const type = this.#row()[TYPE];
    return type === undefined ? {} : { "content-type": type };
  }

  get body() {
    if (!(#row in this)) throw notOurs();
    return this.#row()[TYPE] === undefined ? undefined : this.#body();
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
    if (!(#row in this)) throw notOurs();
    const shown = views.get(this.#made) ?? {};
    views.set(this.#made, shown);
    const kind = curl ? "curl" : "json";
    /** @type {any[]} */
    const all = shown[kind] ?? JSON.parse(show(core(this.#owner), this.#made, curl));
    shown[kind] = all;
    return all[this.#index];
  }
}

/**
 * @param {import("./page.js").Client} client
 * @param {Made} made
 * @param {boolean} curl
 */
function show(client, made, curl) {
  const { entropy, account, head, recipients } = say(client, made);
  return client.show(entropy, account, head, recipients, curl);
}

/** Where the URL and the type of the body stand in what is told of a request. */
const URL = 3;
const TYPE = 4;

/** @type {WeakMap<Made, { curl?: any[], json?: any[] }>} */
const views = new WeakMap();
