// A store that fails, or a process that dies, at each step: a text counts too often, never too seldom.
import { check, equal } from "../../runtimes/expect.mjs";
import { breaking, codeOf, FAULTS, service, texts } from "../service.mjs";

/** More steps than any request takes. */
const MAX_STEPS = 12;
const KEY = "0123456789abcdef";
/**
 * A short limit: a vendor that never answers a dead process would keep a timer, and with it the test's process, alive.
 */
const timeoutMs = 500;

export const crashes = Object.fromEntries(
  FAULTS.map((how) => [
    `a send of which a step ${how} is counted where a text left`,
    async ({ open, space, sandbox }) => {
      const limits = { total: [{ limit: 1000, windowSeconds: 3600 }], prefix: [{ limit: 1000, windowSeconds: 3600 }] };
      let happened = 0;
      for (let at = 0; at < MAX_STEPS; at += 1) {
        const phone = `138123405${String(at).padStart(2, "0")}`;
        const from = `192.0.2.${at}`;
        const fault = breaking(open(space), sandbox, at, how);
        const first = service(fault.store, fault.sandbox, { limits, timeoutMs });
        await Promise.race([first.send(phone, { from, key: KEY }).then(first.settled), fault.death]);
        happened += fault.happened();
        // The client repeats its request, with and without the key, and another process answers.
        const next = service(open(space), sandbox, { limits });
        for (const key of [KEY, undefined]) await next.send(phone, { from, key });
        await next.settled();
        const { length } = await texts(sandbox, phone);
        check(length <= 1, `${how} ${at}: ${length} texts in a minute`);
      }
      // The steps of a send: idempotency, address, prefix, total, number, vendor, and the work after the answer.
      check(happened >= 7, `${happened} faults`);
      const sent = (await texts(sandbox)).length;
      check(sent > 0, "nothing was sent at all");
      const full = { total: [{ limit: sent, windowSeconds: 3600 }] };
      const last = service(open(space), sandbox, { limits: full });
      equal((await last.send("13812340599", { from: "192.0.2.99" })).status, 429);
    },
  ]),
);

crashes["a verification that goes wrong at any step accepts no code twice"] = async ({ open, space, sandbox }) => {
  let index = 0;
  for (const how of FAULTS) {
    for (let at = 0; at < 3; at += 1) {
      index += 1;
      const phone = `138123406${String(index).padStart(2, "0")}`;
      const from = `192.0.2.${index}`;
      const { challenge } = (await service(open(space), sandbox).send(phone, { from })).body;
      const code = await codeOf(sandbox, phone);
      const fault = breaking(open(space), sandbox, at, how);
      const first = service(fault.store, fault.sandbox, { timeoutMs });
      const answers = [await Promise.race([first.verify(challenge, code, from), fault.death])];
      for (let times = 0; times < 2; times += 1)
        answers.push(await service(open(space), sandbox).verify(challenge, code, from));
      const accepted = answers.filter((answer) => answer?.status === 200).length;
      check(accepted <= 1, `${how} ${at}: accepted ${accepted} times`);
      equal(answers.at(-1).status, 422);
    }
  }
};
