// One request's way: read, decided step by step in WebAssembly, each step's wish carried out here, answered.
import { exchange } from "../client/exchange.js";
import { hostFetch } from "../client/host-fetch.js";
import { observer } from "../client/observer.js";
import { invalid, SmsError, smsError } from "../sms-error.js";
import { drawnLength, Handler } from "../wasm/edge.js";
import { bodyOf } from "./body.js";
import { addressOf } from "./client-address.js";
import { Deadline } from "./deadline.js";
import { guarded, instance, replaceBroken } from "./instance.js";
import { isReady, load } from "./load.js";
import { memoryStore } from "./memory-store.js";
import { objectsStore } from "./objects-store.js";
import { enqueue, post } from "./onward.js";
import { given } from "./options.js";
import { sign } from "./proof.js";
import { runtime } from "./runtime.js";

/**
 * @typedef {import("../wasm/edge.js").Handling} Handling
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
      const minutely = (/** @type {Handler} */ core) => core.scheduled(draw(), own.given.fetch === hostFetch);
      await inBackground(own, stored(own), minutely);
    },

    async optedOut(phones, env) {
      await load();
      const own = configured(env);
      const store = stored(own);
      const asked = [...phones];
      /** @type {Set<string>} */
      const out = new Set();
      const ask = async () => {
        for (let some = asked.splice(0, ASKED_AT_ONCE); some.length > 0; some = asked.splice(0, ASKED_AT_ONCE)) {
          const { status, text } = await inBackground(own, store, (core) => core.optedOut(some, false));
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
  return guarded(() => {
    const core = new Handler(given.json, given.on && observer(given.on));
    for (const message of JSON.parse(core.warnings())) tell(given, message);
    return { given, core, instance: instance(), store, kid: core.keyId() };
  });
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
  const head = headOf(request, addressOf(given.clientAddress, request, env, ctx));
  const longest = head.query === undefined ? LONGEST : guarded(() => core.longestBody(head.path));
  const { body, why } =
    request.method === "POST" ? await bodyOf(request, longest, deadline.within) : { body: new Uint8Array() };
  const written = JSON.stringify(head);
  const handling = guarded(() => core.handle(written, body, why, draw(), given.fetch === hostFetch));
  return ended(handling, own, store, call, async () => {
    const { attend } = handling;
    if (attend !== undefined) {
      const byHost = given.fetch === hostFetch;
      call.steps.push(quietly("attending", () => inBackground(own, store, (core) => core.attend(attend, byHost))));
    }
    return response(handling, request);
  });
}

/** Bytes of a body that are read at most, but for a push. */
const LONGEST = 8192;

/**
 * What nobody waits for the answer of: it ends when all that follows from it has.
 * @param {Configured} own
 * @param {Store} store
 * @param {(core: Handler) => Handling} begin
 */
async function inBackground(own, store, begin) {
  const rest = { steps: /** @type {Promise<unknown>[]} */ ([]), deadline: new Deadline() };
  const handling = guarded(() => begin(own.core));
  try {
    return await ended(handling, own, store, rest, () => ({ status: handling.status, text: handling.text }));
  } finally {
    rest.deadline.end();
    await Promise.all(rest.steps);
  }
}

/**
 * Does what a handling wants until it wants nothing more, begins what is to follow, and reads what came of it.
 * @template T
 * @param {Handling} handling
 * @param {Configured} own
 * @param {Store} store
 * @param {{ steps: Promise<unknown>[], deadline: Deadline }} call
 * @param {() => T | Promise<T>} read
 */
async function ended(handling, own, store, { steps, deadline }, read) {
  const clock = own.given.now ?? Date.now;
  try {
    for (;;) {
      const wanted = guarded(() => handling.step(clock()));
      if (wanted === undefined) break;
      await carryOut(JSON.parse(wanted), handling, own, store, deadline);
    }
    for (let key = handling.later(); key !== undefined; key = handling.later()) {
      const [name, command] = [key, handling.command()];
      // One that fails leaves a key counted too often, never too seldom; the answer stays what it is.
      steps.push(quietly("the store", () => store.apply(name, command)));
    }
    return await read();
  } catch (error) {
    if (own.instance !== instance()) throw new Replaced();
    // Not every call that hands something over is guarded; none of them may leave a broken instance to the next request.
    replaceBroken(error, own.instance);
    throw error;
  } finally {
    release(handling);
  }
}

/**
 * @param {any} wanted
 * @param {Handling} handling
 * @param {Configured} own
 * @param {Store} store
 * @param {Deadline} deadline
 */
async function carryOut(wanted, handling, { given, kid }, store, { within }) {
  switch (wanted.want) {
    case "apply":
      return handling.applied(await quietly("the store", () => store.apply(wanted.key, handling.command())));
    case "solved": {
      const solved = await quietly("the captcha", () => given.solve?.(wanted.token, wanted.address));
      return handling.said(solved === undefined ? undefined : String(solved));
    }
    case "country":
      return handling.said(await quietly("country", () => given.country?.(wanted.phone)));
    case "sign":
      return handling.said(await quietly("signing", () => sign(wanted.claims, given.proofKey ?? "", kid)));
    case "enqueue":
      return handling.said(await quietly("the queue", () => enqueue(given.queue, wanted.message, within)));
    case "post":
      return handling.said(await quietly("the webhook", () => post(given.fetch, wanted, within)));
    case "wait":
      return handling.said(
        await quietly("waiting", async () => {
          await given.wait(wanted.milliseconds);
          return "";
        }),
      );
    default:
      return exchange(handling, wanted, {
        fetch: given.fetch,
        byScript: false,
        within,
        whole: true,
        // A worker's fetches end with its request, and a signal costs there as much as all that is decided here.
        isCutOff: runtime.isCloudflare,
      });
  }
}

/** Another request broke the instance that this one was answered by, and what it holds is gone. */
class Replaced extends Error {}

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

const HEADERS = [
  "authorization",
  "content-type",
  "origin",
  "idempotency-key",
  "x-correlator",
  "access-control-request-method",
];

/** @param {Request} request @param {string} address */
function headOf({ method, url, headers }, address) {
  const path = pathOf(url);
  /** @type {{ method: string, path: string, address: string, query?: string } & Record<string, string>} */
  const head = { method, path, address };
  // Of a vendor's push alone: nothing else of ours is asked in a query.
  if (path.includes("/hooks/")) head.query = queryOf(url);
  for (const name of HEADERS) {
    const value = headers.get(name);
    if (value !== null) head[name] = value;
  }
  return head;
}

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

/** @param {Handling} handling @param {Request} request */
async function response(handling, request) {
  const { status, text } = handling;
  /** @type {Record<string, string>} */
  const headers = {};
  const flat = handling.headers;
  for (let index = 0; index < flat.length; index += 2) headers[flat[index] ?? ""] = flat[index + 1] ?? "";
  if (handling.isDescription) {
    const { openapi } = await import("./openapi.js");
    const document = openapi(pathOf(request.url).slice(0, -"/openapi.json".length));
    return new Response(request.method === "HEAD" ? null : document, { status, headers });
  }
  return new Response(text === "" ? null : text, { status, headers });
}

/** @param {Handling} handling */
function release(handling) {
  try {
    handling.free();
  } catch {
    // It belonged to an instance that was replaced.
  }
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
  if (drawn.length < wanted) {
    try {
      drawn = crypto.getRandomValues(new Uint8Array(64 * wanted));
    } catch {
      return new Uint8Array();
    }
  }
  const bytes = drawn.slice(0, wanted);
  drawn = drawn.subarray(wanted);
  return bytes;
}

/** How many that is. */
let wanted = 0;
/** Drawn for many requests at once, and never before one: Workers draw nothing at their start. */
let drawn = new Uint8Array();
