// Sending: what a caller wrote is read at once, so that what it changes afterwards changes nothing.
import { Call } from "../call.js";
import { guard } from "../guard.js";
import { SmsError } from "../sms-error.js";
import { faultOf } from "../wasm/client.js";
import { asked, call, clientOf } from "./core.js";
import { encodeMessage } from "./encode.js";
import { madeOf, Plan } from "./plan.js";
import { none, say } from "./plan-memory.js";
import { Recipients, withoutRecipients } from "./recipients.js";
import { checkerOf, triedOf } from "./rules.js";
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
  let checked;
  try {
    if (!canSend(sms)) await ready(sms, options);
    clientOf(sms);
    checked = isPlan ? Plan.checked(message) : checkMessage(sms, given, name);
    if (checked?.error) throw checked.error;
  } catch (error) {
    // Whatever else comes out of the rules is a fault of theirs.
    const why = error instanceof SmsError ? error : faultOf(new Call());
    return /** @type {Outcome} */ (unsent(sms, given, name ?? why.account, why));
  }
  const outcome = asked(
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
  return checked ? checked.into(await outcome) : outcome;
}

/**
 * What is found in a message before it leaves; nothing where there are no rules, or where it cannot be written: the client says why.
 * @param {object} sms
 * @param {any} message
 * @param {string | undefined} account
 */
function checkMessage(sms, message, account) {
  const checker = checkerOf(sms);
  if (checker === undefined) return undefined;
  let written;
  try {
    ({ written } = encodeMessage(message));
  } catch {
    return undefined;
  }
  return checker.message(written, () => triedOf(sms, account));
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
  const checked = recipients ? checkerOf(sms)?.bulk(message, () => triedOf(sms, account)) : Plan.checked(bulk);
  if (checked?.error) throw checked.error;
  if (recipients && checked && "take" in checked) recipients.check = checked.take;
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
    for (let ended = await next(); ended !== undefined; ended = await next()) {
      for (const outcome of ended) yield checked ? checked.into(outcome) : outcome;
    }
    if (recipients?.error) throw recipients.error;
  } finally {
    recipients?.end();
    // One of an instance that broke is gone.
    if (begun === guard.instance) call(() => many.end());
  }
}
