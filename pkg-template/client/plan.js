// A plan and its requests: the exact bytes within reach, and their credentials out of a console's sight.

import { invalid } from "../sms-error.js";
import { core, encodeMessage, entropy, got, mustBeReady } from "./core.js";
import { allRecipients, isBulk, withoutRecipients } from "./recipients.js";

/** @typedef {import("../wasm/client.js").PlanHandle} PlanHandle */

/** @type {WeakMap<Plan, { owner: object, handle: PlanHandle }>} */
const plans = new WeakMap();
/** @type {WeakMap<WireRequest, { handle: PlanHandle, index: number }>} */
const requests = new WeakMap();

/**
 * @param {object} sms
 * @param {any} message A message or a bulk.
 * @param {string} [account]
 */
export function plan(sms, message, account) {
  mustBeReady();
  if (account !== undefined && typeof account !== "string") throw invalid("account", "account is not a string");
  const handle = isBulk(message)
    ? core(sms).plan(encodeMessage(withoutRecipients(message)), allRecipients(message), account, entropy())
    : core(sms).plan(encodeMessage(message), undefined, account, entropy());
  return new Plan(sms, handle);
}

/**
 * @param {object} sms
 * @param {Plan} plan
 */
export function handleOf(sms, plan) {
  const { owner, handle } = got(plans, plan);
  if (owner !== sms) throw invalid("message", "the plan was made by another client");
  return handle;
}

export class Plan {
  /**
   * @param {object} owner
   * @param {PlanHandle} handle
   */
  constructor(owner, handle) {
    const view = JSON.parse(handle.view());
    view.requests = view.requests.map((/** @type {any} */ head, /** @type {number} */ index) =>
      Object.assign(new WireRequest(handle, index), head),
    );
    const refused = handle.refused();
    Object.assign(this, view, refused && { refused });
    plans.set(this, { owner, handle });
  }
}

class WireRequest {
  /**
   * @param {PlanHandle} handle
   * @param {number} index
   */
  constructor(handle, index) {
    requests.set(this, { handle, index });
  }

  get url() {
    const { handle, index } = got(requests, this);
    return handle.url(index);
  }

  get headers() {
    return this.toJSON().headers;
  }

  get body() {
    const { handle, index } = got(requests, this);
    return handle.body(index);
  }

  get to() {
    return this.toJSON().to;
  }

  toCurl() {
    const { handle, index } = got(requests, this);
    return handle.toCurl(index);
  }

  toJSON() {
    const { handle, index } = got(requests, this);
    return JSON.parse(/** @type {string} */ (handle.request_view(index)));
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
