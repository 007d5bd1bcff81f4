// A request's body, within a size and a time.

/** Bytes of a body that are read at most. */
const LONGEST = 8192;
/** How long a body may take, in milliseconds. */
const TIMEOUT_MS = 10_000;

/**
 * @param {Request} request
 * @param {<T>(work: Promise<T>, timeoutMs: number) => Promise<T | "timeout" | "aborted">} within
 * @returns {Promise<{ body?: Uint8Array, why?: "too-long" | "unfinished" }>}
 */
export async function bodyOf(request, within) {
  const declared = request.headers.get("content-length");
  if (declared !== null && Number(declared) > LONGEST) return { why: "too-long" };
  // Its stream is an object of its own, which a body that is read at once does without.
  if (declared === null && request.body === null) return { body: new Uint8Array() };
  try {
    // A body of a length that was told is read at once; Firefox shows no stream of it.
    const stream = declared === null ? request.body : undefined;
    const reading = stream ? read(stream) : request.arrayBuffer().then((all) => new Uint8Array(all));
    const body = await within(reading, TIMEOUT_MS);
    if (typeof body === "string") return { why: "unfinished" };
    return body.length > LONGEST ? { why: "too-long" } : { body };
  } catch {
    return { why: "unfinished" };
  }
}

/** Reads one byte too many at most. @param {ReadableStream<Uint8Array>} stream */
async function read(stream) {
  const reader = stream.getReader();
  const bytes = new Uint8Array(LONGEST + 1);
  let length = 0;
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return bytes.slice(0, length);
    const part = value.subarray(0, bytes.length - length);
    bytes.set(part, length);
    length += part.length;
    if (length === bytes.length) {
      reader.cancel().catch(() => {});
      return bytes;
    }
  }
}
