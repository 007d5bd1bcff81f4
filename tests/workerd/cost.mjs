// The cost of a request in calls of objects and in rows, and the rows that remain once it no longer counts.
import assert from "node:assert/strict";
import { test } from "node:test";
import { hookPath } from "xinshi/edge";
import { startVendor } from "./vendor.mjs";
import { apiToken, directoryFor, optionsFor, startWorkerd } from "./workerd.mjs";

const HOOK_KEY = "a key for hooks that is long enough to be one";

async function start(t, vendor, changes) {
  const options = optionsFor(vendor, changes);
  const worker = await startWorkerd({
    disk: directoryFor(t),
    vendor,
    options,
    ledger: "WatchedLedger",
  });
  t.after(() => worker.stop());
  return worker;
}

/** The calls so far, as `key:rows`, without those for the statistics. Waits for the expected number of calls. */
async function calls(worker, expected) {
  const deadline = Date.now() + 5000;
  for (;;) {
    const seen = await worker.test("calls");
    const written = seen
      .filter(({ kind }) => kind !== "stats")
      .map(({ kind, rowsWritten }) => `${kind}:${rowsWritten}`);
    // Limits are reserved simultaneously, in no order.
    if (written.length >= expected.length || Date.now() > deadline) return written.sort();
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Runs work and checks its calls, including those after the answer. */
async function costs(worker, expected, work) {
  await worker.test("order");
  const answer = await work();
  assert.deepEqual(await calls(worker, expected), expected.toSorted());
  return answer;
}

test("a send costs two calls before the text, none after it, and a row each", async (t) => {
  const vendor = await startVendor(t);
  const worker = await start(t, vendor, { limits: { ip: [{ limit: 1, windowSeconds: 60 }] } });
  const body = { phone: "+8613800005001" };
  vendor.hold();
  const sending = worker.call("/otp/send", { address: "10.0.0.1", body });
  await vendor.reached("vendor");
  assert.deepEqual(await calls(worker, ["a:1", "n:1"]), ["a:1", "n:1"]);
  vendor.release();
  const { json } = await sending;
  // The requester gets the challenge only after the vendor accepted the text.
  const sent = ["a:1", "n:1"];
  assert.deepEqual(await calls(worker, sent), sent);

  const rejectedByAddress = (phone) => worker.call("/otp/send", { address: "10.0.0.1", body: { phone } });
  const first = await costs(worker, ["a:0", "n:1", "n:1"], () => rejectedByAddress("+8613800005008"));
  assert.equal(first.status, 429, "what the number counted is taken back");
  const second = await costs(worker, ["a:0"], () => rejectedByAddress("+8613800005009"));
  assert.equal(second.status, 429, "a hot address is asked first, and alone");
  // The address's step is released.
  const rejectedByNumber = () => worker.call("/otp/send", { address: "10.0.0.2", body });
  assert.equal((await costs(worker, ["a:1", "n:0", "a:1"], rejectedByNumber)).status, 429);
  // A recent rejection is repeated from memory.
  assert.equal((await costs(worker, [], rejectedByNumber)).status, 429);
  const byToken = () => worker.call("/otp/send", { headers: { authorization: `Bearer ${apiToken}` }, body });
  assert.equal((await costs(worker, [], byToken)).status, 429);

  const [{ code }] = await vendor.inbox(body.phone);
  const status = () => worker.call(`/otp/status/${json.challenge}`, { method: "GET", address: "10.0.0.3" });
  assert.equal((await costs(worker, ["n:0"], status)).json.delivery, "accepted");
  const verify = (challenge) => worker.call("/otp/verify", { address: "10.0.0.3", body: { challenge, code } });
  assert.equal((await costs(worker, ["n:1"], () => verify(json.challenge))).status, 200);
  assert.equal((await costs(worker, ["n:0"], () => verify(json.challenge))).status, 422, "a used code writes nothing");
  assert.equal((await costs(worker, [], () => verify("no-challenge-of-ours"))).status, 422);
});

test("an outcome that is not expected costs a call and a row, before the answer", async (t) => {
  const vendor = await startVendor(t);
  const worker = await start(t, vendor);
  const fault = { vendor: "smsadmin", fault: "http500" };
  await fetch(`${vendor.origin}/faults`, { method: "POST", body: JSON.stringify(fault) });
  const body = { phone: "+8613800005020" };
  const send = () => worker.call("/otp/send", { address: "10.0.0.1", body });
  const { status, json } = await costs(worker, ["a:1", "n:1", "n:1"], send);
  assert.equal(status, 202);
  const path = `/otp/status/${json.challenge}`;
  assert.equal((await worker.call(path, { method: "GET", address: "10.0.0.3" })).json.delivery, "unknown");
});

test("a pushed report costs a call for its number, and one more to read it where somebody is told", async (t) => {
  const vendor = await startVendor(t);
  const webhook = { url: `${vendor.origin}/not-there`, secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" };
  for (const [index, more] of [{}, { webhook }].entries()) {
    const worker = await start(t, vendor, { hookKeys: HOOK_KEY, ...more });
    const phone = `1380000503${index}`;
    const body = { phone };
    const sent = await costs(worker, ["a:1", "n:1"], () => worker.call("/otp/send", { address: "10.0.0.1", body }));
    assert.equal(sent.status, 202);
    const { ref } = (await vendor.inbox(`+86${phone}`)).at(-1);
    const query = `Class=rpt&Mobile=${phone}&LinkId=${ref}&Report=DELIVRD&ReportTime=2026-08-01+08:00:00`;
    const push = () => worker.call(`${hookPath(HOOK_KEY, "smsadmin")}?${query}`, { method: "GET" });
    // This endpoint does not accept the message, which then waits in the account's queue.
    const first = more.webhook ? ["n:0", "m:0", "q:1", "n:1"] : ["n:1"];
    assert.equal((await costs(worker, first, push)).status, 200);
    const again = more.webhook ? ["q:1", "n:0", "q:1"] : ["n:0"];
    assert.equal((await costs(worker, again, push)).status, 200, "a report that is known");
    const path = `/otp/status/${sent.json.challenge}`;
    assert.equal((await worker.call(path, { method: "GET", address: "10.0.0.3" })).json.delivery, "delivered");
    await worker.stop();
  }
});

test("the prefix, the total and an Idempotency-Key cost one more call each", async (t) => {
  const vendor = await startVendor(t);
  const high = [{ limit: 1000, windowSeconds: 86_400 }];
  const worker = await start(t, vendor, { limits: { prefix: high, total: high } });
  const request = {
    address: "10.0.0.1",
    headers: { "idempotency-key": "a-request-of-a-test" },
    body: { phone: "+8613800005002" },
  };
  vendor.hold();
  const sending = worker.call("/otp/send", request);
  await vendor.reached("vendor");
  const before = ["i:1", "a:1", "p:1", "all:1", "n:1"];
  assert.deepEqual(await calls(worker, before), before.toSorted());
  vendor.release();
  assert.equal((await sending).status, 202);
  const { json: body } = await sending;
  // The outcome of the text; the answer was stored before.
  assert.deepEqual(await calls(worker, [...before, "n:1"]), [...before, "n:1"].toSorted());
  // A repeated request learns the outcome from the number.
  const again = await costs(worker, ["i:0", "n:0"], () => worker.call("/otp/send", request));
  assert.deepEqual([again.status, again.json], [202, body]);
});

test("the statistics cost at most one call in ten seconds", async (t) => {
  const vendor = await startVendor(t);
  const worker = await start(t, vendor);
  const startTime = Date.now();
  const countStored = async () => (await worker.test("calls")).filter(({ kind }) => kind === "stats").length;
  const sendRejected = async () => {
    for (let caller = 0; caller < 50; caller += 1) {
      await worker.call("/otp/send", { address: `10.0.1.${caller}`, body: { phone: "+8613800005003" } });
    }
  };
  await sendRejected();
  assert.ok((await countStored()) <= 1 + Math.floor((Date.now() - startTime) / 10_000));
  await worker.test("order");
  await worker.test("clock", { aheadMs: 20_000 });
  const again = Date.now();
  await sendRejected();
  const calls = await countStored();
  assert.ok(calls >= 1 && calls <= 1 + Math.floor((Date.now() - again) / 10_000), `${calls} calls`);
});

test("the alarm removes expired state, and nothing else", async (t) => {
  const vendor = await startVendor(t);
  const worker = await start(t, vendor, { limits: { ip: [{ limit: 1, windowSeconds: 2 }], adaptive: false } });
  const phones = Array.from({ length: 20 }, (_, index) => `+86138000060${String(index).padStart(2, "0")}`);
  for (const [index, phone] of phones.entries()) {
    assert.equal((await worker.call("/otp/send", { address: `10.0.0.${index}`, body: { phone } })).status, 202);
  }
  const sum = async () => (await worker.test("objects", { call: "rows" })).reduce((rows, one) => rows + one);
  const swept = async (left) => {
    await worker.test("objects", { call: "wakeNow" });
    const deadline = Date.now() + 10_000;
    while ((await sum()) > left && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 10));
    return sum();
  };
  // The statistics have rows of their own.
  assert.equal(await sum(), 20 + 20 + 1);
  await worker.test("clock", { aheadMs: 10_000 });
  assert.equal(await swept(21), 21, "the addresses are gone");
  for (const [index, phone] of phones.entries()) {
    const { status } = await worker.call("/otp/send", { address: `10.0.1.${index}`, body: { phone } });
    assert.equal(status, 429, "the numbers are not");
  }
  await worker.test("clock", { aheadMs: 3 * 86_400_000 });
  assert.equal(await swept(0), 0, "in the end everything is gone");
  const alarms = await worker.test("objects", { call: "alarmAt" });
  assert.ok(alarms.length > 2 && alarms.every((alarm) => alarm === null), "an empty object sleeps");
  assert.equal((await worker.call("/otp/send", { address: "10.0.2.1", body: { phone: phones[0] } })).status, 202);
});
