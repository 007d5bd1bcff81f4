// Simultaneous requests to two processes over one store.
import { check, equal } from "../../runtimes/expect.mjs";
import { codeOf, service, texts } from "../service.mjs";

const AT_ONCE = 24;
const PHONE = "13812340201";

export const races = {
  async "one of many concurrent sends to a number succeeds"(engine) {
    const { sandbox } = engine;
    // As much as all of them reserve: with less, those that are rejected may hold what the one needs.
    const limits = { total: [{ limit: AT_ONCE, windowSeconds: 3600 }] };
    const processes = pair(engine, { limits });
    const answers = await atOnce(processes, ({ send }, index) => send(PHONE, { from: `192.0.2.${index}` }));
    equal(counted(answers), `202: 1, 429: ${AT_ONCE - 1}`);
    equal((await texts(sandbox)).length, 1);
    for (const { settled } of processes) await settled();
    const later = [];
    for (let index = 0; index < AT_ONCE; index += 1) {
      const number = `139${String(index).padStart(2, "0")}340202`;
      later.push(await processes[index % 2].send(number, { from: `198.51.100.${index}` }));
    }
    equal(counted(later), `202: ${AT_ONCE - 1}, 429: 1`, "what was rejected is given back");
  },

  async "as many concurrent sends succeed as the total allows"(engine) {
    const limits = { total: [{ limit: 7, windowSeconds: 3600 }] };
    const processes = pair(engine, { limits });
    const answers = await atOnce(processes, ({ send }, index) =>
      send(`138123403${String(index).padStart(2, "0")}`, { from: `192.0.2.${index}` }),
    );
    equal(counted(answers), "202: 7, 429: 17");
    equal((await texts(engine.sandbox)).length, 7);
  },

  async "one of many concurrent right verifications succeeds"(engine) {
    const processes = pair(engine);
    const { challenge } = (await processes[0].send(PHONE)).body;
    const code = await codeOf(engine.sandbox, PHONE);
    const answers = await atOnce(processes, ({ verify }, index) => verify(challenge, code, `192.0.2.${index}`));
    equal(counted(answers), "200: 1, 422: 23");
  },

  async "concurrent wrong guesses are counted one by one"(engine) {
    const processes = pair(engine, { limits: { verifyPerNumber: [{ limit: 10, windowSeconds: 86_400 }] } });
    const { challenge } = (await processes[0].send(PHONE)).body;
    const code = await codeOf(engine.sandbox, PHONE);
    const wrong = code === "000000" ? "000001" : "000000";
    const answers = await atOnce(processes, ({ verify }, index) => verify(challenge, wrong, `192.0.2.${index}`));
    check(
      answers.every(({ status }) => status === 422 || status === 429),
      counted(answers),
    );
    equal((await processes[1].verify(challenge, code)).status === 200, false);
  },

  async "one of many concurrent requests with an idempotency key sends"(engine) {
    const key = "0123456789abcdef";
    const processes = pair(engine);
    const answers = await atOnce(processes, ({ send }) => send(PHONE, { key }));
    check(
      answers.every(({ status }) => status === 202 || status === 409),
      counted(answers),
    );
    equal((await texts(engine.sandbox)).length, 1);
    for (const { settled } of processes) await settled();
    const challenges = new Set(answers.filter(({ status }) => status === 202).map(({ body }) => body.challenge));
    challenges.add((await processes[1].send(PHONE, { key })).body.challenge);
    equal(challenges.size, 1);
  },
};

/** Two processes over one store. */
const pair = ({ open, space, sandbox }, options) => [
  service(open(space), sandbox, options),
  service(open(space), sandbox, options),
];

const atOnce = (processes, ask) =>
  Promise.all(Array.from({ length: AT_ONCE }, (_, index) => ask(processes[index % 2], index)));

/** The number of answers with each status: `202: 1, 429: 23`. */
function counted(answers) {
  const counts = {};
  for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1;
  return Object.entries(counts)
    .map(([status, count]) => `${status}: ${count}`)
    .join(", ");
}
