// Marketing over a store that two processes share: one step a number, whatever happens between the steps.
import { check, equal } from "../../runtimes/expect.mjs";
import { breaking, FAULTS, fault, service, texts } from "../service.mjs";

const TEXT = "【信使】会员日八折，拒收请回复R";
const COUNT = 60;
/** The stores of the suite go by the clock of this machine, at whatever hour. */
const options = { marketingHours: { from: 0, to: 24 } };
const DAY_MS = 86_400_000;
/** More steps than a bulk of two recipients takes. */
const MAX_STEPS = 7;
/** As in crashes.mjs: a vendor that never answers a dead process would keep the test's process alive. */
const timeoutMs = 500;

export const marketing = {
  async "of two bulks at once each number gets one text"({ open, space, sandbox }) {
    const to = numbers("13812341", COUNT);
    const bulks = [to, to.toReversed()];
    const outcomes = await Promise.all(bulks.map((to) => sent(service(open(space), sandbox, options), to)));
    equal(reached(outcomes.flat(), "accepted"), COUNT);
    equal(reached(outcomes.flat(), "rejected"), COUNT);
    equal(new Set((await texts(sandbox)).map(({ to }) => to)).size, COUNT);
    equal((await texts(sandbox)).length, COUNT);
  },

  async "another process holds what was counted, and takes what was certainly not sent"({ open, space, sandbox }) {
    const [one, other] = numbers("13812342", 2);
    const first = service(open(space), sandbox, options);
    const before = Date.now();
    equal(reached(await sent(first, [one]), "accepted"), 1);
    await fault(sandbox, "reject");
    equal(reached(await sent(first, [other]), "rejected"), 1);
    await first.settled();
    const next = service(open(space), sandbox, options);
    const [held] = await sent(next, [one]);
    equal(`${held.status} ${held.reason}`, "rejected too-frequent");
    const wait = held.retryAt.getTime() - before;
    check(wait >= DAY_MS && wait < DAY_MS + 60_000, `retryAt is ${wait} ms away`);
    equal(reached(await sent(next, [other]), "accepted"), 1);
  },

  async "who opted out by one process gets none from another"({ open, space, sandbox }) {
    const [out, stays] = numbers("13812343", 2);
    equal((await service(open(space), sandbox, options).optOut(out)).status, 204);
    const outcomes = await sent(service(open(space), sandbox, options), [out, stays]);
    equal(outcomes.find(({ status }) => status === "rejected").reason, "opted-out");
    equal((await texts(sandbox)).map(({ to }) => to).join(), `+86${stays}`);
  },
};

for (const how of FAULTS) {
  marketing[`a bulk of which a step ${how} sends no number two texts`] = async ({ open, space, sandbox }) => {
    let happened = 0;
    for (let at = 0; at < MAX_STEPS; at += 1) {
      const to = numbers(`138124${at}${FAULTS.indexOf(how)}`, 2);
      const broken = breaking(open(space), sandbox, at, how);
      const first = service(broken.store, broken.sandbox, { ...options, timeoutMs });
      await Promise.race([sent(first, to).then(first.settled), broken.death]);
      happened += broken.happened();
      const next = service(open(space), sandbox, options);
      await sent(next, to);
      for (const phone of to) {
        const { length } = await texts(sandbox, phone);
        check(length <= 1, `${how} ${at}: ${length} texts in a day`);
      }
    }
    // A number each, and the vendor.
    check(happened >= 3, `${happened} faults`);
  };
}

const numbers = (prefix, count) => Array.from({ length: count }, (_, index) => prefix + String(index).padStart(3, "0"));

async function sent({ sendMany }, to) {
  const outcomes = [];
  for await (const outcome of sendMany({ to, text: TEXT }, { kind: "marketing" })) outcomes.push(outcome);
  return outcomes;
}

const reached = (outcomes, status) =>
  outcomes.filter((outcome) => outcome.status === status).reduce((sum, { to }) => sum + to.length, 0);
