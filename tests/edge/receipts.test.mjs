// Receipts in JavaScript: hooks over HTTP, the user's webhook and queue, secrets, and the content of logs.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { test } from "node:test";
import { serve } from "@hono/node-server";
import { Webhook } from "standardwebhooks";
import { createHandler, hookPath, memoryStore } from "xinshi/edge";
import { createSandbox } from "xinshi/sandbox";
import { hurried } from "../stores/service.mjs";

const HOOK_KEY = "a key for hooks that is long enough to be one";
const SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const OPERATOR = "the-token-of-the-operator";
const PHONE = "13812345678";

/** Options with an account at a sandbox's vendor. */
function options(sandbox, vendor, more = {}) {
  return {
    vendors: { main: sandbox.config(vendor) },
    fetch: sandbox.fetch,
    store: memoryStore(),
    pepper: "a pepper that is long enough to be one",
    proof: { key: "a key for proofs that is long enough", audience: "app" },
    brand: "信使",
    clientAddress: () => "192.0.2.1",
    adminToken: OPERATOR,
    hookKeys: HOOK_KEY,
    limits: { cooldownSeconds: 0, number: [], ip: [] },
    acceptGuessRisk: true,
    on: () => {},
    ...more,
  };
}

/** A handler, and functions that call it; `settled` waits for the work after the answers. */
function asking(handler) {
  const unfinished = [];
  const call = async (path, init) => {
    const ctx = { waitUntil: (work) => unfinished.push(work) };
    const response = await handler.fetch(new Request(`http://handler${path}`, init), undefined, ctx);
    const text = await response.text();
    return { status: response.status, body: text === "" ? undefined : JSON.parse(text) };
  };
  const json = { "content-type": "application/json" };
  return {
    call,
    send: (phone = PHONE) => call("/otp/send", { method: "POST", headers: json, body: JSON.stringify({ phone }) }),
    delivery: async (challenge) => (await call(`/otp/status/${challenge}`)).body.delivery,
    push: (body, path = hookPath(HOOK_KEY, "main")) => call(path, { method: "POST", body }),
    stats: async () => (await call("/admin/stats", { headers: { authorization: `Bearer ${OPERATOR}` } })).body,
    settled: async () => {
      while (unfinished.length > 0) await unfinished.pop();
    },
  };
}

async function inbox(sandbox) {
  return (await sandbox.fetch("http://sandbox/inbox", { headers: { accept: "application/json" } })).json();
}

const report = (sendId) => JSON.stringify({ sendId, mobile: PHONE, times: "2026-08-01 08:00:00", status: "DELIVRD" });

/** An endpoint of the user's, which answers as told and records what was posted. */
async function startWebhook(t, answer = () => ({ status: 204 })) {
  const posted = [];
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const part of request) body += part;
    posted.push({ url: request.url, headers: request.headers, body });
    const { status, headers = {}, hangs } = answer(posted.length);
    if (!hangs) response.writeHead(status, headers).end();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { posted, url: `http://127.0.0.1:${server.address().port}/receipts` };
}

/** A fetch that reaches the user's endpoint over the network, and vendors in the sandbox. */
const both = (sandbox, webhook) => (url, init) => (url === webhook ? fetch(url, init) : sandbox.fetch(url, init));

test("a webhook has the signature of Standard Webhooks, and an accepted one is never posted again", async (t) => {
  const sandbox = createSandbox();
  const { posted, url } = await startWebhook(t);
  const handler = createHandler(
    options(sandbox, "apiv1", { fetch: both(sandbox, url), webhook: { url, secret: SECRET } }),
  );
  const { send, push, settled, delivery } = asking(handler);
  const { challenge } = (await send()).body;
  await settled();
  const [{ ref }] = await inbox(sandbox);
  for (let times = 0; times < 3; times += 1) assert.equal((await push(report(ref))).status, 200);
  await settled();
  await handler.scheduled();
  assert.equal(await delivery(challenge), "delivered");
  assert.equal(posted.length, 1);
  const [{ headers, body }] = posted;
  const message = new Webhook(SECRET).verify(body, headers);
  assert.equal(message.type, "sms.report");
  assert.equal(message.id, headers["webhook-id"]);
  assert.deepEqual(message.data.account, "main");
  assert.equal(message.data.challenge, challenge);
  assert.equal(message.data.report.to, `+86${PHONE}`);
  assert.throws(() => new Webhook(SECRET).verify(body.replace("main", "spare"), headers));
});

