// Tenants in JavaScript: accounts by a function, cached and looked up once, a push that finds its tenant, and errors.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createHandler, hookPath, memoryStore } from "xinshi/edge";
import { createSandbox } from "xinshi/sandbox";

const HOOK_KEY = "a key for hooks that is long enough to be one";
const OPERATOR = "the-token-of-the-operator";
const BACK_END = "the-token-of-a-back-end";
const PHONE = "13812345678";
const JSON_TYPE = { "content-type": "application/json" };

/** A handler whose tenants are the first labels of hosts, with what it looked up and told. */
function tenants(more = {}) {
  const sandbox = createSandbox();
  const lookups = [];
  const events = [];
  const messages = [];
  const clock = { now: Date.now() };
  const options = {
    tenant: (request) => new URL(request.url).hostname.match(/^(\w+)\.example$/)?.[1],
    vendors: async (tenant) => {
      lookups.push(tenant);
      return ["acme", "globex"].includes(tenant) ? { main: sandbox.config("apiv1") } : null;
    },
    tenants: async () => ["acme", "globex"],
    fetch: sandbox.fetch,
    store: memoryStore({ now: () => clock.now }),
    now: () => clock.now,
    wait: async () => {},
    pepper: "a pepper that is long enough to be one",
    proof: { key: "a key for proofs that is long enough too", audience: "app" },
    brand: "信使",
    clientAddress: () => "192.0.2.1",
    hookKeys: HOOK_KEY,
    adminToken: OPERATOR,
    apiTokens: [BACK_END],
    queue: { send: async (message) => void messages.push(message) },
    on: (event) => events.push(event),
    ...more,
  };
  const handler = createHandler(options);
  const unfinished = [];
  const call = async (url, body, headers) => {
    const init = { method: "POST", headers: { ...JSON_TYPE, ...headers }, body: JSON.stringify(body) };
    const ctx = { waitUntil: (work) => unfinished.push(work) };
    const response = await handler.fetch(new Request(url, body === undefined ? {} : init), undefined, ctx);
    await Promise.all(unfinished.splice(0));
    const text = await response.text();
    return { status: response.status, body: text === "" ? undefined : JSON.parse(text) };
  };
  const inbox = async () =>
    (await sandbox.fetch("http://sandbox/inbox", { headers: { accept: "application/json" } })).json();
  const code = async () => (await inbox()).at(-1).text.match(/\d{6}/)[0];
  return { handler, call, lookups, events, messages, clock, sandbox, inbox, code };
}

test("a code goes by the tenant's account, and is verified by its tenant alone", async () => {
  const { call, code, events, lookups } = tenants();
  const sent = await call("http://acme.example/otp/send", { phone: PHONE });
  assert.equal(sent.status, 202);
  const guess = { challenge: sent.body.challenge, code: await code() };
  assert.equal((await call("http://globex.example/otp/verify", guess)).status, 422);
  assert.equal((await call("http://acme.example/otp/verify", guess)).status, 200);
  assert.deepEqual(lookups, ["acme", "globex"]);
  const told = events.filter(({ type }) => ["send", "verify"].includes(type));
  assert.deepEqual(
    told.map(({ type, tenant, account }) => [type, tenant, account]),
    [
      ["send", "acme", "acme:main"],
      ["verify", "globex", undefined],
      ["verify", "acme", undefined],
    ],
  );
});

test("requests that need the same accounts look them up once, and again after their time", async () => {
  const { call, lookups, clock } = tenants({ tenantCache: { ttlSeconds: 30 } });
  const phones = Array.from({ length: 8 }, (_, index) => `13${index}12345678`);
  const sent = await Promise.all(phones.map((phone) => call("http://acme.example/otp/send", { phone })));
  assert.ok(sent.every(({ status }) => status === 202 || status === 429));
  assert.deepEqual(lookups, ["acme"]);
  clock.now += 29_999;
  await call("http://acme.example/admin/stats", undefined);
  assert.deepEqual(lookups, ["acme"]);
  clock.now += 1;
  await call("http://acme.example/admin/stats", undefined);
  assert.deepEqual(lookups, ["acme", "acme"]);
});

test("the cache holds a number of tenants, and the longest unused leaves", async () => {
  const sandbox = createSandbox();
  const asked = [];
  const vendors = (tenant) => {
    asked.push(tenant);
    return { main: sandbox.config("apiv1") };
  };
  const { call } = tenants({ tenantCache: { max: 2 }, vendors });
  for (const tenant of ["a", "b", "a", "c", "a", "b"]) await call(`http://${tenant}.example/admin/stats`);
  assert.deepEqual(asked, ["a", "b", "c", "b"]);
});

test("a look-up that fails sends nothing, and is repeated by the next request", async () => {
  const faults = [
    async () => Promise.reject(new Error("the database is gone")),
    () => {
      throw new Error("the database is gone");
    },
    async () => ({ main: { vendor: "apiv1" } }),
    async () => "accounts",
    async () => ({}),
  ];
  const sandbox = createSandbox();
  let fault;
  const vendors = (tenant) => (fault ? fault(tenant) : { main: sandbox.config("apiv1") });
  const { call, inbox, handler } = tenants({ vendors, fetch: sandbox.fetch });
  const logged = [];
  const { error } = console;
  console.error = (line) => logged.push(line);
  try {
    for (fault of faults) {
      const { status, body } = await call("http://acme.example/otp/send", { phone: PHONE });
      assert.equal(`${status} ${body.type}`, "503 urn:xinshi:problem:tenant-unavailable");
      const local = await handler.send({ phone: PHONE, address: "192.0.2.1", tenant: "acme" });
      assert.deepEqual([local.ok, local.error, local.status], [false, "tenant-unavailable", 503]);
    }
    const camara = "http://acme.example/one-time-password-sms/v2/send-code";
    const answer = await call(
      camara,
      { phoneNumber: "+8613812345678", message: "{{code}}" },
      { authorization: `Bearer ${BACK_END}` },
    );
    assert.deepEqual([answer.status, answer.body.code], [503, "UNAVAILABLE"]);
  } finally {
    console.error = error;
  }
  assert.ok(logged.length >= 11, `${logged.length}`);
  assert.ok(!logged.join("\n").includes("gone"), "a message of the user's is not repeated");
  assert.deepEqual(await inbox(), []);
  fault = undefined;
  assert.equal((await call("http://acme.example/otp/send", { phone: PHONE })).status, 202);
});

