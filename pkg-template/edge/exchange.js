// The way out: what a call asks for is fetched once, within a time and a size. The WebAssembly decides everything else.

/**
 * @typedef {{ replied(status: number, body: Uint8Array): void, failed(why: string, code: string | undefined, syscall: string | undefined, body: Uint8Array): void }} Task
 * @typedef {import("../client/index.js").Fetch} Fetch
 * @typedef {{ method: string, url: string, contentType?: string | undefined, timeoutMs: number }} Wanted
 * @typedef {{ fetch: Fetch, signal?: AbortSignal | undefined, whole?: boolean, isCutOff?: boolean, within?: typeof within }} Way
 * `whole`: nobody wants part of a reply, so that one of a length that was told is read at once.
 * `isCutOff`: what is still open when all is over ends by itself, so that nobody has to end it.
 */

/** Bytes of a reply that are read at most: a pull that apiv1 sets no limit to has 130 bytes a record. */
const LONGEST_REPLY = 16 << 20;

/**
 * Waits for something, and for the caller to give up, and for the time to pass.
 * @template T
 * @param {Promise<T>} work
 * @param {number} timeoutMs
 * @param {AbortSignal | undefined} signal
 * @returns {Promise<T | "timeout" | "aborted">}
 */
export async function within(work, timeoutMs, signal) {
  /** @type {(why: "timeout" | "aborted") => void} */
  let stop = () => {};
  const stopped = new Promise((resolve) => {
    stop = resolve;
  });
  const timer = setTimeout(stop, timeoutMs, "timeout");
  let deafen = () => {};
  try {
    deafen = listen(signal, () => stop("aborted"));
    return await Promise.race([work, stopped]);
  } finally {
    clearTimeout(timer);
    deafen();
  }
}

/**
 * Calls back when the caller gives up, or at once where it has; gives a way to stop listening, which never throws.
 * @param {AbortSignal | undefined} signal
 * @param {() => void} abort
 */
export function listen(signal, abort) {
  signal?.addEventListener("abort", abort);
  if (isAborted(signal)) abort();
  return () => {
    try {
      signal?.removeEventListener("abort", abort);
    } catch {
      // A signal that is none must not end a call.
    }
  };
}

/**
 * Makes one request, and hands over what came of it.
 * @param {Task & { body(): Uint8Array | string | undefined }} task
 * @param {Wanted} wanted
 * @param {Way} way
 */
export async function exchange(task, wanted, way) {
  const { fetch, signal, whole: isWhole = false, isCutOff = false } = way;
  if (isAborted(signal)) return task.failed("aborted-before", undefined, undefined, new Uint8Array());
  /** @type {Uint8Array[]} */
  const received = [];
  const controller = isCutOff ? undefined : new AbortController();
  // With a real Error: some hosts fail on anything else.
  const giveUp = (/** @type {Error} */ why) => controller?.abort(why);
  const reply = read(fetch, wanted, task.body(), controller?.signal, received, isWhole).catch(failure);
  let end;
  try {
    end = await (way.within ?? within)(reply, wanted.timeoutMs, signal);
  } catch (error) {
    end = failure(error);
  }
  const body = whole(received);
  if (typeof end === "number") return task.replied(end, body);
  giveUp(new Error("xinshi gave the call up"));
  if (typeof end === "string") return task.failed(end, undefined, undefined, body);
  task.failed(end.why, end.code, end.syscall, body);
}

/**
 * Resolves to the status when the whole reply is in `received`. What a caller's fetch resolves to may be anything.
 * @param {Fetch} fetch
 * @param {Wanted} wanted
 * @param {Uint8Array | string | undefined} body
 * @param {AbortSignal | undefined} signal
 * @param {Uint8Array[]} received
 * @param {boolean} isWhole
 */
async function read(fetch, { method, url, contentType }, body, signal, received, isWhole) {
  /** @type {Record<string, string>} */
  const headers = contentType ? { "content-type": contentType } : {};
  /** @type {RequestInit} */
  const init = { method, headers, redirect: "manual" };
  if (signal) init.signal = signal;
  if (body) init.body = /** @type {Uint8Array<ArrayBuffer> | string} */ (body);
  const response = await fetch(url, init);
  const { status } = response;
  if (!Number.isInteger(status) || status < 0 || status > 999) throw new TypeError("the status is none");
  // Before its stream is looked at, which is an object of its own.
  if (isWhole && isShort(response)) {
    const all = new Uint8Array(await response.arrayBuffer());
    if (all.length > LONGEST_REPLY) throw tooLong;
    received.push(all);
    return status;
  }
  if (response.body === null) return status;
  const reader = response.body.getReader();
  for (let length = 0; ; ) {
    const { value } = await reader.read();
    if (value === undefined) return status;
    if (!ArrayBuffer.isView(value)) throw new TypeError("a part is no bytes");
    // An empty part counts as a byte, so that a stream of nothing ends.
    length += value.byteLength || 1;
    if (length > LONGEST_REPLY) throw tooLong;
    received.push(new Uint8Array(value));
  }
}

/** Whether a reply says that it is not too long. One that was compressed says nothing of what it becomes. @param {Response} response */
function isShort({ headers, arrayBuffer }) {
  if (typeof headers?.get !== "function" || typeof arrayBuffer !== "function") return false;
  const length = headers.get("content-length");
  return length !== null && Number(length) <= LONGEST_REPLY && headers.get("content-encoding") === null;
}

const tooLong = new Error("the reply is too long");

/** @typedef {{ why: string, code?: string, syscall?: string }} Failure */

/**
 * What the host tells, which Node and Bun do in different places. Never the message: it may hold the URL.
 * @param {any} error
 * @returns {Failure}
 */
function failure(error) {
  /** @type {Failure} */
  const told = { why: error === tooLong ? "too-long" : "failed" };
  try {
    for (const name of /** @type {const} */ (["code", "syscall"])) {
      const text = error.cause?.[name] ?? error[name];
      if (typeof text === "string") told[name] = text;
    }
  } catch {
    // An error that cannot be looked at tells nothing.
  }
  return told;
}

/** @param {Uint8Array[]} parts */
function whole(parts) {
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

/** @param {AbortSignal | undefined} signal */
export function isAborted(signal) {
  try {
    return signal?.aborted === true;
  } catch {
    return false;
  }
}
