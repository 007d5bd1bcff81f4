// The effects of the handler's tasks. The WebAssembly adds each to a list, as a number and a function that runs it; 0
// stands for an effect without a result. An effect makes no decision.

/**
 * The task that an effect belongs to: `pkg-template/edge/executor.js`.
 * @typedef {object} Task
 * @property {(value: any) => void} resolve Settles the task with a value.
 * @property {(error: unknown) => void} reject Settles the task with an error.
 * @property {() => void} end Ends the task.
 * @typedef {(task: Task, received: Uint8Array<ArrayBuffer>[]) => any} Effect `received` takes the parts of a body as they arrive.
 * @typedef {(number | Effect)[]} Effects
 */

/** @param {Effects} effects @param {any} value */
export const emitResolve = (effects, value) => void effects.push(0, (/** @type {Task} */ task) => task.resolve(value));

/** @param {Effects} effects @param {unknown} error */
export const emitReject = (effects, error) => void effects.push(0, (/** @type {Task} */ task) => task.reject(error));

/** @param {Effects} effects */
export const emitEnd = (effects) => void effects.push(0, (/** @type {Task} */ task) => task.end());

/** @param {Effects} effects @param {number} status @param {Record<string, string>} headers @param {string} [body] */
export const emitRespond = (effects, status, headers, body) =>
  void effects.push(0, (/** @type {Task} */ task) => task.resolve(response({ status, headers, body })));

/** @param {{ status: number, headers: Record<string, string>, body?: string | undefined }} init */
export const response = ({ status, headers, body }) => new Response(body ?? null, { status, headers });

/**
 * Calls a function of the user's.
 * @param {Effects} effects @param {number} number @param {Function} called @param {unknown} receiver
 * @param {unknown[]} given @param {number} [timeoutMs]
 */
export const emitCall = (effects, number, called, receiver, given, timeoutMs) =>
  void effects.push(number, () => within(() => Reflect.apply(called, receiver, given), timeoutMs));

/** The ids of Durable Objects by name, for each namespace. @type {WeakMap<object, Map<string, any>>} */
const objects = new WeakMap();

/**
 * Applies a command to a key in a Durable Object.
 * @param {Effects} effects @param {number} number @param {any} namespace
 * @param {string} object @param {string} key @param {string} command
 */
export const emitApply = (effects, number, namespace, object, key, command) =>
  void effects.push(number, () => {
    const known = objects.get(namespace) ?? new Map();
    objects.set(namespace, known.set(object, known.get(object) ?? namespace.idFromName(object)));
    return namespace.get(known.get(object)).apply(key, command);
  });

/**
 * Makes a request.
 * @param {Effects} effects @param {number} number
 * @param {((url: string, init: RequestInit) => any) | undefined} fetch Default the runtime's own, as it is by then.
 * @param {string} url @param {RequestInit} init @param {number} timeoutMs
 * @param {number} maxBytes The maximum length of the body; one byte more is read to detect a longer one. 0 cancels it.
 * @param {boolean} endsByItself Whether the platform ends the request with the one that it serves: no signal is needed.
 */
export const emitExchange = (effects, number, fetch, url, init, timeoutMs, maxBytes, endsByItself) =>
  void effects.push(number, async (_, received) => {
    const controller = endsByItself ? undefined : new AbortController();
    if (controller) init.signal = controller.signal;
    try {
      return await within(async () => {
        const reply = await (fetch ?? globalThis.fetch)(url, init);
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
  });

/**
 * Reads the body of the request that the task serves.
 * @param {Effects} effects @param {number} number @param {any} request @param {number} timeoutMs
 * @param {number} maxBytes The maximum length; one byte more is read to detect a longer body.
 * @param {boolean} isText Whether the result may be a string.
 * @param {boolean} hasLength Whether `Content-Length` bounds the body, so that one call can read it.
 */
export const emitRead = (effects, number, request, timeoutMs, maxBytes, isText, hasLength) =>
  void effects.push(number, (_, received) =>
    within(() => (hasLength && isText ? request.text() : readBytes(request, hasLength, maxBytes, received)), timeoutMs),
  );

/** @param {Effects} effects @param {number} number @param {number} milliseconds */
export const emitWait = (effects, number, milliseconds) =>
  void effects.push(number, () => new Promise((resolve) => setTimeout(resolve, milliseconds)));

/** Loads the OpenAPI document. @param {Effects} effects @param {number} number */
export const emitDescribe = (effects, number) =>
  void effects.push(number, async () => (await import("./edge/openapi.js")).openapi);

export const timedOut = new Error("it took too long");

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
    new Promise((start) => start(work())).finally(() => clearTimeout(timer)).then(resolve, reject);
  });
}

/**
 * Whether `Content-Length` keeps a reply within the limit. A compressed reply's header does not bound its body. @param
 * {any} reply @param {number} maxBytes
 */
const isShort = ({ headers }, maxBytes) =>
  Number(headers?.get?.("content-length") ?? Number.NaN) <= maxBytes && headers.get("content-encoding") === null;

/**
 * Reads a body until it exceeds `maxBytes`. A user's fetch may return anything as a body.
 * @param {any} message
 * @param {boolean} isWhole Whether to read it in one call, without creating its stream.
 * @param {number} maxBytes
 * @param {Uint8Array<ArrayBuffer>[]} received
 */
async function readBytes(message, isWhole, maxBytes, received) {
  const stream = isWhole && typeof message.arrayBuffer === "function" ? undefined : message.body;
  // Firefox has no stream of a request's body.
  if (stream === undefined) return new Uint8Array(await message.arrayBuffer());
  if (stream) await readAll(stream, maxBytes, received);
  return concatenate(received);
}

/** @param {ReadableStream<Uint8Array>} stream @param {number} maxBytes @param {Uint8Array<ArrayBuffer>[]} received */
async function readAll(stream, maxBytes, received) {
  const reader = stream.getReader();
  for (let length = 0; length <= maxBytes; ) {
    const { value } = await reader.read();
    if (value === undefined) return;
    if (!ArrayBuffer.isView(value)) throw new TypeError("a part of the body is not bytes");
    // An empty part counts too, so that a stream of empty parts ends: no timer fires while parts arrive at once.
    length += value.byteLength || 1 + (maxBytes >> 13);
    // Copies the bytes: a user's fetch may reuse or transfer its buffer.
    received.push(new Uint8Array(/** @type {Uint8Array} */ (value)));
  }
  reader.cancel().catch(() => {});
}

/** @param {Uint8Array<ArrayBuffer>[]} parts */
export const concatenate = async ([first = new Uint8Array(), ...rest]) =>
  rest.length === 0 ? first : new Uint8Array(await new Blob([first, ...rest]).arrayBuffer());
