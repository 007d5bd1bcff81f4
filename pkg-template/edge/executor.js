// Runs the effects that tasks emit (src/js/edge/effect.rs), and polls the tasks with the results. It makes no decision.
import { SmsError } from "../sms-error.js";
import { effectDone, effectFailed, effectTimedOut, endTask, faultOf, pollTask } from "../wasm/edge.js";
import { guard, load } from "./load.js";

/**
 * Runs a task to its end. `result` is its value or its error; `ended` resolves when the task has no effect left.
 * @param {() => number} spawn Spawns the task and returns its number. Throws an SmsError where no task can be spawned.
 * @param {(fault: unknown) => unknown} [onBroken] Makes the result if the instance breaks. `fault` is the exception of
 * this task; undefined if another task raised it.
 */
export function runTask(spawn, onBroken = throwFault) {
  const task = new Task(onBroken);
  task.start(spawn);
  return task;
}

/** Loads the WebAssembly, runs a task and returns its result. @param {() => number} spawn @returns {Promise<any>} */
export const resultOf = (spawn) => load().then(() => runTask(spawn).result);

function throwFault() {
  throw guard.call(faultOf);
}

class Task {
  /** Negative until the task is spawned. */
  #number = -1;
  #instance = guard.instance;
  /** The number of effects without a result. */
  #open = 0;
  /** @type {unknown} */
  #fault;
  #isOver = false;
  #onBroken;
  /** @type {(value: any) => void} */
  #resolve = () => {};
  /** @type {(error: unknown) => void} */
  #reject = () => {};
  #end = () => {};

  /** @param {(fault: unknown) => unknown} onBroken */
  constructor(onBroken) {
    this.#onBroken = onBroken;
    /** @type {Promise<any>} */
    this.result = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    /** @type {Promise<void>} */
    this.ended = new Promise((end) => {
      this.#end = end;
    });
    guard.pendingCalls.add(this.#abandon);
  }

  /** @param {() => number} spawn */
  start(spawn) {
    this.#resume(() => {
      this.#number = spawn();
      return pollTask(this.#number);
    });
  }

