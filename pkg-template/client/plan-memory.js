// The memory that the WebAssembly shares with its host. JavaScript writes the input of a call there and reads a plan
// from it, without another copy.
import { guard } from "../guard.js";
import { drawEntropy, sharedMemory } from "../wasm/client.js";

/**
 * The input of a call.
 * @typedef {{ message: string, recipients: string | Uint8Array | undefined, account: string | undefined, entropy: Uint8Array }} WrittenInput
 * The input of a plan. It makes the same plan again, so the WebAssembly need not keep any.
 * @typedef {WrittenInput & { ref: string }} PlanInput
 * @typedef {import("../wasm/client.js").Client} Client
 * @typedef {[vendor: string, operation: string, method: string, url: string, ...headers: [name: string, value: string][]]} Row
 * @typedef {[account: string, requests: Row[], warnings: import("./index.js").Warning[], rejected?: any, route?: [index: number, why: string]]} Header
 * @typedef {{ header: Header, ref: string, segments: number, characters: number, bodies: Uint8Array[] }} PlanOutput
 */

const encoder = new TextEncoder();
/** No random bytes. A message with a reference needs some only for a JSONP reply. */
export const noBytes = new Uint8Array();
const decoder = new TextDecoder();

// Views of the WebAssembly's memory. Growth of the memory detaches them, and a new instance has other memory.
let bytes = new Uint8Array();
let numbers = new Uint32Array();
let viewedInstance = -1;
/** The view that inputs are written to: most calls write to the same place. */
let inputBuffer = bytes;

function refreshViews() {
  if (bytes.length > 0 && viewedInstance === guard.instance) return;
  const { buffer } = sharedMemory();
  viewedInstance = guard.instance;
  bytes = new Uint8Array(buffer);
  numbers = new Uint32Array(buffer);
}

/**
 * Writes the input of the next call, and returns the lengths of its parts.
 * @param {Client} client
 * @param {WrittenInput} about
 */
export function writeInput(client, { message, recipients, account, entropy }) {
  const head = account === undefined ? message : account + message;
  // A UTF-16 unit takes at most three bytes.
  const at = client.reserve(entropy.length + 3 * (head.length + (recipients?.length ?? 0)));
  refreshViews();
  bytes.set(entropy, at);
  const from = at + entropy.length;
  if (inputBuffer.byteOffset !== from || inputBuffer.length === 0) inputBuffer = bytes.subarray(from);
  const { written } = encoder.encodeInto(head, inputBuffer);
  let more = -1;
  if (typeof recipients === "string") more = encoder.encodeInto(recipients, inputBuffer.subarray(written)).written;
  else if (recipients !== undefined) {
    more = recipients.length;
    inputBuffer.set(recipients, written);
  }
  return { entropy: entropy.length, account: account?.length ?? -1, head: written, recipients: more };
}

/**
 * The requests of a plan for people to read, as JSON; throws where there is no plan.
 * @param {Client} client
 * @param {PlanInput} input
 * @param {boolean} curl
 */
export function show(client, input, curl) {
  const { entropy, account, head, recipients } = writeInput(client, input);
  return client.show(entropy, account, head, recipients, curl);
}

/**
 * @param {Client} client
 * @param {PlanInput} input
 * @param {boolean} headerCached
 */
function makePlan(client, input, headerCached) {
  const { entropy, account, head, recipients } = writeInput(client, input);
  return client.plan(entropy, account, head, recipients, headerCached);
}

/**
 * Makes a plan and reads it.
 * @param {Client & { header?: Header | undefined }} client
 * @param {PlanInput} input
 * @returns {PlanOutput}
 */
export function readPlan(client, input) {
  const cached = client.header;
  // If reading fails, the frame must not count as known.
  client.header = undefined;
  let at = makePlan(client, input, cached !== undefined);
  if (at === 0 && input.entropy === noBytes) {
    input.entropy = drawEntropy();
    at = makePlan(client, input, cached !== undefined);
  }
  if (at === 0) show(client, input, false);
  refreshViews();
  at /= 4;
  let from = number(at);
  const headerLength = number(at + 1);
  const refLength = number(at + 2);
  const segments = number(at + 3);
  const characters = number(at + 4);
  const header =
    headerLength === 0 && cached
      ? cached
      : /** @type {Header} */ (JSON.parse(decoder.decode(bytes.subarray(from, from + headerLength))));
  from += headerLength;
  // A reference that JavaScript wrote need not be read back.
  const ref = input.ref || decoder.decode(bytes.subarray(from, from + refLength));
  from += refLength;
  const bodies = [];
  for (let request = 0; request < header[1].length; request += 1) {
    const to = from + number(at + 5 + request);
    bodies.push(bytes.slice(from, to));
    from = to;
  }
  if (from > MAX_KEPT_BYTES + number(at)) client.reserve(0);
  // The frame of a plan of one request with a body may serve for the next plans too.
  const isCacheable = header.length === 3 && header[1].length === 1 && header[1][0]?.length === 5;
  client.header = isCacheable ? header : cached;
  return { header, ref, segments, characters, bodies };
}

/** The maximum number of bytes of a plan whose memory is kept. That of a longer one is freed at once. */
const MAX_KEPT_BYTES = 1 << 14;

/** @param {number} at */
const number = (at) => /** @type {number} */ (numbers[at]);
