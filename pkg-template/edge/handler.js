// One request's way: read, decided step by step in WebAssembly, what each step wants carried out (carry-out.js), answered.

import { invalid, SmsError, smsError } from "../sms-error.js";
import { drawnLength, Handler } from "../wasm/edge.js";
import { bodyOf } from "./body.js";
import { ended, inside, quietly, Replaced } from "./carry-out.js";
import { addressOf } from "./client-address.js";
import { checkCountry } from "./country-check.js";
import { Deadline } from "./deadline.js";
import { guarded, instance } from "./instance.js";
import { isReady, load } from "./load.js";
import { sendMany } from "./marketing.js";
import { memoryStore } from "./memory-store.js";
import { answerForeign, Misuse, refuseForeign, refuseReadBody } from "./misuse.js";
import { objectsStore } from "./objects-store.js";
import { observer } from "./observer.js";
import { kindOf } from "./of-user.js";
import { given } from "./options.js";
import { pathOf, queryOf } from "./request-url.js";
import { write } from "./room.js";
import { runtime } from "./runtime.js";

/**
 * @typedef {import("./carry-out.js").Answer} Answer
 * @typedef {import("./index.js").Store} Store
 * @typedef {import("./options.js").Given} Given
 * @typedef {{ given: Given, core: Handler, instance: number, store: Store | undefined, kid: string }} Configured
 */

/**
 * @param {any} options
 * @returns {ReturnType<typeof import("./index.js").createHandler>}
 */
export function handlerOf(options) {
  /** @type {WeakMap<object, Store>} */
  const objects = new WeakMap();
  /** @type {Store | undefined} */
  let memory;
  /** @type {Configured | undefined} */
  let last;
  /** @type {unknown} */
  let lastEnv;

  /** @param {any} passed @returns {Configured} */
  const configured = (passed) => {
    // What another server passes there is of the request, and not of the handler.
    const env = isServers(passed) ? undefined : passed;
    if (last && last.instance === instance() && env === lastEnv) return last;
    const now = given(options, env);
    const store = now.store ?? storeFor(env, now);
    const same = last && last.given.json === now.json && last.store === store && last.instance === instance();
    if (last && same) last = { ...last, given: now };
    else last = start(now, store);
    lastEnv = env;
    return last;
  };
  /** @param {any} env @param {Given} now */
  const storeFor = (env, now) => {
    const namespace = env?.LEDGER;
    if (typeof namespace?.idFromName === "function") {
      let store = objects.get(namespace);
      if (store === undefined) {
        store = objectsStore(namespace);
        objects.set(namespace, store);
      }
      return store;
    }
    if (!runtime.lives) return undefined;
    memory ??= memoryStore(now.now && { now: now.now });
    return memory;
  };

  // What is wrong with options that are there already, whoever starts the handler hears at once.
  if (isReady() && options !== undefined && typeof options !== "function") configured(undefined);

  return {
    async fetch(request, env, ctx) {
      const call = new Call(request, env, ctx);
      const answering = answer(call, configured);
      // A caller that hangs up must not leave a text without its outcome. Once for all: a worker pays for each.
      waitUntil(ctx, answering.then(call.afterwards));
      return answering;
    },

    async scheduled(_event, env) {
      await load();
      const own = configured(env);
      const minutely = (/** @type {Handler} */ core) => core.scheduled(draw());
      const store = stored(own);
      const beside = guarded(() => own.core.drainers()) - 1;
      const drain = () => inBackground(own, store, (core) => core.drain());
      await Promise.all([inBackground(own, store, minutely), ...Array.from({ length: beside }, drain)]);
    },

    async optedOut(phones, env) {
      await load();
      const own = configured(env);
      const store = stored(own);
      const asked = [...phones];
      if (asked.some((phone) => typeof phone !== "string")) throw invalid("phones", "phones are texts");
      /** @type {Set<string>} */
      const out = new Set();
      const ask = async () => {
        for (let some = asked.splice(0, ASKED_AT_ONCE); some.length > 0; some = asked.splice(0, ASKED_AT_ONCE)) {
          const { status, text } = await inBackground(own, store, (core) => core.optedOut(some));
          if (status === 400) throw invalid("phones", JSON.parse(text).detail);
          if (status !== 200) throw smsError({ code: "network", sent: "no", message: "the store failed" });
          for (const phone of JSON.parse(text)) out.add(phone);
        }
      };
      await Promise.all(Array.from({ length: ASKING }, ask));
      return out;
    },

    sendMany: (bulk, options, env) =>
      sendMany(bulk, options, async () => {
        await load();
        const own = configured(env);
        const store = stored(own);
        return (begin) => inBackground(own, store, (core) => begin(core, draw()));
      }),
  };
}