  /** @param {() => any[]} poll Polls the task. Returns pairs of a number and an effect, in one list. */
  #resume(poll) {
    if (this.#isOver) return;
    let emitted;
    try {
      emitted = guard.call(poll);
    } catch (error) {
      // A fault abandons all running tasks, including this one.
      this.#fault = error;
      if (error instanceof SmsError) this.#reject(error);
      return this.#finish();
    }
    // An effect that throws at once polls the task before the next effect starts; the count keeps the task from ending.
    this.#open += 1;
    for (let at = 0; at < emitted.length; at += 2) this.#runEffect(emitted[at], emitted[at + 1]);
    this.#open -= 1;
    if (this.#open === 0) this.#finish();
  }

  /** @param {number} number @param {any} effect */
  async #runEffect(number, effect) {
    if (effect.kind === "respond") return this.#resolve(response(effect));
    if (effect.kind === "resolve") return this.#resolve(effect.value);
    if (effect.kind === "reject") return this.#reject(effect.error);
    if (effect.kind === "end") return this.#finish();
    this.#open += 1;
    /** @type {Uint8Array[]} */
    const received = [];
    /** @type {() => any} */
    let poll;
    try {
      const value = await effects[/** @type {keyof typeof effects} */ (effect.kind)](effect, received);
      poll = () => effectDone(this.#number, number, value);
    } catch (error) {
      const part = concatenate(received);
      poll = () =>
        error === timedOut
          ? effectTimedOut(this.#number, number, part)
          : effectFailed(this.#number, number, error, part);
    }
    this.#open -= 1;
    this.#resume(poll);
  }

  /** Ends the task after the instance broke. The microtask runs once the instance has been replaced. */
  #abandon = () => {
    this.#finish();
    Promise.resolve()
      .then(() => this.#onBroken(this.#fault))
      .then(this.#resolve, this.#reject);
  };

  #finish() {
    if (this.#isOver) return;
    this.#isOver = true;
    // Frees the number last: until now, results of this task's effects arrive under it.
    if (this.#number >= 0 && this.#instance === guard.instance) guard.call(() => endTask(this.#number));
    guard.pendingCalls.delete(this.#abandon);
    this.#end();
  }
}

/** @param {{ status: number, headers: Record<string, string>, body?: string }} init */
export const response = ({ status, headers, body }) => new Response(body ?? null, { status, headers });

/** The ids of Durable Objects by name, for each namespace. @type {WeakMap<object, Map<string, any>>} */
const objects = new WeakMap();

/** Runs an effect of each kind. */
const effects = {
  /** @param {any} effect */
  call: ({ function: called, receiver, arguments: given, timeoutMs }) =>
    within(() => Reflect.apply(called, receiver, given), timeoutMs),

  /** @param {any} effect */
  apply({ namespace, object, key, command }) {
    const known = objects.get(namespace) ?? new Map();
    objects.set(namespace, known);
    if (!known.has(object)) known.set(object, namespace.idFromName(object));
    return namespace.get(known.get(object)).apply(key, command);
  },

  /** @param {any} effect @param {Uint8Array[]} received */
  async exchange({ fetch = globalThis.fetch, url, init, timeoutMs, maxBytes, endsByItself }, received) {
    const controller = endsByItself ? undefined : new AbortController();
    if (controller) init.signal = controller.signal;
    try {
      return await within(async () => {
        const reply = await fetch(url, init);
        const { status, headers } = reply;
        // An open body would hold its connection.
        if (maxBytes === 0) return { status, headers, body: void reply.body?.cancel().catch(() => {}) };
        return { status, body: await readBytes(reply, isShort(reply, maxBytes), maxBytes, received) };
      }, timeoutMs);
    } catch (error) {
      // Needs a real Error: some hosts fail on any other reason.
      controller?.abort(new Error("xinshi aborted the call"));
      throw error;
    }
  },

  /** @param {any} effect @param {Uint8Array[]} received */
  read: ({ request, timeoutMs, maxBytes, isText, hasLength }, received) =>
    within(() => (hasLength && isText ? request.text() : readBytes(request, hasLength, maxBytes, received)), timeoutMs),

  /** @param {any} effect */
  wait: ({ milliseconds }) => new Promise((resolve) => setTimeout(resolve, milliseconds)),

  describe: async () => (await import("./openapi.js")).openapi,
};

const timedOut = new Error("it took too long");

/**
 * Awaits a result for at most `timeoutMs` milliseconds; without a limit if it is undefined.
 * @template T
 * @param {() => T | Promise<T>} work
 * @param {number | undefined} timeoutMs
 * @returns {T | Promise<T>}
 */
function within(work, timeoutMs) {
  if (timeoutMs === undefined) return work();
  return new Promise((resolve, reject) => {
    const timer = setTimeout(reject, timeoutMs, timedOut);
    const started = new Promise((start) => start(work()));
    started.finally(() => clearTimeout(timer)).then(resolve, reject);
  });
}

/**
 * Whether `Content-Length` keeps a reply within the limit. A compressed reply's header does not bound its body. @param
 * {any} reply @param {number} maxBytes
 */
function isShort({ headers }, maxBytes) {
  if (typeof headers?.get !== "function") return false;
  const length = headers.get("content-length");
  return length !== null && Number(length) <= maxBytes && headers.get("content-encoding") === null;
}

/**
 * Reads a body until it exceeds `maxBytes`. A user's fetch may return anything as a body.
 * @param {any} message
 * @param {boolean} isWhole Whether to read it in one call, without creating its stream.
 * @param {number} maxBytes
 * @param {Uint8Array[]} received
 */
async function readBytes(message, isWhole, maxBytes, received) {
  const stream = isWhole && typeof message.arrayBuffer === "function" ? undefined : message.body;
  if (stream) await readAll(stream, maxBytes, received);
  // Firefox has no stream of a request's body.
  else if (stream === undefined) received.push(copyOf(new Uint8Array(await message.arrayBuffer())));
  return concatenate(received);
}

/** @param {ReadableStream<Uint8Array>} stream @param {number} maxBytes @param {Uint8Array[]} received */
async function readAll(stream, maxBytes, received) {
  const reader = stream.getReader();
  for (let length = 0; length <= maxBytes; ) {
    const { value } = await reader.read();
    if (value === undefined) return;
    if (!ArrayBuffer.isView(value)) throw new TypeError("a part of the body is not bytes");
    // An empty part counts too, so that a stream of empty parts ends: no timer fires while parts arrive at once.
    length += value.byteLength || 1 + (maxBytes >> 13);
    received.push(copyOf(value));
  }
  reader.cancel().catch(() => {});
}

/** Copies the bytes: a user's fetch may reuse or transfer its buffer. @param {ArrayBufferView} part */
const copyOf = (part) => new Uint8Array(/** @type {Uint8Array} */ (part));

/** @param {Uint8Array[]} parts */
function concatenate(parts) {
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
