// Simultaneous requests from a thousand addresses give one text and one proof.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { startVendor } from "./vendor.mjs";
import { directoryFor, optionsFor, startWorkerd } from "./workerd.mjs";

const CALLERS = 1000;
const ROUNDS = 3;

test("one of a thousand concurrent sends and one of a thousand verifications succeed", async (t) => {
  const vendor = await startVendor(t);
  const worker = await startWorkerd({ disk: directoryFor(t), vendor, options: optionsFor(vendor) });
  t.after(() => worker.stop());
  for (let round = 0; round < ROUNDS; round += 1) {
    const phone = `+861380000100${round}`;
    await t.test(`round ${round + 1}`, async () => {
      const challenge = await sendTogether(worker, vendor, phone, round);
      await verifyTogether(worker, vendor, phone, challenge, round);
    });
  }
});

async function sendTogether(worker, vendor, phone, round) {
  // The vendor answers only once all other requests were answered or wait for the vendor too.
  vendor.hold();
  const request = { count: CALLERS, target: "/otp/send", round, body: { phone } };
  let answers;
  try {
    const sends = worker.test("together", request);
    const answered = () => worker.test("answered", request);
    while ((await answered()) + vendor.held("vendor") < CALLERS) await sleep(20);
    assert.equal(vendor.held("vendor"), 1, "one text is on its way while all wait");
    vendor.release();
    answers = await sends;
  } finally {
    vendor.release();
  }

  const sent = answers.filter(({ status }) => status === 202);
  const rejected = answers.filter(({ status }) => status === 429);
  assert.deepEqual([sent.length, rejected.length], [1, CALLERS - 1]);
  assert.equal((await vendor.inbox(phone)).length, 1);
  for (const { headers, text } of rejected) {
    const seconds = Number(headers["retry-after"]);
    assert.ok(seconds >= 1 && seconds <= 60, `Retry-After: ${headers["retry-after"]}`);
    assert.equal(headers.ratelimit, `"otp";r=0;t=${seconds}`);
    assert.equal(headers["ratelimit-policy"], '"otp";q=1');
    assert.equal(text, rejected[0].text, "nobody is told which rule it was, or how often");
    assert.doesNotMatch(text.replace('"status":429', ""), /\d/);
  }
  return JSON.parse(sent[0].text).challenge;
}

async function verifyTogether(worker, vendor, phone, challenge, round) {
  const [{ code }] = await vendor.inbox(phone);
  const request = { count: CALLERS, target: "/otp/verify", round, body: { challenge, code } };
  const answers = await worker.test("together", request);
  const right = answers.filter(({ status }) => status === 200);
  const wrong = answers.filter(({ status }) => status === 422);
  assert.deepEqual([right.length, wrong.length], [1, CALLERS - 1]);
  assert.equal(JSON.parse(right[0].text).verified, true);
  assert.equal(new Set(wrong.map(({ text }) => text)).size, 1, "one answer for all");
}
