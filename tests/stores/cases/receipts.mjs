// Vendors' records are stored before they are read, forwarded once, and never lost, whichever step fails.
import { check, equal } from "../../runtimes/expect.mjs";
import { breaking, FAULTS, service, texts } from "../service.mjs";

const PHONE = "13812342001";
/** More steps than a push takes with the work after its answer. */
const STEPS = 7;

/** A queue of the user's: the messages it accepted, each once however often it came. */
function userQueue() {
  const messages = new Map();
  return { messages, send: async (message) => void messages.set(message.id, message) };
}

const of = (queue, type) => [...queue.messages.values()].filter((message) => message.type === type);

/** A report in apiv1's push format. */
const report = (sendId, status = "DELIVRD", mobile = PHONE) =>
  JSON.stringify({ sendId, mobile, times: "2026-08-01 08:00:00", status });

/** Sends a code. Returns the fields for its report. */
async function sent({ send, settled }, sandbox, phone = PHONE) {
  const { status, body } = await send(phone);
  equal(status, 202);
  await settled();
  const received = await texts(sandbox, `%2B86${phone}`);
  return { challenge: body.challenge, ref: received.at(-1).ref };
}

export const receipts = {
  async "a report is forwarded once, also if it is pushed often and to several processes"({ open, space, sandbox }) {
    const queue = userQueue();
    const processes = [0, 1, 2].map(() => service(open(space), sandbox, { queue }));
    const [one] = processes;
    const { challenge, ref } = await sent(one, sandbox);
    const pushed = await Promise.all(Array.from({ length: 12 }, (_, index) => processes[index % 3].push(report(ref))));
    equal([...new Set(pushed.map(({ status }) => status))].join(), "200");
    for (const { settled } of processes) await settled();
    await one.scheduled();
    equal(of(queue, "sms.report").length, 1);
    equal((await one.status(challenge)).body.delivery, "delivered");
  },

  async "a push of a mebibyte is stored whole, and parsed"({ open, space, sandbox }) {
    const queue = userQueue();
    const own = service(open(space), sandbox, { queue });
    const { challenge, ref } = await sent(own, sandbox);
    const unmatched = Array.from({ length: 40 }, (_, index) => ({
      ...JSON.parse(report(`s${index}`)),
      x: "x".repeat(25_000),
    }));
    const body = JSON.stringify([...unmatched, JSON.parse(report(ref))]);
    check(body.length > 1_000_000 && body.length < 1 << 20, `${body.length} bytes`);
    equal((await own.push(body)).status, 200);
    await own.settled();
    for (let rounds = 0; rounds < 3; rounds += 1) await own.scheduled();
    equal((await own.status(challenge)).body.delivery, "delivered");
    equal(of(queue, "sms.report").length, 41);
    equal((await own.push(`${body}${" ".repeat(1 << 20)}`)).status, 413);
  },

  async "a kept receipt is sent again by another process, and an expired one is gone"({ open, space, sandbox }) {
    const queue = userQueue();
    const options = { queue, receipts: { keepFor: 1 } };
    const [one, other] = [0, 1].map(() => service(open(space), sandbox, options));
    const { challenge, ref } = await sent(one, sandbox);
    equal((await one.push(report(ref))).status, 200);
    await one.settled();
    const [before] = of(queue, "sms.report");
    queue.messages.clear();
    const replayed = await other.replay(before.id);
    equal(replayed.status, 202);
    equal(JSON.stringify(replayed.body), JSON.stringify({ id: before.id, accepted: true }));
    equal(JSON.stringify(of(queue, "sms.report")), JSON.stringify([before]));
    equal(before.data.challenge, challenge);
    equal(await other.waiting(), 0);
    equal((await other.replay(before.id.replace(/\d+$/, "9"))).status, 404);
    // A day later, by the handler's clock.
    const later = service(open(space), sandbox, { ...options, now: () => Date.now() + 86_400_000 });
    equal((await later.replay(before.id)).status, 404);
  },

  async "one of several processes pulls"({ open, space, sandbox }) {
    const queue = userQueue();
    const processes = [0, 1, 2, 3].map(() => service(open(space), sandbox, { queue }));
    const { challenge } = await sent(processes[0], sandbox);
    await sandbox.fetch("http://sandbox/replies", {
      method: "POST",
      body: JSON.stringify({ vendor: "apiv1", from: PHONE, text: "TD" }),
    });
    await Promise.all(processes.map(({ scheduled }) => scheduled()));
    await processes[0].scheduled();
    equal(of(queue, "sms.report").length, 1);
    equal(of(queue, "sms.reply").length, 1);
    equal((await processes[0].status(challenge)).body.delivery, "delivered");
    equal([...(await processes[0].optedOut([PHONE, "13900000000"]))].join(), PHONE);
  },

  async "an acknowledged push with a failing step loses no record"({ open, space, sandbox }) {
    let lost = 0;
    for (const [series, how] of FAULTS.entries()) {
      for (let at = 0; at < STEPS; at += 1) {
        const phone = `1391234${series}${String(at).padStart(3, "0")}`;
        // A queue of its own, in which only this push waits.
        const own = `${space} ${series} ${at}`;
        const queue = userQueue();
        const { challenge, ref } = await sent(service(open(own), sandbox), sandbox, phone);
        const fault = breaking(open(own), sandbox, at, how);
        const first = service(fault.store, fault.sandbox, { queue });
        const answer = await Promise.race([first.push(report(ref, "DELIVRD", phone)), fault.death]);
        if (fault.happened()) lost += 1;
        await Promise.race([first.settled(), fault.death]);
        const next = service(open(own), sandbox, { queue });
        const { delivery } = (await next.status(challenge)).body;
        // Another process takes over a dead process's claim a minute later; the tests with a simulated clock check that
        // for all steps.
        const waits = (await next.waiting()) > 0;
        check(answer?.status !== 200 || delivery === "delivered" || waits, `${how} ${at}: ${delivery}, nothing waits`);
        const forwarded = of(queue, "sms.report").filter(({ data }) => data.challenge === challenge).length;
        check(
          forwarded <= 1 && (forwarded === 1 || answer?.status !== 200 || waits),
          `${how} ${at}: told ${forwarded} times`,
        );
      }
    }
    check(lost >= 12, `${lost} faults`);
  },
};
