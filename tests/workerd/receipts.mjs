// Receipts in workerd: a real queue and a cron trigger, `kill -9` under pushes, and objects that are lost at every
// step.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { test } from "node:test";
import { Webhook } from "standardwebhooks";
import { hookPath } from "xinshi/edge";
import { startVendor } from "./vendor.mjs";
import { adminToken, directoryFor, optionsFor, startMiniflare, startWorkerd } from "./workerd.mjs";

const HOOK_KEY = "a key for hooks that is long enough to be one";
const SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const HOOK = hookPath(HOOK_KEY, "smsadmin");
const KILLS = 5;
/** A minute after a process died, another one takes over its claims. */
const LATER_MS = 61_000;

const phone = (index) => `138${String(60_000_000 + index)}`;
const limits = { ip: [], adaptive: false };

/** A server of the user's, with the posted messages, each once however often it came. */
async function startUser(t) {
  const messages = new Map();
  const user = { messages, posts: 0 };
  const server = createServer(async (request, response) => {
    let body = "";
    try {
      for await (const part of request) body += part;
    } catch {
      // The sender was killed while it wrote.
      return;
    }
    const posted = request.url === "/queued" ? JSON.parse(body) : [verified(body, request.headers)];
    for (const message of posted) {
      user.posts += 1;
      messages.set(message.id, message);
    }
    user.onMessage?.();
    response.end();
  });
  server.keepAliveTimeout = 0;
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  user.origin = `http://127.0.0.1:${server.address().port}`;
  user.reports = () => [...messages.values()].filter(({ type }) => type === "sms.report");
  user.hasReceived = async (count) => {
    while (messages.size < count) await new Promise((resolve) => (user.onMessage = resolve));
  };
  return user;
}

/** A message with a valid signature. The tests' clocks run ahead, which `verify` would reject. */
function verified(body, headers) {
  const at = new Date(Number(headers["webhook-timestamp"]) * 1000);
  assert.equal(headers["webhook-signature"], new Webhook(SECRET).sign(headers["webhook-id"], at, body));
  return JSON.parse(body);
}

/** Options of a handler that posts receipts to the user. */
const optionsWith = (vendor, user) =>
  optionsFor(vendor, { limits, hookKeys: HOOK_KEY, webhook: { url: `${user.origin}/receipts`, secret: SECRET } });

/** A report as smsadmin pushes it, in the query. */
const report = (to, ref) =>
  `${HOOK}?Class=rpt&Mobile=${to}&LinkId=${ref}&Report=DELIVRD&ReportTime=2026-08-01+08:00:00`;

/** Sends codes. Returns the challenge and the reference for each number. */
async function sent(worker, vendor, count, from = 0) {
  const codes = [];
  for (let index = from; index < from + count; index += 1) {
    const address = `10.1.${index >> 8}.${index & 255}`;
    const { status, json } = await worker.call("/otp/send", { address, body: { phone: phone(index) } });
    assert.equal(status, 202);
    const { ref } = (await vendor.inbox(`+86${phone(index)}`)).at(-1);
    codes.push({ to: phone(index), challenge: json.challenge, ref });
  }
  return codes;
}

async function delivery(worker, { challenge }) {
  const { json } = await worker.call(`/otp/status/${challenge}`, { method: "GET", address: "10.2.0.1" });
  return json.delivery;
}

async function waiting(worker) {
  const authorization = `Bearer ${adminToken}`;
  const { json } = await worker.call("/admin/stats", { method: "GET", headers: { authorization } });
  return json.receipts.smsadmin.waiting;
}

/** Lets a minute pass, so that claims of dead processes expire, and runs the scheduled work. */
async function catchUp(worker) {
  for (let minutes = 1; minutes <= 4; minutes += 1) {
    await worker.test("clock", { aheadMs: minutes * LATER_MS });
    await worker.test("scheduled");
  }
  assert.equal(await waiting(worker), 0);
}

test("a cron trigger pulls and a queue receives each record once, also with concurrent pulls", async (t) => {
  const [vendor, user] = [await startVendor(t), await startUser(t)];
  const worker = await startMiniflare({
    bindings: { OPTIONS: optionsFor(vendor, { limits, hookKeys: HOOK_KEY }), QUEUED: `${user.origin}/queued` },
    queueProducers: { RECEIPTS: "receipts" },
    queueConsumers: { receipts: { maxBatchSize: 5, maxBatchTimeout: 0 } },
  });
  t.after(() => worker.dispose());
  const codes = await sent(worker, vendor, 12);
  await vendor.reply(phone(0), "TD");
  const { scheduled } = await worker.getWorker();
  const outcomes = await Promise.all([0, 1, 2].map(() => scheduled({ cron: "* * * * *" })));
  assert.deepEqual([...new Set(outcomes.map(({ outcome }) => outcome))], ["ok"]);
  // The vendor pushes the same reports as well.
  const pushed = await Promise.all(
    codes.flatMap(({ to, ref }) => [0, 1].map(() => worker.call(report(to, ref), { method: "GET" }))),
  );
  assert.ok(pushed.every(({ status }) => status === 200));
  await user.hasReceived(13);
  for (const code of codes) assert.equal(await delivery(worker, code), "delivered");
  await scheduled({ cron: "* * * * *" });
  assert.equal(await waiting(worker), 0);
  assert.deepEqual([user.reports().length, user.messages.size], [12, 13]);
  const headers = { authorization: `Bearer ${adminToken}` };
  const { json } = await worker.call("/opt-outs/check", { headers, body: { phones: [phone(0), phone(1)] } });
  assert.deepEqual(json.optedOut, [phone(0)]);
});

