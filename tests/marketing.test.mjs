// Marketing by the handler, as the code that runs it calls it: bulks of many parts, lists that come or throw, and what may not go now.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createHandler, memoryStore, SmsError } from "xinshi/edge";
import { createSandbox } from "xinshi/sandbox";

/** 2026-01-01 12:00 in Beijing. */
const NOON = Date.UTC(2026, 0, 1, 4);
const DAY = 86_400_000;
const TEXT = "【信使】会员日八折，拒收请回复R";
const marketing = { kind: "marketing" };

function world(more = {}) {
  const sandbox = createSandbox();
  const clock = { now: NOON };
  const now = () => clock.now;
  const handler = createHandler({
    vendors: { main: sandbox.config("smsadmin"), spare: sandbox.config("apiv1") },
    fetch: sandbox.fetch,
    pepper: "a pepper that is long enough to be one",
    proof: { key: "a key for proofs that is long enough", audience: "app" },
    brand: "信使",
    adminToken: "a-token-of-the-operator",
    clientAddress: () => "192.0.2.1",
    on: () => {},
    now,
    store: memoryStore({ now }),
    ...more,
  });
  const inbox = async () =>
    (await sandbox.fetch("http://sandbox/inbox", { headers: { accept: "application/json" } })).json();
  return { handler, clock, inbox };
}

async function all(outcomes) {
  const list = [];
  for await (const outcome of outcomes) list.push(outcome);
  return list;
}

const numbers = (count, from = 0) =>
  Array.from({ length: count }, (_, index) => `138${String(from + index).padStart(8, "0")}`);
const reached = (outcomes, status) =>
  outcomes.filter((outcome) => outcome.status === status).reduce((sum, { to }) => sum + to.length, 0);

test("a bulk of many parts is sent, and a second one gets the time to try again", async () => {
  const { handler, clock, inbox } = world();
  const to = numbers(950);
  const sent = await all(handler.sendMany({ to, text: TEXT }, marketing));
  assert.equal(reached(sent, "accepted"), 950);
  assert.equal(new Set(sent.flatMap((outcome) => outcome.to)).size, 950);
  assert.equal((await inbox()).length, 950);
  clock.now += 3_600_000;
  const again = await all(handler.sendMany({ to, text: TEXT }, marketing));
  assert.equal(reached(again, "rejected"), 950);
  for (const outcome of again) {
    assert.equal(outcome.reason, "too-frequent");
    assert.ok(outcome.retryAt instanceof Date && outcome.retryAt.getTime() === NOON + DAY);
    assert.ok(outcome.error instanceof SmsError && outcome.error.code === "throttled" && outcome.error.sent === "no");
    assert.deepEqual(outcome.warnings, []);
  }
  assert.equal((await inbox()).length, 950, "nothing waits");
  clock.now = NOON + DAY;
  // What is told is what can be sent by then.
  assert.equal(reached(await all(handler.sendMany({ to, text: TEXT, kind: "marketing" }, marketing)), "accepted"), 950);
});

test("an opted-out number gets no text, and at night no number does", async () => {
  const { handler, clock } = world();
  const [out, in_] = numbers(2);
  const init = {
    method: "POST",
    headers: { "content-type": "application/json", authorization: "Bearer a-token-of-the-operator" },
    body: JSON.stringify({ phone: out, optedOut: true }),
  };
  assert.equal((await handler.fetch(new Request("http://handler/admin/opt-out", init))).status, 204);
  const [rejected, sent] = await all(handler.sendMany({ to: [out, in_], text: TEXT }, marketing));
  assert.deepEqual(
    [rejected.status, rejected.reason, rejected.retryAt, rejected.to],
    ["rejected", "opted-out", undefined, [`+86${out}`]],
  );
  assert.equal(sent.status, "accepted");
  clock.now = NOON + 9 * 3_600_000;
  const [late] = await all(handler.sendMany({ to: numbers(1, 5), text: TEXT }, marketing));
  assert.deepEqual([late.reason, late.retryAt.toISOString()], ["hours", "2026-01-02T00:00:00.000Z"]);
  const sendAt = new Date("2026-01-02T09:00:00+08:00");
  const [planned] = await all(handler.sendMany({ to: numbers(1, 5), text: TEXT, sendAt }, marketing));
  assert.equal(planned.status, "accepted");
});

