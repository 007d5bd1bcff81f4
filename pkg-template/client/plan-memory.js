// The memory that the WebAssembly shares with its host: what a call is about is written there, and a plan read, with nothing
// copied between.
import { guard } from "../guard.js";
import { drawEntropy, sharedMemory } from "../wasm/client.js";

/**
 * What a call is about.
 * @typedef {{ message: string, recipients: string | Uint8Array | undefined, account: string | undefined, entropy: Uint8Array }} About
 * What makes a plan, and makes the same again: so none needs to be kept in the WebAssembly.
 * @typedef {About & { ref: string }} Made
 * @typedef {import("../wasm/client.js").Client} Client
 * @typedef {[vendor: string, operation: string, method: string, url: string, contentType?: string]} Row
 * @typedef {[account: string, requests: Row[], warnings: import("./index.js").Warning[], refused?: any]} Frame
 * @typedef {{ frame: Frame, ref: string, segments: number, characters: number, bodies: Uint8Array[] }} Told
 */

const encoder = new TextEncoder();
/** No random bytes: a message that has a reference needs some for a JSONP reply alone. */
export const none = new Uint8Array();
const decoder = new TextDecoder();

// Memory that grew is another, and what was seen of it before has no length; that of a new instance is another as well.
let bytes = new Uint8Array();
let numbers = new Uint32Array();
let seen = -1;
/** Where texts are written: most are written to the same place. */
let room = bytes;

function look() {
  if (bytes.length > 0 && seen === guard.instance) return;
  const { buffer } = sharedMemory();
  seen = guard.instance;
  bytes = new Uint8Array(buffer);
  numbers = new Uint32Array(buffer);
}

/**
 * Writes what the call that follows is about, and gives how long it is.
 * @param {Client} client
 * @param {About} about
 */
export function say(client, { message, recipients, account, entropy }) {
  const head = account === undefined ? message : account + message;
  // A UTF-16 unit has three bytes at most.
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
 * The requests of a plan for eyes, as JSON, or why there is no plan.
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
 * Makes a plan, and reads it.
 * @param {Client & { frame?: Frame | undefined }} client
 * @param {Made} made
 * @returns {Told}
 */
export function told(client, made) {
  const known = client.frame;
  // What is not read to its end is not known.
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
  // What was just written need not be read.
  const ref = made.ref || decoder.decode(bytes.subarray(from, from + refLength));
  from += refLength;
  const bodies = [];
  for (let request = 0; request < frame[1].length; request += 1) {
    const to = from + number(at + 5 + request);
    bodies.push(bytes.slice(from, to));
    from = to;
  }
  if (from > KEPT + number(at)) client.room(0);
  // That of one request with a body may be told once and hold for many.
  const holds = frame.length === 3 && frame[1].length === 1 && frame[1][0]?.length === 5;
  client.frame = holds ? frame : known;
  return { frame, ref, segments, characters, bodies };
}

/** Bytes of a plan: of more, the room is given back at once. */
const KEPT = 1 << 14;

/** @param {number} at */
const number = (at) => /** @type {number} */ (numbers[at]);
