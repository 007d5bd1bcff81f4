// Gateways in JavaScript: requests that login servers' own packages make, in Node.js.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import path from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import createLogtoConnector from "@logto/connector-http-sms";
import { Webhook } from "standardwebhooks";
import { createHandler, hookPath } from "xinshi/edge";
import { toNode } from "xinshi/node";
import { createSandbox } from "xinshi/sandbox";
import { root } from "../../scripts/run.mjs";

const SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const OLD_SECRET = "whsec_b2xkIHNlY3JldCBvZiB0aGUgaG9vaywgMzIgYnl0ZXM=";
const TOKEN = "the-token-of-a-login-server";
const CODE = "561166";

/** Supabase's documented request, with a number as its database stores it. */
const BODY = JSON.stringify({
  user: {
    id: "6481a5c1-3d37-4a56-9f6a-bee08c554965",
    aud: "authenticated",
    role: "authenticated",
    email: "",
    phone: "8613812345678",
    app_metadata: { provider: "phone", providers: ["phone"] },
    user_metadata: { note: "信\u{FFFD}" },
    is_anonymous: false,
  },
  sms: { otp: CODE },
});

function start(more = {}) {
  const sandbox = createSandbox();
  const events = [];
  const handler = createHandler({
    vendors: { main: sandbox.config("smsadmin") },
    fetch: sandbox.fetch,
    pepper: "a pepper that is long enough for a test",
    proof: { key: "a proof key that is long enough for a test", audience: "app" },
    brand: "信使",
    gateways: { supabase: { secret: [`v1,${SECRET}`, `v1,${OLD_SECRET}`] }, logto: { token: TOKEN } },
    on: (event) => events.push(event),
    ...more,
  });
  const inbox = async () =>
    (await sandbox.fetch("http://sandbox/inbox", { headers: { accept: "application/json" } })).json();
  return { handler, inbox, events };
}

/** The request of Supabase's auth server: a signature for each secret, joined by a comma and a blank. */
function hook({ id = crypto.randomUUID(), at = new Date(), secrets = [SECRET], body = BODY } = {}) {
  const headers = {
    "content-type": "application/json",
    "webhook-id": id,
    "webhook-timestamp": `${Math.floor(at.getTime() / 1000)}`,
    "webhook-signature": secrets.map((secret) => new Webhook(secret).sign(id, at, body)).join(", "),
  };
  return new Request("https://otp.example/gateway/supabase", { method: "POST", headers, body });
}

test("Supabase's hook, signed by the official package, sends one text however often it comes", async () => {
  const { handler, inbox, events } = start();
  // No client's address is known here, and none is needed.
  for (const secrets of [[SECRET], [OLD_SECRET], [OLD_SECRET, SECRET]]) {
    const response = await handler.fetch(hook({ secrets }));
    assert.deepEqual([response.status, await response.text()], [200, "{}"]);
    assert.match(response.headers.get("content-type"), /^application\/json/);
  }
  const texts = await inbox();
  assert.deepEqual(
    texts.map(({ to, text }) => [to, text]),
    [["+8613812345678", `【信使】您的验证码是${CODE}，5分钟内有效。`]],
  );
  assert.ok(events.some(({ type }) => type === "send"));
  assert.ok(!JSON.stringify(events).includes(CODE));
  assert.ok(events.some(({ type, message }) => type === "warning" && message.includes("supabase")));
});

test("a hook with another signature, an old one or none is rejected", async () => {
  const { handler, inbox } = start();
  const unsigned = new Request("https://otp.example/gateway/supabase", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: BODY,
  });
  const other = "whsec_c29tZWJvZHkgZWxzZSdzIHNlY3JldCwgMzIgYnl0ZXM=";
  const rejected = [hook({ secrets: [other] }), hook({ at: new Date(Date.now() - 302_000) }), unsigned];
  for (const request of rejected) assert.equal((await handler.fetch(request)).status, 401);
  assert.deepEqual(await inbox(), []);
});