test("individual texts, templates and a named account are sent", async () => {
  const { handler, inbox } = world();
  const [one, two, three] = numbers(3);
  const template = "【信使】{value0}您好，会员日八折，拒收请回复R";
  const filled = [
    { to: one, values: ["王\t先生"] },
    { to: two, values: ["李"] },
  ];
  const outcomes = [
    ...(await all(handler.sendMany({ template, each: filled }, { kind: "marketing", account: "spare" }))),
    ...(await all(handler.sendMany({ each: [{ to: three, text: `${TEXT}。` }] }, marketing))),
  ];
  assert.equal(reached(outcomes, "accepted"), 3, JSON.stringify(outcomes));
  assert.deepEqual([...new Set(outcomes.map(({ account }) => account))], ["spare", "main"]);
  const texts = (await inbox()).map(({ text }) => text);
  assert.ok(texts.some((text) => text.includes("王\t先生您好")) && texts.includes(`${TEXT}。`));
});

test("streamed recipients are sent to, and a list that throws ends after the recipients before", async () => {
  const { handler, inbox } = world();
  let read = 0;
  let isClosed = false;
  async function* recipients() {
    try {
      for (const to of numbers(250)) {
        read += 1;
        yield to;
      }
      throw new Error("the database went away");
    } finally {
      isClosed = true;
    }
  }
  const outcomes = [];
  await assert.rejects(async () => {
    for await (const outcome of handler.sendMany({ to: recipients(), text: TEXT }, marketing)) outcomes.push(outcome);
  }, /the database went away/);
  assert.deepEqual([read, isClosed, reached(outcomes, "accepted")], [250, true, 250]);
  assert.equal((await inbox()).length, 250);
});

test("a caller that stops iterating reads no more recipients", async () => {
  const { handler } = world();
  let read = 0;
  function* endless() {
    for (const to of numbers(5000)) {
      read += 1;
      yield to;
    }
  }
  for await (const _ of handler.sendMany({ to: endless(), text: TEXT }, marketing)) break;
  assert.equal(read, 800);
});

test("an invalid recipient affects no other", async () => {
  const { handler } = world();
  const to = ["13800000000x", 13800000001, null, { to: "13800000002" }, "138 0000 0003"];
  const outcomes = await all(handler.sendMany({ to, text: TEXT }, marketing));
  assert.deepEqual([reached(outcomes, "accepted"), reached(outcomes, "rejected")], [1, 4]);
  for (const { status, error } of outcomes) if (status === "rejected") assert.equal(error.code, "number");
});

test("an invalid bulk or option throws, and nothing is sent", async () => {
  const { handler, inbox } = world();
  const to = numbers(2);
  for (const [bulk, options, field] of [
    [{ to, text: TEXT }, undefined, "kind"],
    [{ to, text: TEXT }, { kind: "notice" }, "kind"],
    [{ to, text: TEXT, kind: "otp" }, marketing, "kind"],
    [{ to, text: TEXT }, { kind: "marketing", concurrency: 2 }, "concurrency"],
    [{ to, text: TEXT }, { kind: "marketing", account: "nobody" }, "account"],
    [{ to: [], text: " " }, marketing, "text"],
    [{ to, txt: TEXT }, marketing, "text"],
    [{ to: 7, text: TEXT }, marketing, "to"],
    [undefined, marketing, "to"],
    [{ to, text: TEXT, sendAt: "tomorrow" }, marketing, "sendAt"],
  ]) {
    const wrong = (error) => error instanceof SmsError && error.field === field && error.sent === "no";
    await assert.rejects(all(handler.sendMany(bulk, options)), wrong, `${field}`);
  }
  assert.equal((await inbox()).length, 0);
  assert.deepEqual(await all(handler.sendMany({ to: [], text: TEXT }, marketing)), []);
});

test("wrong marketing options throw at the start", () => {
  for (const [more, field] of [
    [{ marketingHours: { from: 20, to: 8 } }, "marketingHours.to"],
    [{ marketingHours: false }, "marketingHours"],
    [{ limits: { marketing: [{ limit: 1000, windowSeconds: 60 }] } }, "limits.marketing"],
  ]) {
    assert.throws(
      () => world(more),
      (error) => error.field === field,
      field,
    );
  }
  world({ marketingHours: { from: 0, to: 24 }, limits: { marketing: [] } });
});

test("a store that fails sends nothing, and says when to try again", async () => {
  const store = {
    apply: async () => {
      throw new Error("down");
    },
  };
  const log = console.error;
  console.error = () => {};
  try {
    const { handler, inbox } = world({ store });
    const [rejected] = await all(handler.sendMany({ to: numbers(3), text: TEXT }, marketing));
    assert.deepEqual([rejected.status, rejected.error.code, rejected.to.length], ["rejected", "network", 3]);
    assert.equal(rejected.retryAt.getTime(), NOON + 5000);
    assert.equal((await inbox()).length, 0);
  } finally {
    console.error = log;
  }
});
