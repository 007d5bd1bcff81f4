// `xinshi doctor` against the sandbox's vendors and a handler over HTTP, through a server that changes their replies.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { createSms } from "xinshi";
import { createHandler } from "xinshi/edge";
import { toNode } from "xinshi/node";
import { createSandbox } from "xinshi/sandbox";
import { unusedOrigin } from "./runtimes/world.mjs";

const xinshi = fileURLToPath(new URL("../pkg/bin/xinshi.js", import.meta.url));
const HOOK_KEY = "a key for hooks that is long enough to be one";
const PASSWORD = "not-the-password-of-the-account";

/** Runs the command. Returns its status, its findings, and all that it printed. */
async function doctor(vendors, { args = [], hookKey } = {}) {
  const { XINSHI: _, XINSHI_HOOK_KEYS: __, ...env } = process.env;
  env.XINSHI = JSON.stringify({ vendors, pepper: "options of the handler may stand beside" });
  if (hookKey) env.XINSHI_HOOK_KEYS = hookKey;
  const child = spawn(process.execPath, [xinshi, "doctor", "--json", ...args], { env, cwd: tmpdir() });
  let printed = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (printed += chunk));
  const [status] = await once(child, "close");
  return { status, printed, findings: JSON.parse(printed) };
}

const states = (findings) =>
  findings.map(({ account, check, state }) => [account, check, state].filter(Boolean).join(" "));
const failures = (findings) => findings.filter(({ state }) => state === "failed");

/** A server in front of a sandbox: `change` may alter the text of a reply and its headers. */
async function world(t, change = (text) => text) {
  const sandbox = createSandbox();
  const server = createServer(async (request, response) => {
    const parts = [];
    for await (const part of request) parts.push(part);
    const { method, url } = request;
    const body = method === "GET" ? undefined : Buffer.concat(parts);
    const headers = Object.entries(request.headers).filter(
      ([name]) => !["host", "connection", "content-length"].includes(name),
    );
    const reply = await sandbox.fetch(`http://${request.headers.host}${url}`, { method, headers, body });
    const bytes = Buffer.from(await reply.arrayBuffer());
    const text = change(bytes.toString("latin1"), response);
    response.writeHead(reply.status, Object.fromEntries(reply.headers)).end(Buffer.from(text, "latin1"));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const origin = `http://127.0.0.1:${server.address().port}`;
  return { sandbox, at: (vendor) => ({ ...sandbox.config(vendor), baseUrl: `${origin}/${vendor}` }) };
}

async function handlerOver(t, sandbox, vendors) {
  const options = {
    vendors,
    fetch: sandbox.fetch,
    pepper: "a pepper that is long enough for a test",
    proof: { key: "a proof key that is long enough for a test", audience: "app" },
    brand: "信使",
    hookKeys: HOOK_KEY,
    basePath: "/sms",
    on: () => {},
  };
  const server = createServer(toNode(createHandler(options)));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${server.address().port}/sms`;
}

test("all is well: each check, and no text is sent", async (t) => {
  const { sandbox, at } = await world(t);
  const vendors = { main: at("smsadmin"), spare: at("liasmart"), third: at("liupai"), fourth: at("tencent") };
  const url = await handlerOver(t, sandbox, vendors);
  const { status, findings } = await doctor(vendors, { args: ["--url", `${url}/`], hookKey: HOOK_KEY });
  assert.deepEqual(states(findings), [
    "options ok",
    "main credentials ok",
    "main balance ok",
    "spare credentials unchecked",
    "third credentials ok",
    "third balance ok",
    "third templates ok",
    "fourth credentials ok",
    "fourth templates ok",
    "fourth signatures ok",
    "clock ok",
    "handler ok",
    "main hook ok",
    "spare hook ok",
    "third hook ok",
    "fourth hook ok",
  ]);
  assert.equal(status, 0);
  const inbox = await sandbox.fetch("http://sandbox/inbox", { headers: { accept: "application/json" } });
  assert.deepEqual(await inbox.json(), []);
});

test("what is wrong is named with its next step, and no secret", async (t) => {
  const { at } = await world(t);
  const closed = await unusedOrigin();
  const vendors = {
    wrong: { ...at("apiv1"), password: PASSWORD },
    key: { ...at("binstd"), appkey: PASSWORD },
    gone: { ...at("smsadmin"), baseUrl: `${closed}/smsadmin` },
  };
  const { status, findings, printed } = await doctor(vendors, { args: ["--url", closed], hookKey: HOOK_KEY });
  assert.equal(status, 1);
  assert.deepEqual(states(failures(findings)), [
    "wrong credentials failed",
    "key credentials failed",
    "gone credentials failed",
    "handler failed",
  ]);
  for (const { next } of failures(findings)) assert.ok(next.length > 20);
  const [, key, gone, handler] = failures(findings);
  assert.match(key.next, /correct the account's keys/);
  assert.match(gone.next, /check baseUrl and the network/);
  assert.match(handler.message, /ECONNREFUSED/);
  for (const secret of [PASSWORD, HOOK_KEY]) assert.ok(!printed.includes(secret));
});

test("an empty account, a rejected template and a clock that is wrong fail", async (t) => {
  const { sandbox, at } = await world(t, (text, response) => {
    response.setHeader("date", new Date(Date.now() - 90_000).toUTCString());
    return text
      .replaceAll(/"(totalnum|usednum)":"\d+"/g, '"$1":"0"')
      .replaceAll('"failreason":""', '"failreason":"no signature"');
  });
  const main = createSms({ vendors: { main: sandbox.config("liupai") }, fetch: sandbox.fetch }).vendor("main");
  const { accountId } = await main.accounts.create({ company: "信使公司", signature: "【甲乙丙】", total: 100 });
  await main.templates.create({ accountId, name: "code", content: "您的验证码是@", marketing: false });
  const { status, findings } = await doctor({ main: at("liupai") });
  assert.equal(status, 1);
  assert.deepEqual(states(failures(findings)), ["main balance failed", "main templates failed", "clock failed"]);
  const [balance, templates, clock] = failures(findings);
  assert.equal(balance.message, "0 texts left");
  assert.match(templates.message, /^1 templates, 1 with a reason/);
  assert.match(clock.message, /^it is (8|9)\d seconds ahead of a vendor's$/);
});

test("other hook keys and a wrong option fail, and --account checks one alone", async (t) => {
  const { sandbox, at } = await world(t);
  const vendors = { main: at("smsadmin"), spare: at("apiv1") };
  const url = await handlerOver(t, sandbox, vendors);
  const other = "another key for hooks, that is long enough too";
  const { status, findings, printed } = await doctor(vendors, {
    args: ["--url", url, "--account", "spare"],
    hookKey: other,
  });
  assert.equal(status, 1);
  assert.deepEqual(states(failures(findings)), ["spare hook failed"]);
  assert.match(findings.at(-1).message, /^a push gets 404$/);
  assert.ok(!printed.includes("main") && !printed.includes(other));
  const wrong = await doctor({ main: { vendor: "apiv1", acount: "x" } });
  assert.deepEqual(states(wrong.findings), ["options failed"]);
  assert.match(wrong.findings[0].message, /vendors\.main/);
  const nobody = await doctor(vendors, { args: ["--account", "nobody"] });
  assert.deepEqual(states(nobody.findings), ["options failed"]);
});
