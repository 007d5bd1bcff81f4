// What a vendor pushes to an address of the caller's.
import { invalid, SmsError } from "../sms-error.js";
import { readPush } from "../wasm/client.js";
import { load } from "./load.js";
import { queryOf } from "./request-url.js";
import { bytesOf, withRaw } from "./vendor.js";

/** @type {typeof import("./index.js").parsePush} */
export async function parsePush(vendor, request) {
  let raw;
  try {
    raw = await read(request, LONGEST_PUSH);
  } catch (error) {
    throw error instanceof SmsError ? error : invalid("request", UNREADABLE);
  }
  await load();
  const push = JSON.parse(readPush(String(vendor), queryOf(request.url), raw));
  push.unparsed = push.unparsed.map(bytesOf);
  return withRaw(push, raw);
}

const UNREADABLE =
  "the request cannot be read: middleware such as a body parser has read its body before, or it is no web-standard Request, as Express has none";

/** Bytes of a push that are read at most. */
const LONGEST_PUSH = 1 << 20;

/**
 * @param {Request} request
 * @param {number} longest
 */
async function read(request, longest) {
  const tooLong = () => invalid("request", `the body is longer than ${longest} bytes`);
  // A stream that was read to its end would give an empty push.
  if (request.bodyUsed) throw invalid("request", UNREADABLE);
  // Firefox has no `Request.body`, and a request without a body has none anywhere.
  if (!request.body) {
    const bytes = new Uint8Array(await request.arrayBuffer());
    if (bytes.length > longest) throw tooLong();
    return bytes;
  }
  const bytes = new Uint8Array(longest);
  let length = 0;
  const reader = request.body.getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    if (length + part.value.length > longest) {
      await reader.cancel();
      throw tooLong();
    }
    bytes.set(part.value, length);
    length += part.value.length;
  }
  return bytes.slice(0, length);
}
