// The memory that the WebAssembly shares with its host. JavaScript writes the input of a call there and reads a plan
// from it, without another copy.
import { guard } from "../guard.js";
import { drawEntropy, sharedMemory } from "../wasm/client.js";

/**
 * The input of a call.
 * @typedef {{ message: string, recipients: string | Uint8Array | undefined, account: string | undefined, entropy: Uint8Array }} About
 * The input of a plan. It makes the same plan again, so the WebAssembly need not keep any.
 * @typedef {About & { ref: string }} Made
 * @typedef {import("../wasm/client.js").Client} Client
 * @typedef {[vendor: string, operation: string, method: string, url: string, contentType?: string]} Row
 * @typedef {[account: string, requests: Row[], warnings: [code: string, message: string, at?: number][], refused?: any]} Frame
 * @typedef {{ frame: Frame, ref: string, segments: number, characters: number, bodies: Uint8Array[] }} Told
 */

const encoder = new TextEncoder();
/** No random bytes. A message with a reference needs some only for a JSONP reply. */
export const none = new Uint8Array();
const decoder = new TextDecoder();

// Views of the WebAssembly's memory. Growth of the memory detaches them, and a new instance has other memory.
let bytes = new Uint8Array();
let numbers = new Uint32Array();
let seen = -1;
/** The view that inputs are written to: most calls write to the same place. */
let room = bytes;

function look() {
  if (bytes.length > 0 && seen === guard.instance) return;
  const { buffer } = sharedMemory();
  seen = guard.instance;
  bytes = new Uint8Array(buffer);
  numbers = new Uint32Array(buffer);
}

/**
 * Writes the input of the next call, and returns the lengths of its parts.
 * @param {Client} client
 * @param {About} about
 */
export function say(client, { message, recipients, account, entropy }) {
  const head = account === undefined ? message : account + message;
  // A UTF-16 unit takes at most three bytes.
  const at = client.room(entropy.length + 3 * (head.length + (recipients?.length ?? 0)));
  look();
  bytes.set(entropy, at);
  const from = at + entropy.length;
  if (room.byteOffset !== from || room.length === 0) room = bytes.subarray(from);
  const { written } = encoder.encodeInto(head, room);
  let more = -1;
  if (typeof recipients === "string") more = encoder.encodeInto(recipients, room.subarray(written)).written;
  else if (recipients !== undefined) {
    more = recipients.length;
    room.set(recipients, written);
  }
  return { entropy: entropy.length, account: account?.length ?? -1, head: written, recipients: more };
}

/**
 * The requests of a plan for people to read, as JSON; throws where there is no plan.
 * @param {Client} client
 * @param {Made} made
 * @param {boolean} curl
 */
export function show(client, made, curl) {
  const { entropy, account, head, recipients } = say(client, made);
  return client.show(entropy, account, head, recipients, curl);
}

/**
 * @param {Client} client
 * @param {Made} made
 * @param {boolean} knows
 */
function planned(client, made, knows) {
  const { entropy, account, head, recipients } = say(client, made);
  return client.plan(entropy, account, head, recipients, knows);
}

/**
 * Makes a plan and reads it.
 * @param {Client & { frame?: Frame | undefined }} client
 * @param {Made} made
 * @returns {Told}
 */
export function told(client, made) {
  const known = client.frame;
  // If reading fails, the frame must not count as known.
  client.frame = undefined;
  let at = planned(client, made, known !== undefined);
  if (at === 0 && made.entropy === none) {
    made.entropy = drawEntropy();
    at = planned(client, made, known !== undefined);
  }
  if (at === 0) show(client, made, false);
  look();
  at /= 4;
  let from = number(at);
  const frameLength = number(at + 1);
  const refLength = number(at + 2);
  const segments = number(at + 3);
  const characters = number(at + 4);
  const frame =
    frameLength === 0 && known
      ? known
      : /** @type {Frame} */ (JSON.parse(decoder.decode(bytes.subarray(from, from + frameLength))));
  from += frameLength;
  // A reference that JavaScript wrote need not be read back.
  const ref = made.ref || decoder.decode(bytes.subarray(from, from + refLength));
  from += refLength;
  const bodies = [];
  for (let request = 0; request < frame[1].length; request += 1) {
    const to = from + number(at + 5 + request);
    bodies.push(bytes.slice(from, to));
    from = to;
  }
  if (from > KEPT + number(at)) client.room(0);
  // The frame of a plan of one request with a body may serve for the next plans too.
  const holds = frame.length === 3 && frame[1].length === 1 && frame[1][0]?.length === 5;
  client.frame = holds ? frame : known;
  return { frame, ref, segments, characters, bodies };
}

/** The maximum number of bytes of a plan whose memory is kept. That of a longer one is freed at once. */
const KEPT = 1 << 14;

/** @param {number} at */
const number = (at) => /** @type {number} */ (numbers[at]);
