// One request's way: read, decided step by step in WebAssembly, each step's wish carried out here, answered.
import { exchange } from "../client/exchange.js";
import { hostFetch } from "../client/host-fetch.js";
import { observer } from "../client/observer.js";
import { invalid, SmsError, smsError } from "../sms-error.js";
import { drawnLength, Handler } from "../wasm/edge.js";
import { bodyOf } from "./body.js";
import { addressOf } from "./client-address.js";
import { Deadline } from "./deadline.js";
import { guarded, instance } from "./instance.js";
import { isReady, load } from "./load.js";
import { memoryStore } from "./memory-store.js";
import { objectsStore } from "./objects-store.js";
import { enqueue, post } from "./onward.js";
import { given } from "./options.js";
import { sign } from "./proof.js";
import { Told, write } from "./room.js";
import { runtime } from "./runtime.js";

/**
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
      await inBackground(own, stored(own), minutely);
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
  try {
    await load();
    const own = configured(call.env);
    if (own.store === undefined) {
      console.error("xinshi: bind LEDGER to the class Ledger, or pass `store`: the memory of an isolate limits nobody");
      return problem(503, "no-store", "The limits cannot be kept");
    }
    return await handle(call, own, own.store);
  } catch (error) {
    if (error instanceof SmsError) {
      console.error(`xinshi: the options are wrong: ${error.message}`);
      return problem(500, "misconfigured", "The handler's options are wrong: see its log");
    }
    if (error instanceof Replaced) {
      console.error("xinshi: a request was given up, since another broke the instance that answered both");
      return problem(503, "unavailable", "What is stored cannot be reached at the moment, and nothing was done");
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
  const address = addressOf(given.clientAddress, request, env, ctx);
  const longest = query === undefined ? LONGEST : guarded(() => core.longestBody(path));
  const { body, why } = request.method === "POST" ? await bodyOf(request, longest, deadline.within) : { body: empty };
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
  return response(answer, request);
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

/** What the WebAssembly tells of a request. */
const ENDED = 0;
const APPLY = 1;
const LATER = 2;
const EXCHANGE = 3;

/**
 * Does what a request wants until it wants nothing more, begins what is to follow, and reads what came of it.
 * @param {number} number
 * @param {Configured} own
 * @param {Store} store
 * @param {{ steps: Promise<unknown>[], deadline: Deadline }} call
 * @returns {Promise<Answer>}
 */
async function ended(number, own, store, { steps, deadline }) {
  const clock = own.given.now ?? Date.now;
  const { core } = own;
  try {
    for (let said = NOBODY; ; ) {
      const now = Number(clock());
      const told = inside(own, () => new Told(core.step(number, now, said)));
      said = NOBODY;
      switch (told.number()) {
        case ENDED:
          return answerOf(told);
        case APPLY: {
          const [key, command] = [textOf(told), told.bytes()];
          said = say(own, await quietly("the store", () => store.apply(key, /** @type {Uint8Array} */ (command))));
          break;
        }
        case LATER: {
          const [key, command] = [textOf(told), told.bytes()];
          // One that fails leaves a key counted too often, never too seldom; the answer stays what it is.
          steps.push(quietly("the store", () => store.apply(key, /** @type {Uint8Array} */ (command))));
          break;
        }
        case EXCHANGE:
          await exchanged(told, number, own, deadline);
          break;
        default:
          said = say(own, await carriedOut(JSON.parse(textOf(told)), own, deadline));
      }
    }
  } finally {
    release(own, number);
  }
}

/** @typedef {{ status: number, isDescription: boolean, attend: string | undefined, text: string, headers: Record<string, string> }} Answer */

/** @param {Told} told @returns {Answer} */
function answerOf(told) {
  const [status, describes, attend, text] = [told.number(), told.number(), told.text(), textOf(told)];
  // A list of pairs would be asked for each by an iterator.
  /** @type {Record<string, string>} */
  const headers = {};
  for (let left = told.number(); left > 0; left -= 1) headers[textOf(told)] = textOf(told);
  return { status, isDescription: describes === 1, attend, text, headers };
}

/** @param {Told} told */
const textOf = (told) => told.text() ?? "";

/** Nobody can say. */
const NOBODY = -1;

/** Writes what is said to a request, and gives how long it is. @param {Configured} own @param {Uint8Array | string | undefined} said */
function say(own, said) {
  // What a user's own function gives may be anything.
  return typeof said === "string" || isBytes(said) ? inside(own, () => write(own.core, [said])) : NOBODY;
}

/** Whether it is a Uint8Array, of whichever realm. @param {unknown} value @returns {value is Uint8Array} */
const isBytes = (value) => Object.prototype.toString.call(value) === "[object Uint8Array]";

