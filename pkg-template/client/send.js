// Sending: what a caller wrote is read at once, so that what it changes afterwards changes nothing.
import { invalid, SmsError } from "../sms-error.js";
import { callOf, core, deliver, encodeMessage, entropy, outcome, ready, run, text } from "./core.js";
import { listen } from "./exchange.js";
import { say } from "./page.js";
import { madeOf, Plan } from "./plan.js";
import { recipientsOf, withoutRecipients } from "./recipients.js";

/**
 * @typedef {import("./index.js").Outcome} Outcome
 * @typedef {import("./index.js").CallOptions} CallOptions
 * @typedef {import("../wasm/client.js").Task} Task
 * @typedef {import("../wasm/client.js").SendMany} Handle
 */

/**
 * @param {object} sms
 * @param {string | undefined} account The only one to try.
 * @param {any} message
 * @param {CallOptions} [options]
 * @returns {Promise<Outcome>}
 */
export function send(sms, account, message, options) {
  const written = { to: text(message, "to"), ref: text(message, "ref"), account };
  try {
    const call = callOf(options);
    if (message instanceof Plan) {
      const made = madeOf(sms, message, account);
      return deliver(sms, { ...written, account: message.account }, call, (client) => {
        const [task, ...more] = sendPlan(client, made, call.call);
        if (task !== undefined && more.length === 0) return task;
        for (const one of [task, ...more]) one?.free();
        const wrong = task ? "a plan with several requests is sent by sendMany" : "the plan has no request";
        return client.refuse("message", wrong, undefined, undefined, message.account);
      });
    }
    const { written: crossing } = encodeMessage(message);
    return deliver(sms, written, call, (client) => {
      const said = say(client, { message: crossing, recipients: undefined, account, entropy: entropy() });
      return client.send(said.entropy, said.account, said.head, written.to, written.ref, call.call);
    });
  } catch (error) {
    const { field = "message", message } =
      error instanceof SmsError ? error : { message: "the message cannot be read: a property of it throws" };
    const call = { call: "{}", signal: undefined, timeoutMs: undefined };
    return deliver(sms, written, call, (client) => client.refuse(field, message, written.to, written.ref, account));
  }
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
  const { concurrency = CONCURRENCY, ...rest } = options ?? {};
  if (!Number.isInteger(concurrency) || concurrency < 1 || concurrency > 256) {
    throw invalid("concurrency", "concurrency is not a whole number from 1 to 256");
  }
  const call = callOf(rest);
  const source = bulk instanceof Plan ? planned(sms, account, bulk, call.call) : undefined;
  const { iterator, isAsync, write } = source ? nobody : recipientsOf(bulk ?? {});
  const head = source ? "" : encodeMessage(withoutRecipients(bulk)).written;
  await ready(sms, call);
  const many = source ?? begin(core(sms), head, account, call.call);
  /** @type {Set<Promise<void>>} */
  const underWay = new Set();
  // Several can end at once.
  /** @type {(Outcome & { index: number })[]} */
  const ended = [];
  /** @type {Promise<void> | undefined} */
  let taking;
  /** @type {unknown[]} */
  let taken = [];
  let exhausted = false;
  let stopped = false;
  /** @type {{ error: unknown } | undefined} */
  let broken;

  const handOver = () => {
    const written = taken.length > 0 ? write(taken) : "";
    if (written.length > 0) many.push(typeof written === "string" ? encoder.encode(written) : written, Date.now());
    taken = [];
  };
  const take = async () => {
    try {
      for (let room = many.room(); room > 0 && !exhausted; room -= 1) {
        const next = isAsync ? await iterator.next() : /** @type {IteratorResult<unknown>} */ (iterator.next());
        if (next.done) exhausted = true;
        else taken.push(next.value);
        if (stopped) break;
      }
    } catch (error) {
      if (stopped) return;
      broken = { error };
      exhausted = true;
    }
    handOver();
    // What came while the caller gave up was taken all the same.
    if (stopped) many.abandon();
  };
  const start = (/** @type {Task} */ task) => {
    const index = task.index();
    const ending = run(sms, task, call.signal, outcome).then((outcome) => {
      underWay.delete(ending);
      if (outcome) ended.push(Object.assign(outcome, { index }));
    });
    underWay.add(ending);
  };
  /** @type {() => void} */
  let abort = () => {};
  /** @type {Promise<undefined>} */
  const aborted = new Promise((resolve) => {
    abort = () => {
      stopped = true;
      handOver();
      many.abandon();
      taking = undefined;
      resolve(undefined);
    };
  });
  const deafen = listen(call.signal, abort);

  try {
    for (;;) {
      while (underWay.size < concurrency) {
        const task = many.next(entropy());
        if (task === undefined) break;
        start(task);
      }
      if (!stopped && !exhausted && underWay.size < concurrency) {
        taking ??= take().then(() => {
          taking = undefined;
        });
      }
      if (underWay.size === 0 && taking === undefined) {
        // The rest, and what another account took over: it may be gathered and not full.
        many.flush();
        const task = many.next(entropy());
        if (task === undefined) break;
        start(task);
      }
      await Promise.race([...underWay, taking, stopped ? undefined : aborted].filter(Boolean));
      for (let outcome = ended.shift(); outcome; outcome = ended.shift()) yield outcome;
    }
    if (broken) throw broken.error;
  } finally {
    deafen();
    // A caller that turns away begins nothing new; what is under way ends by itself.
    stopped = true;
    if (!exhausted) Promise.resolve(iterator.return?.()).catch(() => {});
  }
}

/**
 * @param {import("../wasm/client.js").Client} client
 * @param {string} head
 * @param {string | undefined} account
 * @param {string} call
 */
function begin(client, head, account, call) {
  const said = say(client, { message: head, recipients: undefined, account, entropy: entropy() });
  return client.sendMany(said.entropy, said.account, said.head, call);
}

/** Requests under way at once, unless the caller says otherwise. */
const CONCURRENCY = 4;

/** The recipients of a plan, which has its requests. */
const nobody = { iterator: [].values(), isAsync: false, write: () => "" };

const encoder = new TextEncoder();

/**
 * The requests of a plan, as a bulk would give them.
 * @param {object} sms
 * @param {string | undefined} account
 * @param {Plan} plan
 * @param {string} call
 * @returns {Pick<Handle, "room" | "push" | "flush" | "abandon" | "next">}
 */
function planned(sms, account, plan, call) {
  const tasks = sendPlan(core(sms), madeOf(sms, plan, account), call);
  return {
    room: () => 1,
    push() {},
    flush() {},
    // Each ends at once, as aborted before it left.
    abandon() {},
    next: () => tasks.shift(),
  };
}

/**
 * @param {import("../wasm/client.js").Client} client
 * @param {import("./page.js").Made} made
 * @param {string} call
 */
function sendPlan(client, made, call) {
  const { entropy, account, head, recipients } = say(client, made);
  client.sendPlan(entropy, account, head, recipients, call);
  const tasks = [];
  for (let task = client.next(); task !== undefined; task = client.next()) tasks.push(task);
  return tasks;
}
