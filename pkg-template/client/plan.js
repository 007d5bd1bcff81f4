// A plan and its requests: the exact bytes are within reach, and a console shows no credential.
import { invalid, smsError } from "../sms-error.js";
import { drawEntropy } from "../wasm/client.js";
import { call, clientOf } from "./core.js";
import { encodeMessage } from "./encode.js";
import { noBytes, readPlan, show } from "./plan-memory.js";
import { isBulk, Recipients, withoutRecipients } from "./recipients.js";
import { mustBeReady } from "./unloaded.js";

/** @typedef {import("./plan-memory.js").PlanInput} PlanInput */

/**
 * @param {object} sms
 * @param {any} message A message or a bulk.
 * @param {string} [account]
 */
export function plan(sms, message, account) {
  mustBeReady();
  if (account !== undefined && typeof account !== "string") throw invalid("account", "account is not a string");
  const bulk = isBulk(message);
  const { written, ref } = encodeMessage(bulk ? withoutRecipients(message) : message);
  /** @type {PlanInput} */
  const input = {
    message: written,
    ref,
    recipients: bulk ? new Recipients(message).all() : undefined,
    account,
    entropy: ref === "" ? call(drawEntropy) : noBytes,
  };
  return new Plan(sms, input, readPlanOf(sms, input));
}

/** @param {object} sms @param {PlanInput} input */
function readPlanOf(sms, input) {
  const client = clientOf(sms);
  return call(() => readPlan(client, input));
}

/**
 * The inputs of a plan; checks that this client made it, for this account if one is given.
 * @param {object} sms
 * @param {Plan} plan
 * @param {string | undefined} account
 */
export function inputOf(sms, plan, account) {
  const { owner, input } = Plan.of(plan);
  if (owner !== sms) throw invalid("message", "the plan was made by another client");
  if (account !== undefined && account !== plan.account) throw invalid("message", "the plan is for another account");
  return input;
}

// Private fields keep the inputs out of a console's view; the function in `WireRequest` also keeps them from debuggers
// that show private fields.
export class Plan {
  /** @type {object} */
  #owner;
  /** @type {PlanInput} */
  #input;
  /** @type {string | undefined} */
  account;

  /**
   * @param {object} owner
   * @param {PlanInput} input
   * @param {import("./plan-memory.js").PlanOutput} readPlan
   */
  constructor(owner, input, { header, ref, segments, characters, bodies }) {
    const [account, requests, warnings, rejected, route] = header;
    this.#owner = owner;
    this.#input = input;
    this.account = account || undefined;
    this.ref = ref;
    this.requests = requests.map((row, index) => new WireRequest({ owner, input, bodies, index, row }));
    this.segments = segments;
    this.characters = characters;
    this.warnings = warnings.map((warning) => ({ ...warning }));
    if (rejected) this.rejected = smsError(rejected);
    if (route) this.route = { index: route[0], why: route[1] };
  }

  /** The client and the inputs of a plan. @param {Plan} plan */
  static of(plan) {
    if (!(#input in plan)) throw notOurs();
    return { owner: plan.#owner, input: plan.#input };
  }
}

/** The error for an object made by `Object.create`, for example. */
const notOurs = () => invalid("this", "the object was not made by xinshi");

/**
 * The source of a request's fields. `bodies` has the bodies of the whole plan, except those that were handed out.
 * @typedef {{ owner: object, input: PlanInput, bodies: (Uint8Array | undefined)[], index: number, row: Row }} Own
 * @typedef {import("./plan-memory.js").Row} Row
 */

class WireRequest {
  #own;

  /** @param {Own} own */
  constructor(own) {
    this.#own = () => own;
    this.vendor = own.row[0];
    this.operation = own.row[1];
    this.method = own.row[2];
  }

  get url() {
    return WireRequest.#of(this).row[3];
  }

  get headers() {
    return Object.fromEntries(/** @type {[string, string][]} */ (WireRequest.#of(this).row.slice(HEADERS)));
  }

  /** A body is the caller's once it was handed out, and the caller may write to it. The next access makes it anew. */
  get body() {
    const { owner, input, bodies, index, row } = WireRequest.#of(this);
    if (row[2] === "GET") return undefined;
    if (bodies[index] === undefined) {
      for (const [place, body] of readPlanOf(owner, input).bodies.entries()) bodies[place] ??= body;
    }
    const body = bodies[index];
    bodies[index] = undefined;
    return body;
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
   * The request for people to read, with its credentials redacted. All requests of a plan are made at once, and kept as
   * long as the plan.
   * @param {boolean} curl
   */
  #show(curl) {
    const { owner, input, index } = WireRequest.#of(this);
    const shown = views.get(input) ?? {};
    views.set(input, shown);
    const kind = curl ? "curl" : "json";
    /** @type {any[]} */
    const all = shown[kind] ?? JSON.parse(call(() => show(clientOf(owner), input, curl)));
    shown[kind] = all;
    return all[index];
  }

  /** @param {WireRequest} request */
  static #of(request) {
    if (!(#own in request)) throw notOurs();
    return request.#own();
  }
}

/** The index of the first header in a request's row. */
const HEADERS = 4;

/** @type {WeakMap<PlanInput, { curl?: any[], json?: any[] }>} */
const views = new WeakMap();
