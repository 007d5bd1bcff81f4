// A marketing bulk by the handler: recipients are taken as they come, and the WebAssembly decides who gets a text now.
import { encode, encodeMessage } from "../client/encode.js";
import { Recipients, withoutRecipients } from "../client/recipients.js";
import { smsError } from "../sms-error.js";

/** Recipients of a part of a bulk, and parts under way at once. */
const RECIPIENTS = 100;
const PARTS = 8;

/**
 * @typedef {import("./index.js").MarketingOutcome} Outcome
 * Sends a part of a bulk: comes to the outcomes in JSON.
 * @typedef {(bulk: string, options: string, recipients: Uint8Array, before: number) => Promise<string>} Send
 */

/**
 * Yields what became of some parts when all of them have ended; where one failed, throws why after that.
 * @param {any} bulk
 * @param {any} options
 * @param {Send} send
 * @returns {AsyncGenerator<Outcome, void, void>}
 */
export async function* sendMany(bulk, options, send) {
  const recipients = new Recipients(bulk ?? {});
  const { written } = encodeMessage(withoutRecipients(bulk));
  const said = encode(options ?? {}, "options");
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
          caught(async () => JSON.parse(await send(written, said, lines, first)).map(shown)),
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

/** @param {any} outcome @returns {Outcome} */
function shown({ error, retryAt, ...outcome }) {
  if (error !== undefined) outcome.error = smsError(error);
  if (retryAt !== undefined) outcome.retryAt = new Date(retryAt);
  return outcome;
}
