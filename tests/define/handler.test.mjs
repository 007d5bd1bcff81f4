// A handler sends by a defined vendor and by routes, reads its pushes, and pulls its reports.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createHandler, hookPath, memoryStore } from "xinshi/edge";
import { createSandbox } from "xinshi/sandbox";
import { gateways } from "./gateways.mjs";

const [clocked, , basic] = gateways;
const sandbox = createSandbox({ vendors: [clocked.vendor, basic.vendor] });
const HOOK_KEY = "h".repeat(32);

const options = (more) => ({
  vendors: { clocked: sandbox.config(clocked.vendor), basic: sandbox.config(basic.vendor) },
  pepper: "p".repeat(32),
  proof: { key: "k".repeat(32), audience: "app" },
  brand: "信使",
  store: memoryStore(),
  fetch: (url, init) => sandbox.fetch(url, init),
  clientAddress: () => "192.0.2.1",
  adminToken: "a".repeat(32),
  ...more,
});

const send = (handler, phone) =>
  handler.fetch(
    new Request("http://x/otp/send", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ phone }),
    }),
    {},
  );

const inbox = async () =>
  (await sandbox.fetch("http://127.0.0.1/inbox", { headers: { accept: "application/json" } })).json();

test("a code goes by the route of its number's carrier", async () => {
  const handler = createHandler(
    options({ route: [{ carriers: ["telecom"], accounts: ["basic"] }, { accounts: ["clocked"] }] }),
  );
  for (const [phone, vendor] of [
    ["13812345678", "clocked"],
    ["18912345678", "basic"],
  ]) {
    const answer = await send(handler, phone);
    assert.ok(answer.ok, await answer.text());
    const text = (await inbox()).at(-1);
    assert.deepEqual([text.vendor, text.to], [vendor, `+86${phone}`]);
  }
});

test("a number that no route takes is rejected, and a bad route at once", async () => {
  const handler = createHandler(options({ route: [{ carriers: ["telecom"], accounts: ["basic"] }] }));
  const before = (await inbox()).length;
  const answer = await send(handler, "13812345678");
  assert.ok(!answer.ok);
  assert.equal((await inbox()).length, before);
  const bad = (route, field) => assert.throws(() => createHandler(options({ route })), { field });
  bad([{ accounts: ["nobody"] }], "route.0.accounts");
  bad([{ countries: ["US"], accounts: ["basic"] }], "country");
});

test("the caller's country is called once for the countries and once for the route", async () => {
  const phones = [];
  const country = async (phone) => {
    phones.push(phone);
    return "US";
  };
  const route = [{ countries: ["US"], accounts: ["tencent"] }, { accounts: ["basic"] }];
  const vendors = { tencent: sandbox.config("tencent"), basic: sandbox.config(basic.vendor) };
  const handler = createHandler(options({ vendors, route, country, countries: ["CN", "US"] }));
  const answer = await send(handler, "+14155550123");
  assert.ok(answer.ok, await answer.text());
  const text = (await inbox()).at(-1);
  assert.deepEqual([text.vendor, text.to], ["tencent", "+14155550123"]);
  assert.deepEqual(phones, ["+14155550123", "+14155550123"]);
});

test("a vendor without its definition is rejected", () => {
  const { call: _, ...plain } = clocked.vendor;
  const vendors = { main: { ...sandbox.config(clocked.vendor), vendor: plain } };
  assert.throws(() => createHandler(options({ vendors })), { field: "vendors.main.vendor" });
});

test("a push is read by its definition and forwarded", async () => {
  const forwarded = [];
  const handler = createHandler(
    options({
      hookKeys: [HOOK_KEY],
      publicUrl: "https://me.example",
      queue: { send: async (message) => void forwarded.push(message) },
    }),
  );
  const body = '[{"msgId":"r1","mobile":"13812345678","content":"TD"}]';
  const tasks = [];
  const ctx = { waitUntil: (task) => void tasks.push(task) };
  const request = new Request(`https://me.example${hookPath(HOOK_KEY, "clocked")}`, { method: "POST", body });
  const answer = await handler.fetch(request, {}, ctx);
  assert.equal(answer.status, 200, await answer.text());
  await Promise.all(tasks);
  await handler.scheduled({}, {});
  const [message] = forwarded.map((message) => JSON.stringify(message));
  assert.match(message ?? "nothing", /\+8613812345678/);
  assert.match(message, /clocked/);
});