test("a request of no tenant is not found, and routes without one need none", async () => {
  const { call, lookups } = tenants();
  for (const host of ["nobody.example", "other.host", "a-b.example"]) {
    const { status, body } = await call(`http://${host}/otp/send`, { phone: PHONE });
    assert.equal(`${status} ${body.type}`, "404 urn:xinshi:problem:unknown-tenant", host);
  }
  assert.deepEqual(lookups, ["nobody"]);
  for (const path of ["healthz", "openapi.json"]) assert.equal((await call(`http://other.host/${path}`)).status, 200);
  assert.equal((await call("http://other.host/nothing")).status, 404);
  assert.deepEqual(lookups, ["nobody"]);
});

test("a push finds its tenant by its URL, and a forged one looks up nobody", async () => {
  const { call, lookups, messages, inbox, handler } = tenants();
  const sent = await call("http://acme.example/otp/send", { phone: PHONE });
  const [{ ref }] = await inbox();
  const report = [{ sendId: ref, mobile: PHONE, times: "2026-08-01 08:00:00", status: "DELIVRD" }];
  const path = hookPath(HOOK_KEY, "acme:main");
  assert.equal((await call(`http://any.host${path}`, report)).status, 200);
  assert.equal((await call(`http://any.host${path.replace("acme", "globex")}`, report)).status, 404);
  assert.deepEqual(lookups, ["acme"]);
  const [{ data }] = messages;
  assert.deepEqual([data.tenant, data.account, data.challenge], ["acme", "acme:main", sent.body.challenge]);
  // A pull asks each tenant's account.
  await handler.scheduled();
  assert.deepEqual(lookups, ["acme", "globex"]);
});

test("calls name the tenant exactly where there are tenants", async () => {
  const { handler, code } = tenants();
  const caller = { address: "192.0.2.1" };
  const sent = await handler.send({ phone: PHONE, ...caller, tenant: "acme" });
  assert.equal(sent.ok, true);
  const { challenge } = sent;
  assert.equal((await handler.status({ challenge, ...caller, tenant: "acme" })).status, "open");
  assert.equal((await handler.status({ challenge, ...caller, tenant: "globex" })).error, "unknown-challenge");
  assert.equal((await handler.verify({ challenge, code: await code(), ...caller, tenant: "acme" })).ok, true);
  assert.equal((await handler.send({ phone: PHONE, ...caller, tenant: "nobody" })).error, "unknown-tenant");
  for (const tenant of [undefined, "a b", 1]) {
    await assert.rejects(handler.send({ phone: PHONE, ...caller, tenant }), {
      code: "invalid_argument",
      field: "tenant",
    });
  }
  const outcomes = [];
  const sale = { to: ["13900000001"], text: "【信使】会员日八折，拒收请回复R" };
  for await (const { status } of handler.sendMany(sale, { kind: "marketing", tenant: "globex" })) outcomes.push(status);
  assert.equal(outcomes.length, 1);
  const { accounts } = { accounts: { main: createSandbox().config("apiv1") } };
  const single = tenants({ vendors: accounts, tenant: undefined, tenants: undefined });
  await assert.rejects(single.handler.send({ phone: PHONE, ...caller, tenant: "acme" }), { field: "tenant" });
});

test("options of tenants are checked at the start", () => {
  const sandbox = createSandbox();
  const vendors = { main: sandbox.config("apiv1") };
  const field = (more) => {
    try {
      tenants(more);
      return null;
    } catch (error) {
      return [error.code, error.field];
    }
  };
  assert.equal(field({}), null);
  assert.deepEqual(field({ tenant: undefined }), ["invalid_argument", "tenant"]);
  assert.deepEqual(field({ vendors }), ["invalid_argument", "tenant"]);
  assert.deepEqual(field({ vendors: true }), ["invalid_argument", "vendors"]);
  assert.deepEqual(field({ vendors: true, tenant: undefined, tenants: undefined }), ["invalid_argument", "vendors"]);
  assert.deepEqual(field({ tenantCache: { max: 0 } }), ["invalid_argument", "tenantCache.max"]);
});

test("the work of a minute needs the names of tenants, and one that fails holds up no other", async () => {
  const without = tenants({ tenants: undefined });
  await assert.rejects(without.handler.scheduled(), { code: "invalid_argument", field: "tenants" });
  const { error } = console;
  console.error = () => {};
  try {
    const pulled = [];
    const sandbox = createSandbox();
    const { handler } = tenants({
      tenants: () => new Set(["a", "b", "c", "not a name"]),
      vendors: (tenant) => {
        if (tenant === "b") throw new Error("gone");
        pulled.push(tenant);
        return { main: sandbox.config("apiv1") };
      },
    });
    await handler.scheduled();
    assert.deepEqual(pulled.sort(), ["a", "c"]);
  } finally {
    console.error = error;
  }
});
