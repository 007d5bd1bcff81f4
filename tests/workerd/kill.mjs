// `kill -9` under load, repeatedly, on one disk: no number gets more texts than its rules allow, and no code is valid
// twice.
import assert from "node:assert/strict";
import { test } from "node:test";
import { startVendor } from "./vendor.mjs";
import { directoryFor, optionsFor, startWorkerd } from "./workerd.mjs";

const KILLS = 40;
const SENDERS = 12;
const phones = Array.from({ length: 6 }, (_, index) => `+861380000400${index}`);
/** Windows that roll while the test runs, and one that does not. */
const rules = [
  { limit: 1, windowSeconds: 1 },
  { limit: 2, windowSeconds: 5 },
  { limit: 4, windowSeconds: 12 },
  { limit: 7, windowSeconds: 3600 },
];
const limits = { cooldownSeconds: 0, number: rules, ip: [], verifyPerNumber: [{ limit: 40, windowSeconds: 86_400 }] };

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/**
 * One number, as the test sees it. The handler decided on a text between the start of the oldest open request and the
 * text's arrival. A rule counts as broken only if it is broken at every possible time of decision.
 */
class Watched {
  underway = new Set();
  texts = [];
  constructor(phone) {
    this.phone = phone;
  }

  async send(worker, address) {
    const request = { begun: Date.now() };
    this.underway.add(request);
    const answer = await worker.call("/otp/send", { address, body: { phone: this.phone } });
    // A lost request stays open, since its text may still arrive.
    this.underway.delete(request);
    return answer;
  }

  arrived() {
    this.texts.push({ earliest: Math.min(...[...this.underway].map(({ begun }) => begun)), latest: Date.now() });
  }

  /** The number of windows that certainly hold more than their rule allows. */
  broken({ limit, windowSeconds }) {
    let broken = 0;
    for (let first = 0; first + limit < this.texts.length; first += 1) {
      const together = this.texts.slice(first, first + limit + 1);
      const from = Math.min(...together.map(({ earliest }) => earliest));
      const to = Math.max(...together.map(({ latest }) => latest));
      if (to - from < windowSeconds * 1000 - 10) broken += 1;
    }
    return broken;
  }
}

test("forty kills under load", async (t) => {
  const numbers = new Map(phones.map((phone) => [phone, new Watched(phone)]));
  const vendor = await startVendor(t, { onText: (phone) => numbers.get(phone).arrived() });
  const settings = { disk: directoryFor(t), vendor, options: optionsFor(vendor, { limits }) };
  /** By challenge: its number, and how often a code of it was accepted. */
  const challenges = new Map();
  let worker = await startWorkerd(settings);
  t.after(() => worker.kill());
  let callers = 0;
  const address = () => `10.${(callers += 1) >> 16}.${(callers >> 8) & 255}.${callers & 255}`;

  const load = async (round) => {
    const isOver = () => round.over;
    const sending = Array.from({ length: SENDERS }, async (_, sender) => {
      const number = numbers.get(phones[sender % phones.length]);
      while (!isOver()) {
        const answer = await number.send(worker, address()).catch(() => undefined);
        if (answer?.status === 202) challenges.set(answer.json.challenge, { phone: number.phone, accepted: 0 });
        else if (answer) assert.ok([429, 503].includes(answer.status), `${answer.status} ${answer.text}`);
        await pause(5);
      }
    });
    const verifying = Array.from({ length: 2 }, async () => {
      while (!isOver()) {
        for (const known of challenges) await verify(known, 4);
        await pause(5);
      }
    });
    await Promise.all([...sending, ...verifying]);
  };
  /** Tries the latest code of a number, several times at once. */
  const verify = async ([challenge, known], times) => {
    const code = (await vendor.inbox(known.phone)).at(-1)?.code;
    if (known.code === undefined) known.code = code;
    const body = { challenge, code: known.code };
    const tries = Array.from({ length: times }, () =>
      worker.call("/otp/verify", { address: address(), body }).catch(() => undefined),
    );
    for (const answer of await Promise.all(tries)) {
      if (answer?.status !== 200) continue;
      known.accepted += 1;
    }
  };

  for (let kill = 0; kill < KILLS; kill += 1) {
    const round = { over: false };
    const loading = load(round);
    await pause(150 + ((kill * 137) % 300));
    await worker.kill();
    round.over = true;
    await loading;
    await vendor.deserted();
    for (const number of numbers.values()) number.underway.clear();
    worker = await startWorkerd(settings);
  }
  for (const known of challenges) await verify(known, 2);

  for (const number of numbers.values()) {
    assert.equal((await vendor.inbox(number.phone)).length, number.texts.length);
    for (const rule of rules) {
      assert.equal(number.broken(rule), 0, `${rule.limit} in ${rule.windowSeconds} s: ${JSON.stringify(number.texts)}`);
    }
  }
  const sent = [...numbers.values()].reduce((sum, { texts }) => sum + texts.length, 0);
  const accepted = [...challenges.values()].map(({ accepted }) => accepted);
  t.diagnostic(
    `${sent} texts, ${challenges.size} challenges, ${accepted.filter((times) => times === 1).length} verified`,
  );
  assert.ok(sent > phones.length * 2, "the windows rolled");
  assert.ok(accepted.includes(1), "codes were verified");
  assert.ok(
    accepted.every((times) => times <= 1),
    "no code was accepted twice",
  );
});
