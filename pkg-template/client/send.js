// Sending: what a caller wrote is read at once, so that what it changes afterwards changes nothing.
import { Call } from "../call.js";
import { guard } from "../guard.js";
import { SmsError } from "../sms-error.js";
import { asked, call, clientOf } from "./core.js";
import { encodeMessage } from "./encode.js";
import { madeOf, Plan } from "./plan.js";
import { none, say } from "./plan-memory.js";
import { Recipients, withoutRecipients } from "./recipients.js";
import { canSend, kept, ready, unsent } from "./unloaded.js";

/**
 * @typedef {import("./index.js").Outcome} Outcome
 * @typedef {import("./index.js").CallOptions} CallOptions
 */

/**
 * Resolves whatever happens.
 * @param {object} sms
 * @param {string | undefined} account The only one to try.
 * @param {any} message
 * @param {CallOptions} [options]
 * @returns {Promise<Outcome>}
 */
export async function send(sms, account, message, options) {
  const isPlan = message instanceof Plan;
  const given = isPlan ? {} : kept(message, canSend(sms));
  const name = account ?? (isPlan ? message.account : undefined);
  try {
    if (!canSend(sms)) await ready(sms, options);
    clientOf(sms);
  } catch (error) {
    return /** @type {Outcome} */ (unsent(sms, given, name, error));
  }
  return asked(
    (made) => {
      const client = clientOf(sms);
      if (!isPlan) return client.send(given, account, options, made);
      try {
        const said = say(client, madeOf(sms, message, account));
        return client.sendPlan(said.entropy, said.account, said.head, said.recipients, options, made);
      } catch (error) {
        if (!(error instanceof SmsError)) throw error;
        return client.refuse(error.field ?? "message", error.message, given, name, made);
      }
    },
    (made) => clientOf(sms).fault(given, name, made),
  );
}

/**
 * Sends a bulk, or exactly a plan: an outcome a request, as each ends.
 * @param {object} sms
 * @param {string | undefined} account
 * @param {any} bulk
 * @param {CallOptions & { concurrency?: number }} [options]
 * @returns {AsyncGenerator<Outcome & { index: number }, void, void>}
 */
export async function* sendMany(sms, account, bulk, options) {
  const made = bulk instanceof Plan ? madeOf(sms, bulk, account) : undefined;
  const recipients = made ? undefined : new Recipients(bulk ?? {});
  const message = made ? "" : encodeMessage(withoutRecipients(bulk)).written;
  await ready(sms, options);
  const client = clientOf(sms);
  const way = new Call();
  const begun = guard.instance;
  const many = call(() => {
    if (recipients) {
      const said = say(client, { message, recipients: undefined, account, entropy: none });
      return client.sendMany(said.account, said.head, options, recipients, way);
    }
    const said = say(client, /** @type {import("./plan-memory.js").Made} */ (made));
    return client.sendPlanned(said.entropy, said.account, said.head, said.recipients, options, way);
  });
  const next = () => asked(() => many.next(), undefined, way);
  try {
    for (let ended = await next(); ended !== undefined; ended = await next()) yield* ended;
  } finally {
    recipients?.end();
    // One of an instance that broke is gone.
    if (begun === guard.instance) call(() => many.end());
  }
}