/** Numbers that are asked for one after the other, and how often that is done at once. */
const ASKED_AT_ONCE = 32;
const ASKING = 8;

/** @param {Configured} own */
function stored({ store }) {
  if (store !== undefined) return store;
  const message = "bind LEDGER to the class Ledger, or pass `store`: the memory of an isolate keeps nothing";
  throw smsError({ code: "unsupported", sent: "no", field: "store", message });
}

/** @param {Given} given @param {Store | undefined} store @returns {Configured} */
function start(given, store) {
  const core = guarded(() => new Handler(given.json, given.on && observer(given.on)));
  checkCountry(core, given.country);
  const kid = guarded(() => core.keyId());
  for (const message of JSON.parse(guarded(() => core.warnings()))) tell(given, message);
  return { given, core, instance: instance(), store, kid };
}

/** @param {Given} given @param {string} message */
function tell({ on }, message) {
  if (on) observer(on).tell(JSON.stringify({ type: "warning", message }));
  else console.warn(`xinshi: ${message}`);
}

/** A request, with what its server passed beside it, and what is to happen after it was answered. */
class Call {
  /** @type {Promise<unknown>[]} */
  steps = [];
  deadline = new Deadline();

  /** @param {Request} request @param {any} env @param {any} ctx */
  constructor(request, env, ctx) {
    this.request = request;
    this.env = env;
    this.ctx = ctx;
  }

  afterwards = () => {
    this.deadline.end();
    return Promise.all(this.steps);
  };
}

/**
 * @param {Call} call
 * @param {(env: any) => Configured} configured
 */
async function answer(call, configured) {
  const problem = (/** @type {number} */ status, /** @type {string} */ name, /** @type {string} */ title, more = {}) =>
    problemFor(call, configured, { type: `urn:xinshi:problem:${name}`, title, status, ...more });
  try {
    await load();
    refuseForeign(call.request);
    const own = configured(call.env);
    if (own.store === undefined) {
      console.error("xinshi: bind LEDGER to the class Ledger, or pass `store`: the memory of an isolate limits nobody");
      return problem(503, "no-store", "The limits cannot be kept");
    }
    return await handle(call, own, own.store);
  } catch (error) {
    if (error instanceof Misuse) {
      console.error(`xinshi: ${error.message}`);
      const { field, message: detail } = error;
      return field
        ? problem(500, "misconfigured", "The handler's options are wrong: see its log", { detail, field })
        : problem(500, "unreadable-request", "The handler cannot read the request that it was handed", { detail });
    }
    if (error instanceof SmsError) {
      console.error(`xinshi: the options are wrong: ${error.message}`);
      return problem(500, "misconfigured", "The handler's options are wrong: see its log");
    }
    if (error instanceof Replaced) {
      console.error("xinshi: a request was given up, since another broke the instance that answered both");
      return problem(503, "unavailable", "The request was given up, and may have been carried out", { retryAfter: 5 });
    }
    console.error(`xinshi: a fault of its own, please report it: ${kindOf(error)}`);
    return problem(500, "internal", "A fault of the handler");
  }
}

/**
 * @param {Call} call
 * @param {Configured} own
 * @param {Store} store
 */
