// The public client: JavaScript's shape around the WebAssembly, which decides everything.
import { SmsError } from "../sms-error.js";
import { Client, countSegments as count } from "../wasm/client.js";
import { hostFetch, inPage } from "./host-fetch.js";
import { isReady, load } from "./load.js";

export { SmsError };

export const init = (module) => load(module);

export function createSms(options) {
  const { fetch = hostFetch, on, ...rest } = options ?? {};
  for (const [name, value] of Object.entries({ fetch, on: on ?? fetch })) {
    if (typeof value !== "function") throw invalid(name, `${name} is not a function`);
  }
  if (inPage && rest.allowBrowser !== true) {
    throw invalid(
      "allowBrowser",
      "a page shows its keys to everyone: send from a server, or pass allowBrowser: true where the keys may be seen",
    );
  }
  const json = encode(rest, "options");
  const sms = new Sms(() => new Client(json, fetch, on), rest.vendors);
  if (isReady()) core(sms);
  return sms;
}

export function countSegments(text, billing = "cn") {
  if (typeof text !== "string") throw invalid("text", "text is not a string");
  if (billing !== "cn" && billing !== "gsm") throw invalid("billing", "billing is neither cn nor gsm");
  mustBeReady();
  return count(text, billing === "gsm");
}

/** Keeps out of sight what a console would show: a client's options with their keys, a request's exact bytes. */
const hidden = new WeakMap();

class Sms {
  constructor(make, vendors) {
    hidden.set(this, { make, vendors });
  }

  plan(message, account) {
    mustBeReady();
    if (account !== undefined && typeof account !== "string") throw invalid("account", "account is not a string");
    return new Plan(this, core(this).plan(encodeMessage(message), account));
  }

  async send(message, options) {
    try {
      await load();
      const { signal, ...rest } = options ?? {};
      if (signal !== undefined && typeof signal?.addEventListener !== "function") {
        throw invalid("signal", "signal is not an AbortSignal");
      }
      const call = encode(rest, "options");
      if (message instanceof Plan) {
        const { owner, handle } = hidden.get(message);
        if (owner !== this) throw invalid("message", "the plan was made by another client");
        return await core(this).sendPlan(handle, call, signal);
      }
      const to = typeof message?.to === "string" ? message.to : undefined;
      return await core(this).send(encodeMessage(message), to, call, signal);
    } catch (error) {
      return refused(this, message, error);
    }
  }
}

class Plan {
  constructor(owner, handle) {
    const { requests, ...view } = handle.view();
    Object.assign(this, view, { requests: requests.map((request) => new WireRequest(handle, request)) });
    hidden.set(this, { owner, handle });
  }
}

class WireRequest {
  constructor(handle, view) {
    hidden.set(this, { handle, view });
    const { vendor, operation, method, to } = view;
    Object.assign(this, { vendor, operation, method, to });
  }

  get url() {
    return hidden.get(this).handle.url();
  }

  get headers() {
    return { ...hidden.get(this).view.headers };
  }

  get body() {
    return hidden.get(this).handle.body();
  }

  toCurl() {
    return hidden.get(this).handle.toCurl();
  }

  toJSON() {
    return structuredClone(hidden.get(this).view);
  }

  [Symbol.for("nodejs.util.inspect.custom")]() {
    return this.toJSON();
  }

  [Symbol.for("Deno.customInspect")](inspect, options) {
    return inspect(this.toJSON(), options);
  }
}

/** The client in WebAssembly, made when it is first needed: in a browser that may be after `createSms`. */
function core(sms) {
  const own = hidden.get(sms);
  own.core ??= own.make();
  return own.core;
}

/** The outcome of a send that could not begin. */
function refused(sms, message, error) {
  const [account = "", config] = Object.entries(hidden.get(sms).vendors ?? {})[0] ?? [];
  const vendor = config?.vendor;
  const loading = { code: "network", sent: "no", message: `the WebAssembly could not be loaded: ${error?.message}` };
  const reason = error instanceof SmsError ? error : new SmsError(loading);
  return {
    account,
    vendor,
    to: typeof message?.to === "string" ? [message.to] : [],
    ref: "",
    status: "rejected",
    error: Object.assign(reason, { account, vendor, operation: "send" }),
  };
}

function mustBeReady() {
  if (!isReady()) throw invalid("init", "the WebAssembly is not loaded yet: await init() first");
}

function encodeMessage(message) {
  if (!(message?.sendAt instanceof Date)) return encode(message, "message");
  const at = message.sendAt.getTime();
  // JSON would make an invalid date null, and the message one to send at once.
  return encode({ ...message, sendAt: Number.isNaN(at) ? "invalid" : at }, "message");
}

function encode(value, what) {
  try {
    return JSON.stringify(value) ?? "null";
  } catch {
    throw invalid(what, `${what} cannot be written as JSON`);
  }
}

const invalid = (field, message) => new SmsError({ code: "invalid_argument", sent: "no", field, message });
