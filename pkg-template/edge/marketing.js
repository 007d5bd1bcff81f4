// A marketing bulk by the handler: recipients are taken as they come, and the WebAssembly decides who gets a text now.
import { encode, encodeMessage } from "../client/encode.js";
import { Recipients, withoutRecipients } from "../client/recipients.js";
import { SmsError, smsError } from "../sms-error.js";

/** Recipients of a part of a bulk, and parts under way at once. */
const RECIPIENTS = 100;
const PARTS = 8;

/**
 * @typedef {import("../wasm/edge.js").Handler} Handler
 * @typedef {import("./index.js").MarketingOutcome} Outcome
 * @typedef {(begin: (core: Handler, drawn: Uint8Array) => number) => Promise<{ status: number, text: string }>} Run
 */

/**
 * Yields what became of some parts when all of them have ended; where one failed, throws why after that.
 * @param {any} bulk
 * @param {any} options
 * @param {() => Promise<Run>} start
 * @returns {AsyncGenerator<Outcome, void, void>}
 */
export async function* sendMany(bulk, options, start) {
  const recipients = new Recipients(bulk ?? {});
  const { written } = encodeMessage(withoutRecipients(bulk));
  const said = encode(options ?? {}, "options");
  const run = await start();
  let before = 0;
  try {
    do {
      const parts = [];
      do {
        // What the caller's list throws is thrown after what it gave before was sent.
        const taken = await caught(async () => recipients.take(RECIPIENTS));
        const [lines, first] = [recipients.written(), before];
        before += RECIPIENTS;
        parts.push(
          caught(() => part(run((core, drawn) => core.sendMany(written, said, lines, first, drawn)))),
          taken,
        );
      } while (!recipients.isDone && parts.length < 2 * PARTS);
      const ended = await Promise.all(parts);
      for (const { outcomes = [] } of ended) yield* outcomes;
      for (const { error } of ended) if (error !== undefined) throw error;
    } while (!recipients.isDone);
  } finally {
    recipients.end();
  }
}

/**
 * What came of some work. A promise that nobody awaits yet must not reject.
 * @param {() => Promise<Outcome[] | undefined | void>} work
 * @returns {Promise<{ outcomes?: Outcome[], error?: unknown }>}
 */
async function caught(work) {
  try {
    return { outcomes: (await work()) ?? [] };
  } catch (error) {
    return { error };
  }
}

/** @param {ReturnType<Run>} answering @returns {Promise<Outcome[]>} */
async function part(answering) {
  const { status, text } = await answering.catch((error) => {
    if (error instanceof SmsError) throw error;
    throw smsError({ code: "internal", sent: "maybe", message: "a fault ended a part of the bulk" });
  });
  const told = JSON.parse(text);
  if (status !== 200) throw smsError(told);
  return told.map(shown);
}

/** @param {any} outcome @returns {Outcome} */
function shown({ error, retryAt, ...outcome }) {
  if (error !== undefined) outcome.error = smsError(error);
  if (retryAt !== undefined) outcome.retryAt = new Date(retryAt);
  return outcome;
}
