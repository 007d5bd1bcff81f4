// What a request under way wants, done here one thing after the other: steps of the ledger, the vendor's request, captchas,
// signatures. The WebAssembly decides everything else.
import { exchange } from "./exchange.js";
import { hostFetch } from "./host-fetch.js";
import { guarded, instance } from "./instance.js";
import { kindOf, timeOf } from "./of-user.js";
import { enqueue, post } from "./onward.js";
import { sign } from "./proof.js";
import { Told, write } from "./room.js";
import { runtime } from "./runtime.js";

/**
 * @typedef {import("../wasm/edge.js").Handler} Handler
 * @typedef {import("./deadline.js").Deadline} Deadline
 * @typedef {import("./handler.js").Configured} Configured
 * @typedef {import("./index.js").Store} Store
 */

/** What the WebAssembly tells of a request. */
const ENDED = 0;
const APPLY = 1;
const EXCHANGE = 2;
const OTHER = 3;

/**
 * @typedef {{ kind: 0, status: number, isDescription: boolean, attend: string | undefined, text: string, headers: Record<string, string>, later: Step[] }} Answer
 * @typedef {{ kind: 1, key: string, command: string }} Step
 * @typedef {{ kind: 2, method: string, url: string, contentType: string | undefined, body: Uint8Array | string | undefined, timeoutMs: number }} Exchange
 * @typedef {{ kind: 3, wanted: any }} Other
 */

/**
 * Does what a request wants until it wants nothing more, begins what is to follow, and reads what came of it.
 * @param {number} number
 * @param {Configured} own
 * @param {Store} store
 * @param {{ steps: Promise<unknown>[], deadline: Deadline }} call
 * @returns {Promise<Answer>}
 */
export async function ended(number, own, store, { steps, deadline }) {
  const clock = own.given.now ?? Date.now;
  const { core } = own;
  try {
    for (let said = NOBODY; ; ) {
      const now = timeOf(clock);
      const told = inside(own, () => read(new Told(core.step(number, now, said))));
      said = NOBODY;
      switch (told.kind) {
        case ENDED:
          // One that fails leaves a key counted too often, never too seldom; the answer stays what it is.
          for (const { key, command } of told.later) steps.push(quietly("the store", () => store.apply(key, command)));
          return told;
        case APPLY: {
          let decision;
          try {
            decision = await store.apply(told.key, told.command);
          } catch (error) {
            report("the store", error);
          }
          said = say(own, decision);
          break;
        }
        case EXCHANGE:
          await exchanged(told, number, own, deadline);
          break;
        default:
          said = say(own, await carriedOut(told.wanted, own, deadline));
      }
    }
  } finally {
    release(own, number);
  }
}

/**
 * Reads what is told to its end: the next that is told is written to the same place.
 * @param {Told} told
 * @returns {Answer | Step | Exchange | Other}
 */
function read(told) {
  const kind = told.number();
  switch (kind) {
    case ENDED:
      return answerOf(told);
    case APPLY:
      return stepOf(told);
    case EXCHANGE:
      return {
        kind,
        method: textOf(told),
        url: textOf(told),
        contentType: told.text(),
        body: either(told.text(), told.bytes()),
        timeoutMs: told.number(),
      };
    default:
      return { kind: OTHER, wanted: JSON.parse(textOf(told)) };
  }
}

/** @param {Told} told @returns {Answer} */
function answerOf(told) {
  return {
    kind: ENDED,
    status: told.number(),
    isDescription: told.number() === 1,
    attend: told.text(),
    text: textOf(told),
    headers: headersOf(told),
    later: Array.from({ length: told.number() }, () => stepOf(told)),
  };
}

/** @param {Told} told @returns {Step} */
function stepOf(told) {
  return { kind: APPLY, key: textOf(told), command: textOf(told) };
}

/** @param {Told} told */
function headersOf(told) {
  // A list of pairs would be asked for each by an iterator.
  /** @type {Record<string, string>} */
  const headers = {};
  for (let left = told.number(); left > 0; left -= 1) headers[textOf(told)] = textOf(told);
  return headers;
}

/** @param {Told} told */
const textOf = (told) => told.text() ?? "";

/** What is there of two parts. @template A, B @param {A | undefined} one @param {B | undefined} other */
const either = (one, other) => one ?? other;

/** Nobody can say. */
const NOBODY = -1;

/** Writes what is said to a request, and gives how long it is. @param {Configured} own @param {string | undefined} said */
function say(own, said) {
  // What a user's own function gives may be anything.
  return typeof said === "string" ? inside(own, () => write(own.core, [said])) : NOBODY;
}

/**
 * Makes the request that is wanted.
 * @param {Exchange} wanted
 * @param {number} number
 * @param {Configured} own
 * @param {Deadline} deadline
 */
async function exchanged(wanted, number, own, { within }) {
  const { given, core } = own;
  const byHost = given.fetch === hostFetch;
  const task = {
    body: () => wanted.body,
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

/** @param {Configured} own @param {number} number */
function release(own, number) {
  // What belonged to an instance that was replaced is gone.
  if (own.instance === instance()) guarded(() => own.core.end(number));
}

/** Another request broke the instance that this one was answered by, and what it holds is gone. */
export class Replaced extends Error {}

/**
 * Calls into the instance that a request is answered by.
 * @template T
 * @param {Configured} own
 * @param {() => T} call
 */
export function inside(own, call) {
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
export async function quietly(what, work) {
  try {
    return await work();
  } catch (error) {
    report(what, error);
    return undefined;
  }
}

/** @param {string} what @param {unknown} error */
function report(what, error) {
  console.error(`xinshi: ${what} failed: ${kindOf(error)}`);
}