test("a redirect, an error and a timeout acknowledge nothing; 410 pauses the webhook; the statistics show each", async (t) => {
  const emitted = [];
  const other = await startWebhook(t);
  const cases = [
    { answer: { status: 302, headers: { location: other.url } }, posts: 2, name: "webhook.failed", waiting: 1 },
    { answer: { status: 500 }, posts: 2, name: "webhook.failed", waiting: 1 },
    { answer: { hangs: true }, posts: 2, name: "webhook.failed", waiting: 1 },
    { answer: { status: 410 }, posts: 1, name: "webhook.gone", waiting: 1 },
  ];
  for (const { answer, posts, name, waiting } of cases) {
    const sandbox = createSandbox();
    const { posted, url } = await startWebhook(t, () => answer);
    const own = { fetch: both(sandbox, url), webhook: { url, secret: SECRET }, on: (event) => emitted.push(event) };
    const { push, settled, stats } = asking(createHandler(options(sandbox, "apiv1", own)));
    await hurried(
      async () => {
        // Two messages: one that is not accepted holds up no other.
        for (const ref of ["one", "two"]) {
          assert.equal((await push(report(ref))).status, 200);
          await settled();
        }
      },
      (ms) => ms === 10_000,
    );
    assert.equal(posted.length, posts, name);
    const { buckets, receipts } = await stats();
    assert.ok(buckets.at(-1).counts[name] >= 1, JSON.stringify(buckets));
    assert.equal(receipts.main.waiting, 2 * waiting);
  }
  assert.equal(other.posted.length, 0, "no redirect is followed");
  assert.ok(emitted.some(({ type, status }) => type === "not-passed-on" && status === 302));
  assert.ok(emitted.some(({ type, status, givenUp }) => type === "not-passed-on" && status === 410 && !givenUp));
});

test("a queue receives what the webhook receives; a failing one loses nothing", async () => {
  const sandbox = createSandbox();
  const queued = [];
  let fails = true;
  const queue = {
    async send(message) {
      if (fails) throw new Error("the queue is down");
      queued.push(message);
    },
  };
  const time = { now: Date.now() };
  const store = memoryStore({ now: () => time.now });
  const handler = createHandler(options(sandbox, "smsadmin", { queue, store, now: () => time.now }));
  const { push, settled, stats } = asking(handler);
  await push(`Class=mo&SmsName=x&Mobile=${PHONE}&Message=TD&LinkId=1&RevertTime=2026-08-01 08:00:00`);
  await settled();
  assert.equal((await stats()).receipts.main.waiting, 1);
  fails = false;
  // A minute, and up to a tenth more.
  time.now += 66_000;
  await handler.scheduled();
  assert.equal((await stats()).receipts.main.waiting, 0);
  assert.deepEqual(
    queued.map(({ type, data }) => [type, data.reply.from, data.reply.text]),
    [["sms.reply", `+86${PHONE}`, "TD"]],
  );
  assert.deepEqual([...(await handler.optedOut([PHONE, "13900000000"]))], [PHONE]);
  await assert.rejects(handler.optedOut(["nobody"]), { code: "invalid_argument", field: "phones" });
});