test("a hook is answered after four seconds, and its text goes on", async () => {
  let answerVendor;
  let reached;
  const arrived = new Promise((resolve) => {
    reached = resolve;
  });
  const sandbox = createSandbox();
  const waits = [];
  const { handler } = start({
    fetch: async (...request) => {
      reached();
      await new Promise((resolve) => {
        answerVendor = resolve;
      });
      return sandbox.fetch(...request);
    },
    wait: async (milliseconds) => {
      waits.push(milliseconds);
      await arrived;
    },
  });
  let ended;
  const response = await handler.fetch(hook(), {}, { waitUntil: (work) => (ended = work) });
  assert.deepEqual([response.status, await response.text(), waits], [200, "{}", [4000]]);
  const inbox = async () =>
    (await sandbox.fetch("http://sandbox/inbox", { headers: { accept: "application/json" } })).json();
  assert.equal((await inbox()).length, 0, "the vendor has not answered yet");
  answerVendor();
  await ended;
  assert.equal((await inbox()).length, 1);
});

test("a timer that nobody needs any more keeps no task alive", async () => {
  const { handler } = start({ wait: () => new Promise(() => {}) });
  let ended;
  assert.equal((await handler.fetch(hook(), {}, { waitUntil: (work) => (ended = work) })).status, 200);
  await ended;
});

/** Serves a handler until the test ends. Returns its origin. */
async function serve(t, handler) {
  const server = createServer(toNode(handler)).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${server.address().port}`;
}

test("the README's curl command sends a code, in both languages", async (t) => {
  const readme = readFileSync(path.join(root, "pkg-template", "README.md"), "utf8");
  const commands = Array.from(readme.matchAll(/^```sh\n(.*?)^```$/gms), ([, command]) => command);
  const ours = commands.filter((command) => command.includes("/gateway/supabase"));
  assert.equal(ours.length, 2);
  for (const command of ours) {
    const { handler, inbox } = start();
    const env = { ...process.env, HANDLER: await serve(t, handler) };
    const { stdout } = await promisify(execFile)("bash", ["-euc", command], { env });
    assert.equal(stdout, "{}");
    assert.equal((await inbox())[0].text, `【信使】您的验证码是${CODE}，5分钟内有效。`);
  }
});

test("Logto's own connector posts to its gateway", async (t) => {
  const { handler, inbox } = start({ limits: { ip: [{ limit: 1, windowSeconds: 60 }] } });
  const endpoint = `${await serve(t, handler)}/gateway/logto`;
  const connector = await createLogtoConnector({ getConfig: async () => ({}) });
  const send = (to, code, authorization = `Bearer ${TOKEN}`) =>
    connector.sendMessage(
      { to, type: "SignIn", payload: { code, locale: "en" }, ip: "192.0.2.7" },
      { endpoint, authorization },
    );
  // Logto's numbers have no plus.
  assert.equal((await send("8613812345678", CODE)).statusCode, 200);
  const [{ text }] = await inbox();
  assert.equal(text, `【信使】Your verification code is ${CODE}. It is valid for 5 minutes.`);
  await assert.rejects(send("+8613812345679", "561167"), /quota-exceeded/, "the person's address counts");
  await assert.rejects(send("+8613812345679", "561167", TOKEN.toUpperCase()), /unauthorized/);
  assert.equal((await inbox()).length, 1);
});

test("a gateway's text goes on to the next account, and its delivery is reported", async (t) => {
  const hookKeys = "a key for hooks that is long enough to be one";
  const sandbox = createSandbox();
  const vendors = { main: sandbox.config("smsadmin"), spare: sandbox.config("apiv1") };
  const { handler, events } = start({ vendors, fetch: sandbox.fetch, hookKeys });
  const fault = JSON.stringify({ vendor: "smsadmin", fault: "reject", code: "2", times: 1 });
  await sandbox.fetch("http://sandbox/faults", { method: "POST", body: fault });
  assert.equal((await handler.fetch(hook())).status, 200);
  assert.equal(await sandbox.waitForCode("13812345678"), CODE);
  const inbox = await sandbox.fetch("http://sandbox/inbox", { headers: { accept: "application/json" } });
  const [{ vendor, ref }] = await inbox.json();
  assert.equal(vendor, "apiv1");
  const url = (await serve(t, handler)) + hookPath(hookKeys, "spare");
  const report = JSON.stringify({ url, kind: "report", to: "13812345678", ref });
  const pushed = await sandbox.fetch("http://sandbox/push/apiv1", { method: "POST", body: report });
  assert.equal((await pushed.json()).status, 200);
  const delivered = () => events.find(({ type, matched }) => type === "report" && matched);
  for (let turn = 0; turn < 500 && !delivered(); turn += 1) await new Promise((resolve) => setTimeout(resolve, 10));
  assert.equal(delivered()?.delivered, true);
  assert.ok(!JSON.stringify(events).includes(CODE));
});