/**
 * Makes the request that is wanted.
 * @param {Told} told
 * @param {number} number
 * @param {Configured} own
 * @param {Deadline} deadline
 */
async function exchanged(told, number, own, { within }) {
  const { given, core } = own;
  const [method, url, contentType, body] = [textOf(told), textOf(told), told.text(), told.bytes()];
  const wanted = { method, url, timeoutMs: 0, ...(contentType !== undefined && { contentType }) };
  wanted.timeoutMs = told.number();
  const byHost = given.fetch === hostFetch;
  const task = {
    body: () => body,
    replied: (/** @type {number} */ status, /** @type {Uint8Array} */ reply) =>
      inside(own, () => core.replied(number, status, write(core, [reply]))),
    failed: (
      /** @type {string} */ why,
      /** @type {string | null | undefined} */ code,
      /** @type {string | null | undefined} */ syscall,
      /** @type {Uint8Array} */ received,
    ) => inside(own, () => core.failed(number, why, code, syscall, received, byHost)),
  };
  await exchange(task, wanted, {
    fetch: given.fetch,
    byScript: false,
    within,
    whole: true,
    // A worker's fetches end with its request, and a signal costs there as much as all that is decided here.
    isCutOff: runtime.isCloudflare,
  });
}

/**
 * What is said to anything else that is wanted.
 * @param {any} wanted
 * @param {Configured} own
 * @param {Deadline} deadline
 * @returns {Promise<string | undefined>}
 */
async function carriedOut(wanted, { given, kid }, { within }) {
  switch (wanted.want) {
    case "solved": {
      const solved = await quietly("the captcha", () => given.solve?.(wanted.token, wanted.address));
      return solved === undefined ? undefined : String(solved);
    }
    case "country":
      return quietly("country", () => given.country?.(wanted.phone));
    case "sign":
      return quietly("signing", () => sign(wanted.claims, given.proofKey ?? "", kid));
    case "enqueue":
      return quietly("the queue", () => enqueue(given.queue, wanted.message, within));
    case "post":
      return quietly("the webhook", () => post(given.fetch, wanted, within));
    case "wait":
      return quietly("waiting", async () => {
        await given.wait(wanted.milliseconds);
        return "";
      });
    default:
      throw new RangeError("nothing of ours is wanted");
  }
}

/** Another request broke the instance that this one was answered by, and what it holds is gone. */
class Replaced extends Error {}

/**
 * Calls into the instance that a request is answered by.
 * @template T
 * @param {Configured} own
 * @param {() => T} call
 */
function inside(own, call) {
  if (own.instance !== instance()) throw new Replaced();
  return guarded(call);
}

/**
 * What something gives, or nothing where it fails: the WebAssembly says what follows from that.
 * @template T
 * @param {string} what
 * @param {() => T | Promise<T>} work
 * @returns {Promise<T | undefined>}
 */
async function quietly(what, work) {
  try {
    return await work();
  } catch (error) {
    console.error(`xinshi: ${what} failed: ${kindOf(error)}`);
    return undefined;
  }
}

/** What kind of error it is. Never its message: it may hold a URL with a password, a number or a token. @param {any} error */
function kindOf(error) {
  const code = typeof error?.code === "string" ? ` (${error.code})` : "";
  return `${error instanceof Error ? error.name : typeof error}${code}`;
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

/** @param {string} url */
function pathOf(url) {
  const from = url.indexOf("/", url.indexOf("//") + 2);
  const to = url.slice(from).search(/[?#]/);
  return from < 0 ? "/" : to < 0 ? url.slice(from) : url.slice(from, from + to);
}

/** What follows the `?`. @param {string} url */
function queryOf(url) {
  const [before = ""] = url.split("#", 1);
  const from = before.indexOf("?");
  return from < 0 ? "" : before.slice(from + 1);
}

/** @param {Answer} answer @param {Request} request */
async function response({ status, isDescription, text, headers }, request) {
  if (isDescription) {
    const { openapi } = await import("./openapi.js");
    const document = openapi(pathOf(request.url).slice(0, -"/openapi.json".length));
    return new Response(request.method === "HEAD" ? null : document, { status, headers });
  }
  return new Response(text === "" ? null : text, { status, headers });
}

/** @param {Configured} own @param {number} number */
function release(own, number) {
  // What belonged to an instance that was replaced is gone.
  if (own.instance === instance()) guarded(() => own.core.end(number));
}

/** @param {number} status @param {string} name @param {string} title */
function problem(status, name, title) {
  const headers = { "content-type": "application/problem+json", "cache-control": "no-store" };
  return new Response(JSON.stringify({ type: `urn:xinshi:problem:${name}`, title, status }), { status, headers });
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