async function handle(call, own, store) {
  const { request, env, ctx, deadline } = call;
  const { given, core } = own;
  const path = pathOf(request.url);
  // Of a vendor's push alone: nothing else of ours is asked in a query.
  const query = path.includes("/hooks/") ? queryOf(request.url) : undefined;
  // What neither a preflight nor a push needs must not fail it.
  const asksNobody = query !== undefined || request.method === "OPTIONS";
  const address = asksNobody ? "" : addressOf(given.clientAddress, request, env, ctx);
  if (request.method === "POST") refuseReadBody(request, env);
  const longest = query === undefined ? LONGEST : guarded(() => core.longestBody(path));
  const { body, why } =
    request.method === "POST" ? await bodyOf(request, longest, deadline.within, query === undefined) : { body: empty };
  const headers = HEADERS.map((name) => request.headers.get(name) ?? undefined);
  const written = [draw(), body, request.method, path, query, address, ...headers];
  const number = inside(own, () => {
    write(core, written);
    return core.handle(why === "too-long");
  });
  const answer = await ended(number, own, store, call);
  const { attend } = answer;
  if (attend !== undefined) {
    call.steps.push(quietly("attending", () => inBackground(own, store, (core) => core.attend(attend))));
  }
  return answer.isDescription ? described(answer, request) : response(answer, answer.text);
}

const empty = new Uint8Array();

/** Bytes of a body that are read at most, but for a push. */
const LONGEST = 8192;

/**
 * What nobody waits for the answer of: it ends when all that follows from it has.
 * @param {Configured} own
 * @param {Store} store
 * @param {(core: Handler) => number} begin
 */
async function inBackground(own, store, begin) {
  const rest = { steps: /** @type {Promise<unknown>[]} */ ([]), deadline: new Deadline() };
  const number = inside(own, () => begin(own.core));
  try {
    return await ended(number, own, store, rest);
  } finally {
    rest.deadline.end();
    await Promise.all(rest.steps);
  }
}

/** What Deno.serve, Bun.serve and @hono/node-server pass beside each request. @param {any} passed */
const isServers = (passed) =>
  passed?.remoteAddr !== undefined || passed?.incoming !== undefined || typeof passed?.requestIP === "function";

/** In the order in which they are handed over. */
const HEADERS = [
  "authorization",
  "content-type",
  "origin",
  "idempotency-key",
  "x-correlator",
  "access-control-request-method",
];

/** @param {Answer} answer @param {string} text */
const response = ({ status, headers }, text) => new Response(text === "" ? null : text, { status, headers });

/** The description of all routes, where they are served. @param {Answer} answer @param {Request} request */
async function described(answer, request) {
  const { openapi } = await import("./openapi.js");
  const at = pathOf(request.url).slice(0, -"/openapi.json".length);
  return response(answer, request.method === "HEAD" ? "" : openapi(at));
}

/**
 * An answer of this file's own, which a page may read as it may read every other.
 * @param {Call} call
 * @param {(env: any) => Configured} configured
 * @param {{ type: string, title: string, status: number, retryAfter?: number }} problem `retryAfter` is in seconds.
 */
function problemFor({ request, env, ctx }, configured, { retryAfter, ...problem }) {
  const text = JSON.stringify(problem);
  const { status } = problem;
  /** @type {Record<string, string>} */
  const headers = { "content-type": "application/problem+json", "cache-control": "no-store" };
  if (retryAfter !== undefined) headers["retry-after"] = String(retryAfter);
  answerForeign(request, env, ctx, status, text);
  return new Response(text, { status, headers: { ...headers, ...originHeaders(request, () => configured(env)) } });
}

/** @param {Request} request @param {() => Configured} own @returns {Record<string, string>} */
function originHeaders(request, own) {
  try {
    const origin = request.headers.get("origin");
    const { core } = own();
    return origin === null ? {} : JSON.parse(guarded(() => core.originHeaders(origin)));
  } catch {
    // Neither options that are wrong nor what is no request says who may read the answer.
    return {};
  }
}

/** Keeps a worker alive until something ended; elsewhere it lives anyway. @param {any} ctx @param {Promise<unknown>} work */
function waitUntil(ctx, work) {
  const quiet = work.catch(() => {});
  if (typeof ctx?.waitUntil === "function") ctx.waitUntil(quiet);
}

/** Random bytes for one request. Empty where the host has none: the WebAssembly says what needs them. */
function draw() {
  wanted ||= drawnLength();
  if (drawn.length < used + wanted) {
    try {
      drawn = crypto.getRandomValues(new Uint8Array(64 * wanted));
      used = 0;
    } catch {
      return empty;
    }
  }
  used += wanted;
  return drawn.subarray(used - wanted, used);
}

/** How many that is. */
let wanted = 0;
/** Drawn for many requests at once, and never before one: Workers draw nothing at their start. */
let drawn = new Uint8Array();
let used = 0;
