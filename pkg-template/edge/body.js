// A request's body, within a size and a time.

/** Bytes that there is room for at first. */
const FIRST = 8193;
/** How long a body may take, in milliseconds. */
const TIMEOUT_MS = 10_000;

/**
 * @param {Request} request
 * @param {number} longest Bytes that are read at most.
 * @param {<T>(work: Promise<T>, timeoutMs: number) => Promise<T | "timeout" | "aborted">} within
 * @returns {Promise<{ body?: Uint8Array, why?: "too-long" | "unfinished" }>}
 */
export async function bodyOf(request, longest, within) {
  const declared = request.headers.get("content-length");
  if (declared !== null && Number(declared) > longest) return { why: "too-long" };
  // Its stream is an object of its own, which a body that is read at once does without.
  if (declared === null && request.body === null) return { body: new Uint8Array() };
  try {
    // A body of a length that was told is read at once; Firefox shows no stream of it.
    const stream = declared === null ? request.body : undefined;
    const reading = stream ? read(stream, longest) : request.arrayBuffer().then((all) => new Uint8Array(all));
    const body = await within(reading, TIMEOUT_MS);
    if (typeof body === "string") return { why: "unfinished" };
    return body.length > longest ? { why: "too-long" } : { body };
  } catch {
    return { why: "unfinished" };
  }
}

/**
 * Reads one byte too many at most.
 * @param {ReadableStream<Uint8Array>} stream
 * @param {number} longest
 */
async function read(stream, longest) {
  const reader = stream.getReader();
  let bytes = new Uint8Array(Math.min(longest + 1, FIRST));
  let length = 0;
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return bytes.slice(0, length);
    const part = value.subarray(0, longest + 1 - length);
    if (length + part.length > bytes.length) {
      const longer = new Uint8Array(Math.min(longest + 1, Math.max(2 * bytes.length, length + part.length)));
      longer.set(bytes);
      bytes = longer;
    }
    bytes.set(part, length);
    length += part.length;
    if (length > longest) {
      reader.cancel().catch(() => {});
      return bytes;
    }
  }
}
