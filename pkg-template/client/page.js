// The memory that the WebAssembly shares with its host: what makes a plan is written there, and the plan read, with nothing
// copied between.
import { memory } from "./load.js";

/**
 * What makes a plan, and makes the same again: so none needs to be kept in the WebAssembly.
 * @typedef {{ message: string, ref: string, recipients: string | Uint8Array | undefined, account: string | undefined, entropy: Uint8Array }} Made
 * @typedef {import("../wasm/client.js").Client} Client
 * @typedef {[vendor: string, operation: string, method: string, url: string, contentType?: string]} Row
 * @typedef {[account: string, requests: Row[], warnings: [code: string, message: string, at?: number][], refused?: any]} Frame
 * @typedef {{ frame: Frame, ref: string, segments: number, characters: number, bodies: Uint8Array[] }} Told
 */

const encoder = new TextEncoder();
const decoder = new TextDecoder();

// Memory that grew is another, and what was seen of it before has no length.
let bytes = new Uint8Array();
let numbers = new Uint32Array();
/** Where texts are written: most are written to the same place. */
let room = bytes;

function look() {
  if (bytes.length > 0) return;
  const { buffer } = memory();
  bytes = new Uint8Array(buffer);
  numbers = new Uint32Array(buffer);
}

/**
 * Writes what makes a plan, for the call that follows, and gives how long it is.
 * @param {Client} client
 * @param {Made} made
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

/** @type {WeakMap<Client, Frame>} */
const frames = new WeakMap();

/**
 * Makes a plan, and reads it.
 * @param {Client} client
 * @param {Made} made
 * @returns {Told}
 */
export function told(client, made) {
  const { entropy, account, head, recipients } = say(client, made);
  let at = client.plan(entropy, account, head, recipients) / 4;
  if (at === 0) show(client, made, false);
  look();
  const next = () => /** @type {number} */ (numbers[at++]);
  let from = next();
  const frameLength = next();
  const refLength = next();
  const segments = next();
  const characters = next();
  let frame = /** @type {Frame} */ (frames.get(client));
  if (frameLength > 0) {
    frame = JSON.parse(decoder.decode(bytes.subarray(from, from + frameLength)));
    // That of one request with a body may be told once and hold for many.
    if (frame.length === 3 && frame[1].length === 1 && frame[1][0]?.length === 5) frames.set(client, frame);
  }
  from += frameLength;
  // What was just written need not be read.
  const ref = made.ref || decoder.decode(bytes.subarray(from, from + refLength));
  from += refLength;
  const bodies = frame[1].map(() => bytes.slice(from, (from += next())));
  return { frame, ref, segments, characters, bodies };
}
