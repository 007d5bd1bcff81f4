// Carries out what the WebAssembly wants (src/js/edge/effect.rs), and tells it what came of it. It decides nothing.
import { SmsError } from "../sms-error.js";
import { done, failed, faultOf, late, step } from "../wasm/edge.js";
import { guard } from "./load.js";

/**
 * Does a work to its end. `answered` is what it comes to; `ended` is there when all is over that follows from it, and never
 * rejects.
 * @param {() => number} begin Begins it, and gives its number. It throws an SmsError where there is nothing to begin.
 * @param {(fault: unknown) => unknown} [givenUp] What it comes to where the instance breaks: by the fault of this work, or where
 * there is none of another.
 */
export function doWork(begin, givenUp = throwFault) {
  const work = new Work(givenUp);
  work.begin(begin);
  return work;
}

/** Does a work, and gives what it comes to. @param {() => number} begin @returns {Promise<any>} */
export const resultOf = (begin) => doWork(begin).answered;

function throwFault() {
  throw guard.call(faultOf);
}

class Work {
  #number = 0;
  /** Effects that nothing came of yet. */
  #open = 0;
  /** @type {unknown} */
  #fault;
  #isOver = false;
  #givenUp;
  /** @type {(value: any) => void} */
  #resolve = () => {};
  /** @type {(error: unknown) => void} */
  #reject = () => {};
  #end = () => {};

  /** @param {(fault: unknown) => unknown} givenUp */
  constructor(givenUp) {
    this.#givenUp = givenUp;
    /** @type {Promise<any>} */
    this.answered = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    /** @type {Promise<void>} */
    this.ended = new Promise((end) => {
      this.#end = end;
    });
    guard.underWay.add(this.#giveUp);
  }

  /** @param {() => number} begin */
  begin(begin) {
    this.#goOn(() => {
      this.#number = begin();
      return step(this.#number);
    });
  }

