// Sends messages, bulks and plans. A caller's object is read at once, so that later changes to it have no effect.
import { Call } from "../call.js";
import { guard } from "../guard.js";
import { SmsError } from "../sms-error.js";
import { call, callAsync, clientOf } from "./core.js";
import { encodeMessage } from "./encode.js";
import { inputOf, Plan } from "./plan.js";
import { noBytes, writeInput } from "./plan-memory.js";
import { Recipients, withoutRecipients } from "./recipients.js";
import { canSend, copyUnlessReady, unsentOutcome, untilReady } from "./unloaded.js";

/**
 * @typedef {import("./index.js").Outcome} Outcome
 * @typedef {import("./index.js").CallOptions} CallOptions
 */

/**
 * Sends a message or a plan. Always resolves.
 * @param {object} sms
 * @param {string | undefined} account The only account to try.
 * @param {any} message
 * @param {CallOptions} [options]
 * @returns {Promise<Outcome>}
 */
export async function send(sms, account, message, options) {
  const isPlan = message instanceof Plan;
  const copied = isPlan ? {} : copyUnlessReady(message, canSend(sms));
  const name = account ?? (isPlan ? message.account : undefined);
  try {
    if (!canSend(sms)) await untilReady(sms, options);
    clientOf(sms);
  } catch (error) {
    return /** @type {Outcome} */ (unsentOutcome(sms, copied, name, error));
  }
  return callAsync(
    (context) => {
      const client = clientOf(sms);
      if (!isPlan) return client.send(copied, account, options, context);
      try {
        const lengths = writeInput(client, inputOf(sms, message, account));
        return client.sendPlan(lengths.entropy, lengths.account, lengths.head, lengths.recipients, options, context);
      } catch (error) {
        if (!(error instanceof SmsError)) throw error;
        return client.reject(error.field ?? "message", error.message, copied, name, context);
      }
    },
    (context) => clientOf(sms).fault(copied, name, context),
  );
}

/**
 * Sends a bulk, or exactly a plan. Yields an outcome for each request as it ends.
 * @param {object} sms
 * @param {string | undefined} account
 * @param {any} bulk
 * @param {CallOptions & { concurrency?: number }} [options]
 * @returns {AsyncGenerator<Outcome & { index: number }, void, void>}
 */
export async function* sendMany(sms, account, bulk, options) {
  const input = bulk instanceof Plan ? inputOf(sms, bulk, account) : undefined;
  const recipients = input ? undefined : new Recipients(bulk ?? {});
  const message = input ? "" : encodeMessage(withoutRecipients(bulk)).written;
  await untilReady(sms, options);
  const client = clientOf(sms);
  const context = new Call();
  const instance = guard.instance;
  const many = call(() => {
    if (recipients) {
      const lengths = writeInput(client, { message, recipients: undefined, account, entropy: noBytes });
      return client.sendMany(lengths.account, lengths.head, options, recipients, context);
    }
    const lengths = writeInput(client, /** @type {import("./plan-memory.js").PlanInput} */ (input));
    return client.sendPlanned(lengths.entropy, lengths.account, lengths.head, lengths.recipients, options, context);
  });
  const next = () => callAsync(() => many.next(), undefined, context);
  try {
    for (let ended = await next(); ended !== undefined; ended = await next()) yield* ended;
  } finally {
    recipients?.end();
    // The bulk of an instance that broke is gone.
    if (instance === guard.instance) call(() => many.end());
  }
}