test("kills during pushes and pulls: each acknowledged record arrives once", async (t) => {
  const [vendor, user] = [await startVendor(t), await startUser(t)];
  const settings = { disk: directoryFor(t), vendor, options: optionsWith(vendor, user) };
  let worker = await startWorkerd(settings);
  t.after(() => worker.kill());
  const codes = await sent(worker, vendor, 60);
  const answered = new Set();
  for (let kill = 0; kill < KILLS; kill += 1) {
    const round = { over: false, answers: 0 };
    // The process is killed while requests are under way, sooner in early rounds.
    const enough = new Promise((resolve) => (round.enough = resolve));
    const pushing = codes.slice(kill * 7, kill * 7 + 10).map(async ({ to, ref }) => {
      while (!round.over) {
        const answer = await worker.call(report(to, ref), { method: "GET" }).catch(() => undefined);
        if (answer?.status !== 200) continue;
        answered.add(ref);
        round.answers += 1;
        if (round.answers > kill) round.enough();
      }
    });
    const pulling = worker.test("scheduled").catch(() => {});
    await enough;
    await worker.kill();
    round.over = true;
    await Promise.all([...pushing, pulling]);
    worker = await startWorkerd(settings);
  }
  await catchUp(worker);
  for (const code of codes.filter(({ ref }) => answered.has(ref)))
    assert.equal(await delivery(worker, code), "delivered");
  const forwarded = user.reports().map(({ data }) => data.report.ref);
  assert.deepEqual(forwarded.length, new Set(forwarded).size, "no report has two ids");
  for (const ref of answered) assert.ok(forwarded.includes(ref), ref);
  t.diagnostic(`${answered.size} answered, ${forwarded.length} told in ${user.posts} posts`);
  assert.ok(answered.size >= KILLS && forwarded.length >= answered.size);
});

/** Every kind of key that a push or a pull changes: queue, number, record, unmatched. */
const POINTS = ["q", "n", "r", "k"].flatMap((kind) =>
  [0, 1, 2, 3].flatMap((skip) => ["throw", "abort"].map((does) => ({ kind, skip, does, after: does === "abort" }))),
);

test("an object that fails at any step of a push or a pull loses no record", async (t) => {
  const [vendor, user] = [await startVendor(t), await startUser(t)];
  const options = optionsWith(vendor, user);
  const settings = { disk: directoryFor(t), vendor, options, ledger: "WatchedLedger" };
  const worker = await startWorkerd(settings);
  t.after(() => worker.kill());
  let lost = 0;
  for (const [index, order] of POINTS.entries()) {
    const [pushed, pulled] = await sent(worker, vendor, 2, 100 + 2 * index);
    await vendor.reply(pulled.to, `reply ${index}`);
    await worker.test("clock", { aheadMs: index * 10 * LATER_MS });
    await worker.test("order", { orders: [order] });
    const { status } = await worker.call(report(pushed.to, pushed.ref), { method: "GET" });
    await worker.test("scheduled").catch(() => {});
    if ((await worker.test("pending")) === 0) lost += 1;
    await worker.test("order");
    for (let minutes = 1; minutes <= 3; minutes += 1) {
      await worker.test("clock", { aheadMs: index * 10 * LATER_MS + minutes * LATER_MS });
      await worker.test("scheduled");
    }
    const where = JSON.stringify(order);
    assert.equal(await waiting(worker), 0, where);
    if (status === 200) assert.equal(await delivery(worker, pushed), "delivered", where);
    assert.equal(await delivery(worker, pulled), "delivered", where);
    const replies = [...user.messages.values()].filter(({ data }) => data.reply?.text === `reply ${index}`);
    assert.equal(replies.length, 1, where);
  }
  assert.ok(lost > POINTS.length / 2, `${lost} of ${POINTS.length} steps were lost`);
  const forwarded = user.reports().map(({ data }) => data.report.ref);
  assert.equal(forwarded.length, new Set(forwarded).size, "each report is told under one id");
});