  /** @param {() => any[]} call Into the WebAssembly: what it wants next, numbers and effects in turn. */
  #goOn(call) {
    if (this.#isOver) return;
    let wanted;
    try {
      wanted = guard.call(call);
    } catch (error) {
      // Of a fault, all that were under way are told, this work among them.
      this.#fault = error;
      if (error instanceof SmsError) this.#reject(error);
      return this.#finish();
    }
    for (let at = 0; at < wanted.length; at += 2) this.#carryOut(wanted[at], wanted[at + 1]);
    if (this.#open === 0) this.#finish();
  }

  /** @param {number} effect @param {any} what */
  async #carryOut(effect, what) {
    if (what.kind === "answer") return this.#resolve(response(what));
    if (what.kind === "resolve") return this.#resolve(what.value);
    if (what.kind === "reject") return this.#reject(what.error);
    this.#open += 1;
    /** @type {Uint8Array[]} */
    const received = [];
    /** @type {() => any} */
    let told;
    try {
      const value = await effects[/** @type {keyof typeof effects} */ (what.kind)](what, received);
      told = () => done(this.#number, effect, value);
    } catch (error) {
      const part = joined(received);
      told = () => (error === tooLate ? late(this.#number, effect, part) : failed(this.#number, effect, error, part));
    }
    this.#open -= 1;
    this.#goOn(told);
  }

  /** The instance broke. By the time that it is asked, it was replaced. */
  #giveUp = () => {
    this.#finish();
    Promise.resolve()
      .then(() => this.#givenUp(this.#fault))
      .then(this.#resolve, this.#reject);
  };

  #finish() {
    this.#isOver = true;
    guard.underWay.delete(this.#giveUp);
    this.#end();
  }
}

/** @param {{ status: number, headers: Record<string, string>, body?: string }} answer */
export const response = ({ status, headers, body }) => new Response(body ?? null, { status, headers });

/** Durable Objects by name, of each namespace. @type {WeakMap<object, Map<string, any>>} */
const objects = new WeakMap();

/** What each kind of effect comes to. */
const effects = {
  /** @param {any} what */
  call: ({ function: called, receiver, arguments: given, timeoutMs }) =>
    within(() => Reflect.apply(called, receiver, given), timeoutMs),

  /** @param {any} what */
  apply({ namespace, object, key, command }) {
    const known = objects.get(namespace) ?? new Map();
    objects.set(namespace, known);
    if (!known.has(object)) known.set(object, namespace.idFromName(object));
    return namespace.get(known.get(object)).apply(key, command);
  },

  /** @param {any} what @param {Uint8Array[]} received */
  async exchange({ fetch = globalThis.fetch, url, init, timeoutMs, maxBytes, endsByItself }, received) {
    const controller = endsByItself ? undefined : new AbortController();
    if (controller) init.signal = controller.signal;
    try {
      return await within(async () => {
        const reply = await fetch(url, init);
        const { status } = reply;
        // Nobody reads it, and a body that stays open holds a connection.
        if (maxBytes === 0) return { status, body: void reply.body?.cancel().catch(() => {}) };
        return { status, body: await bytesOf(reply, isShort(reply, maxBytes), maxBytes, received) };
      }, timeoutMs);
    } catch (error) {
      // With a real Error: some hosts fail on anything else.
      controller?.abort(new Error("xinshi gave the call up"));
      throw error;
    }
  },

  /** @param {any} what @param {Uint8Array[]} received */
  read: ({ request, timeoutMs, maxBytes, isText, hasLength }, received) =>
    within(() => (hasLength && isText ? request.text() : bytesOf(request, hasLength, maxBytes, received)), timeoutMs),

  /** @param {any} what */
  wait: ({ milliseconds }) => new Promise((resolve) => setTimeout(resolve, milliseconds)),

  describe: async () => (await import("./openapi.js")).openapi,
};

const tooLate = new Error("it took too long");

/**
 * Waits for something, and for a time to pass.
 * @template T
 * @param {() => T | Promise<T>} work
 * @param {number | undefined} timeoutMs
 * @returns {T | Promise<T>}
 */
function within(work, timeoutMs) {
  if (timeoutMs === undefined) return work();
  return new Promise((resolve, reject) => {
    const timer = setTimeout(reject, timeoutMs, tooLate);
    const end = (/** @type {(value: any) => void} */ settle) => (/** @type {unknown} */ value) => {
      clearTimeout(timer);
      settle(value);
    };
    try {
      Promise.resolve(work()).then(end(resolve), end(reject));
    } catch (error) {
      end(reject)(error);
    }
  });
}

/** Whether a reply says that it is not too long. One that was compressed says nothing of what it becomes. @param {any} reply @param {number} maxBytes */
function isShort({ headers }, maxBytes) {
  if (typeof headers?.get !== "function") return false;
  const length = headers.get("content-length");
  return length !== null && Number(length) <= maxBytes && headers.get("content-encoding") === null;
}

/**
 * Reads a body of at most so many bytes, and one more. Whose it is may give anything.
 * @param {any} message
 * @param {boolean} isWhole Whether it is read at once: its stream is an object of its own, which that does without.
 * @param {number} maxBytes
 * @param {Uint8Array[]} received
 */
async function bytesOf(message, isWhole, maxBytes, received) {
  const stream = isWhole && typeof message.arrayBuffer === "function" ? undefined : message.body;
  if (stream) await readAll(stream, maxBytes, received);
  // Firefox shows no stream of a request.
  else if (stream === undefined) received.push(new Uint8Array(await message.arrayBuffer()));
  return joined(received);
}

/** @param {ReadableStream<Uint8Array>} stream @param {number} maxBytes @param {Uint8Array[]} received */
async function readAll(stream, maxBytes, received) {
  const reader = stream.getReader();
  for (let length = 0; length <= maxBytes; ) {
    const { value } = await reader.read();
    if (value === undefined) return;
    if (!ArrayBuffer.isView(value)) throw new TypeError("a part is no bytes");
    // An empty part counts as well: a stream of nothing ends, and soon, since no timer rings while parts are there at once.
    length += value.byteLength || 1 + (maxBytes >> 13);
    received.push(value);
  }
  reader.cancel().catch(() => {});
}

/** @param {Uint8Array[]} parts */
function joined(parts) {
  const [first = new Uint8Array()] = parts;
  if (parts.length < 2) return first;
  const bytes = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let length = 0;
  for (const part of parts) {
    bytes.set(part, length);
    length += part.length;
  }
  return bytes;
}