test("each text gives liasmart a callback address, which no log shows", async (t) => {
  const sandbox = createSandbox();
  const lines = [];
  for (const name of ["log", "warn", "error", "info", "debug"])
    t.mock.method(console, name, (...all) => lines.push(all.join(" ")));
  const bodies = [];
  const events = [];
  const fetch = (url, init) => {
    bodies.push(new TextDecoder().decode(init.body));
    return sandbox.fetch(url, init);
  };
  const own = { fetch, publicUrl: "https://otp.example/", on: (event) => events.push(event) };
  const { send, push, settled, delivery } = asking(createHandler(options(sandbox, "liasmart", own)));
  const { challenge } = (await send()).body;
  await settled();
  const { callback_url: url, uid } = JSON.parse(bodies[0]);
  const { pathname, origin } = new URL(url);
  assert.equal(origin, "https://otp.example");
  assert.match(pathname, /^\/hooks\/main\/[\w-]{56}$/);
  // A report that is posted to a text's own URL need not name the text.
  assert.equal((await push(JSON.stringify({ message_id: "1", uid, status: "S" }), pathname)).status, 200);
  await settled();
  assert.equal(await delivery(challenge), "accepted", "on its way");
  const [, second] = [(await send("13912345678")).body, JSON.parse(bodies[1])];
  const crossed = JSON.stringify({ uid: second.uid, status: "DELIVRD" });
  assert.equal((await push(crossed, pathname)).status, 200);
  await settled();
  assert.equal(await delivery(challenge), "accepted", "one text's address is no other's");
  assert.equal((await push("status=DELIVRD&uid=", pathname)).status, 200);
  await settled();
  const printed = JSON.stringify(events) + lines.join("\n");
  const token = pathname.split("/").at(-1);
  assert.ok(!printed.includes(token) && !printed.includes(token.slice(32)), "redacted");
  assert.ok(!printed.includes(PHONE));
});

test("over HTTP: the handler rejects ten megabytes and a wrong token", async (t) => {
  const sandbox = createSandbox();
  const handler = createHandler(options(sandbox, "apiv1", { clientAddress: undefined }));
  const server = serve({ fetch: handler.fetch, hostname: "127.0.0.1", port: 0 });
  await once(server, "listening");
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const origin = `http://127.0.0.1:${server.address().port}`;
  const right = origin + hookPath(HOOK_KEY, "main");
  const long = "x".repeat(10 << 20);
  const post = async (url, body) => {
    try {
      return (await fetch(url, { method: "POST", body, duplex: "half" })).status;
    } catch (error) {
      // A client that still writes after the answer may lose its connection.
      return error.cause?.code;
    }
  };
  const parts = () => new Blob([long]).stream();
  for (const body of [long, parts()])
    assert.ok([413, "EPIPE", "ECONNRESET", "UND_ERR_SOCKET"].includes(await post(right, body)));
  assert.equal(await post(`${right}x`, "{}"), 404);
  assert.equal(await post(right, "\u{FFFD}short"), 200);
  assert.equal((await fetch(`${right}?Class=rpt`)).status, 200);
  assert.equal((await fetch(right, { method: "DELETE" })).status, 405);
  const headers = { authorization: `Bearer ${OPERATOR}` };
  const { main } = await (await fetch(`${origin}/admin/receipts`, { headers })).json();
  assert.deepEqual(
    main.map(({ raw }) => Buffer.from(raw, "base64").toString()),
    ["\n\u{FFFD}short", "Class=rpt\n"],
  );
});

test("keys come from secret bindings, two at a time", async () => {
  const sandbox = createSandbox();
  const { hookKeys: _, ...rest } = options(sandbox, "apiv1", {
    queue: { send: async () => {} },
    webhook: { url: "https://app.example/receipts" },
  });
  const old = "an older key for hooks that is long enough";
  const handler = createHandler(() => rest);
  const env = { XINSHI_HOOK_KEYS: JSON.stringify([HOOK_KEY, old]), XINSHI_WEBHOOK_SECRET: SECRET };
  const status = async (key) =>
    (await handler.fetch(new Request(`http://handler${hookPath(key, "main")}`, { method: "POST" }), env)).status;
  assert.deepEqual([await status(HOOK_KEY), await status(old), await status("x".repeat(32))], [200, 200, 404]);
  const wrong = { hookKeys: ["1", "2", "3"].map((key) => key.repeat(32)) };
  for (const [more, field] of [
    [wrong, "hookKeys"],
    [{ hookKeys: "short" }, "hookKeys"],
    [{ webhook: { url: "ftp://x", secret: SECRET } }, "webhook.url"],
    [{ webhook: { url: "https://x", secret: "short" } }, "webhook.secret"],
    [{ publicUrl: "otp.example" }, "publicUrl"],
    [{ queue: {} }, "queue"],
    [{ retentionDays: 0 }, "retentionDays"],
    [{ order: "random" }, "order"],
    [{ wait: 5000 }, "wait"],
  ]) {
    assert.throws(() => createHandler(options(sandbox, "apiv1", more)), { code: "invalid_argument", field });
  }
  assert.throws(() => hookPath("short", "main"), { field: "key" });
});
