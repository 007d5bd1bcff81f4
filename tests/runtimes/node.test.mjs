// The suite in the Node.js that runs this file. `npm test` runs it in Node.js 20 and 24.
import assert from "node:assert/strict";
import { AsyncLocalStorage } from "node:async_hooks";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import path from "node:path";
import { test } from "node:test";
import { inspect } from "node:util";
import { createSms } from "xinshi";
import { createHandler } from "xinshi/edge";
import { createSandbox } from "xinshi/sandbox";
import { initSync } from "../../pkg/wasm/client.js";
import { root } from "../../scripts/run.mjs";
import { bodyOfEverything, digest, everything } from "./cases/gbk.mjs";
import { run } from "./suite.mjs";
import { startWorld } from "./world.mjs";

globalThis.inspectForTest = (value) =>
  inspect(value, { depth: Number.POSITIVE_INFINITY, showHidden: true, showProxy: true });

test("sends leave nothing behind in the WebAssembly's memory", async () => {
  const { memory } = initSync();
  const sandbox = createSandbox();
  const sms = createSms({ vendors: { main: sandbox.config("apiv1") }, fetch: sandbox.fetch });
  const send = async (times) => {
    for (let sent = 0; sent < times; sent += 1) await sms.send({ to: "13812345678", text: "【信使】1" });
    return memory.buffer.byteLength;
  };
  const before = await send(500);
  // A leak of 64 bytes a send would be ten pages of 64 KiB.
  const after = await send(10_000);
  assert.equal(after, before);
});

test("two million recipients stream through in memory that does not grow", async () => {
  const { memory } = initSync();
  // A vendor that accepts every text, since the sandbox's inbox would grow.
  const fetch = async () => new Response('{"code":"00","data":null,"message":""}');
  const sms = createSms({ vendors: { main: createSandbox().config("apiv1") }, fetch });
  const stream = async (count) => {
    function* recipients() {
      for (let index = 0; index < count; index += 1) yield `13${String(100_000_000 + index)}`;
    }
    let sent = 0;
    let requests = 0;
    for await (const { status, to } of sms.sendMany({ to: recipients(), text: "【信使】通知" })) {
      assert.equal(status, "accepted");
      sent += to.length;
      requests += 1;
    }
    assert.deepEqual([sent, requests], [count, Math.ceil(count / 3000)]);
    return memory.buffer.byteLength;
  };
  // Memory is laid out differently until the maximum is under way; after that, growth in any round would be a leak.
  const sizes = [];
  for (let round = 0; round < 4; round += 1) sizes.push(await stream(500_000));
  assert.equal(sizes[3], sizes[2], String(sizes));
});

test("a caller's functions run in the asynchronous context of their call", async () => {
  const context = new AsyncLocalStorage();
  const seen = [];
  const see = (what, to) => seen.push(`${what} ${to} ${context.getStore()}`);
  const fetch = async (_, { body }) => {
    see("fetch", new TextDecoder().decode(body).match(/mobiles=(\d+)/)[1]);
    return new Response('{"code":"00","data":null,"message":""}');
  };
  const sms = createSms({
    vendors: { main: createSandbox().config("apiv1") },
    fetch,
    on: ({ type, ref }) => see(type, ref),
  });
  const numbers = ["13800000001", "13800000002", "13800000003"];
  await Promise.all(numbers.map((to) => context.run(to, () => sms.send({ to, text: "【信使】1", ref: to }))));
  assert.equal(seen.length, 12);
  for (const line of seen) assert.match(line, /^\w+ (\d+) \1$/);
});

test("the error on a host without random bytes says what to do", async (t) => {
  const sandbox = createSandbox();
  const sms = createSms({ vendors: { main: sandbox.config("apiv1") }, fetch: sandbox.fetch });
  t.mock.method(crypto, "getRandomValues", () => {
    throw new Error("not at the top level");
  });
  const message = { to: "13812345678", text: "【信使】1" };
  // Random bytes are fetched for many calls at once.
  const planMany = () => Array.from({ length: 1000 }, () => sms.plan(message));
  assert.throws(planMany, { code: "invalid_argument", field: "ref", vendor: "apiv1" });
  assert.equal((await sms.send(message)).error.field, "ref");
  assert.equal((await sms.send({ ...message, ref: "mine" })).status, "accepted");
  // A guessable name must not become a callback.
  const vendors = { main: { ...sandbox.config("liupai"), transport: "jsonp" } };
  const jsonp = createSms({ vendors, fetch: sandbox.fetch });
  assert.equal((await jsonp.send({ ...message, ref: "mine" })).error.field, "ref");
  const ends = [];
  for await (const { status } of sms.sendMany({ to: [message.to], text: message.text, ref: "mine" })) ends.push(status);
  assert.deepEqual(ends, ["accepted"]);
});

test("a host without GBK, or with another GBK, uses the package's copy, and a page without a copy rejects texts that need it", async () => {
  const script = path.join(import.meta.dirname, "gbk-of-host.mjs");
  const ended = (...args) =>
    execFileSync(process.execPath, [script, ...args], { encoding: "utf8", input: JSON.stringify(everything()) }).trim();
  const expected = await digest(bodyOfEverything());
  for (const host of ["absent", "other"]) {
    assert.equal(ended(host, "node"), expected, host);
    assert.deepEqual(JSON.parse(ended(host, "page")), ["unsupported vendors.main.vendor", "main"], host);
  }
});

test("after an unexpected 100 Continue, Node.js gives no reply: the outcome is unknown, and nothing is sent again", async (t) => {
  let requests = 0;
  const server = createServer((request, response) => {
    requests += 1;
    // The reply that a server writes after `100 Continue` never reaches fetch. Some servers write it only to requests
    // with a body.
    if (request.method === "POST") response.writeContinue();
    response.end('{"status":"0","msg":"ok","result":{"count":"1"}}');
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const account = { vendor: "binstd", appkey: "k", baseUrl: `http://127.0.0.1:${server.address().port}` };
  const sms = createSms({ vendors: { post: account, get: { ...account, method: "GET" } } });
  const message = { to: "13812345678", text: "【信使】1" };
  const { status, error } = await sms.send(message);
  assert.deepEqual([status, error.code, error.sent, requests], ["unknown", "network", "maybe", 1]);
  assert.equal((await sms.vendor("get").send(message)).status, "accepted");
  // The README says so in both languages, with the account's option that avoids it.
  const [chinese, english] = readFileSync(path.join(root, "pkg/README.md"), "utf8").split("\n## English\n");
  for (const half of [chinese, english]) {
    const line = half.split("\n- ").find((entry) => entry.includes("100 Continue")) ?? "";
    assert.match(line, /UND_ERR_SOCKET[\s\S]*method: "GET"/);
  }
});

test("no request leaves for a port that Node.js's fetch blocks", async () => {
  const sandbox = createSandbox();
  const blocked = { ...sandbox.config("apiv1"), baseUrl: "http://127.0.0.1:6000/apiv1" };
  const message = { to: "13812345678", text: "【信使】1" };
  const sms = createSms({ vendors: { blocked } });
  const { status, error } = await sms.send(message);
  assert.deepEqual([status, error.code, error.sent], ["rejected", "network", "no"]);
  const handler = createHandler({
    vendors: { blocked },
    pepper: "a pepper that is long enough to be one",
    proof: { key: "a key for proofs that is long enough", audience: "app" },
    brand: "信使",
    clientAddress: () => "192.0.2.1",
    on: () => {},
  });
  const init = { method: "POST", headers: { "content-type": "application/json" }, body: '{"phone":"13812345678"}' };
  assert.equal((await handler.fetch(new Request("http://handler/otp/send", init))).status, 503);
});

test(`the suite in Node.js ${process.versions.node}`, async (t) => {
  const { world, close } = await startWorld();
  t.after(close);
  for await (const { name, ok, error } of run({ ...world, tellsRejections: true })) {
    await t.test(name, () => assert.ok(ok, error));
  }
});
