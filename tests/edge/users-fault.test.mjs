// An exception of a user's function is the user's fault, and is reported so. No error shows a number or a secret.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createHandler, memoryStore, SmsError, verifyProof } from "xinshi/edge";
import { createSandbox } from "xinshi/sandbox";

const KEY = "a key for proofs that is long enough";
const sandbox = createSandbox();

const options = (more = {}) => ({
  vendors: { main: sandbox.config("smsadmin") },
  fetch: sandbox.fetch,
  pepper: "a pepper that is long enough to be one",
  proof: { key: KEY, audience: "app" },
  brand: "信使",
  clientAddress: () => "192.0.2.1",
  on: () => {},
  ...more,
});

/** A function that throws a value that must not be repeated. */
const throws = () => {
  throw new RangeError("postgres://user:password@db/13812345678");
};

/** @param {unknown} what */
const fail = (what) => {
  throw what;
};

/** An object with a member that cannot be read. */
const getter = (member) => Object.defineProperty({}, member, { get: throws, enumerable: true });

const revoked = () => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
};

/** An error whose name and code contain values that must not be repeated. */
const named = (number) =>
  Object.assign(new Error(), { name: `password ${number}`, code: `https://password@${number}` });

for (const [name, given, expected] of [
  ["options", throws, /the function for the options threw: RangeError/],
  ["options", async () => options(), /the function for the options returned none/],
  ["options", () => "options", /the function for the options returned none/],
  ["clientAddress", options({ clientAddress: throws }), /clientAddress threw: RangeError/],
  ["clientAddress", options({ clientAddress: async () => "192.0.2.1" }), /clientAddress returned no text/],
  ["now", options({ now: throws }), /now threw: RangeError/],
  ["now", options({ now: () => "today" }), /now returned no number/],
  ["now", options({ now: () => Number.NaN }), /now returned no number/],
  ["now", options({ now: () => 10n ** 30n }), /now returned no number/],
  ["now", options({ now: () => -1 }), /now returned no number/],
  ["now", options({ now: async () => throws() }), /now returned no number/],
  ["options", async () => throws(), /the function for the options returned none/],
  ["options", () => ({ ...options(), ...getter("pepper") }), /the function for the options threw: RangeError/],
  ["options", () => Object.assign(getter("brand"), options({ brand: undefined })), /the options/],
  ["options", () => options({ captcha: getter("verify") }), /captcha\.verify: verify cannot be read: it throws/],
  ["options", () => options({ queue: getter("send") }), /queue is not one/],
  ["options", () => new Proxy({}, { ownKeys: throws }), /options cannot be read: it throws/],
  ["options", () => revoked(), /cannot be read: it throws/],
  ["clientAddress", options({ clientAddress: () => revoked() }), /clientAddress returned no text/],
  ["clientAddress", options({ clientAddress: () => getter("then") }), /clientAddress returned no text/],
  ["clientAddress", options({ clientAddress: () => fail(revoked()) }), /clientAddress threw: object/],
  ["clientAddress", options({ clientAddress: () => fail(getter("code")) }), /clientAddress threw: object/],
  ["clientAddress", options({ clientAddress: () => fail(named("13812345678")) }), /clientAddress threw: Error\./],
]) {
  test(`${name}: ${expected.source}`, async () => {
    const lines = [];
    const { error } = console;
    console.error = (line) => lines.push(line);
    try {
      const init = { method: "POST", headers: { "content-type": "application/json" } };
      const body = JSON.stringify({ phone: "13812345678" });
      const response = await createHandler(given).fetch(new Request("http://handler/otp/send", { ...init, body }));
      const text = await response.text();
      assert.deepEqual([response.status, JSON.parse(text).type], [500, "urn:xinshi:problem:misconfigured"]);
      assert.doesNotMatch(text, /password|13812345678/);
      // By now, an unhandled rejection would have ended the process.
      await new Promise(setImmediate);
    } finally {
      console.error = error;
    }
    assert.match(lines.join("\n"), expected);
    assert.doesNotMatch(lines.join("\n"), /fault of its own|password|13812345678/);
  });
}

test("the error for a wrong clock of a store names it, and nothing counts", async () => {
  for (const [now, expected] of [
    [throws, /the store failed: now threw: RangeError/],
    [() => "today", /the store failed: now returned no number/],
  ]) {
    const lines = [];
    const { error } = console;
    console.error = (line) => lines.push(line);
    try {
      const init = { method: "POST", headers: { "content-type": "application/json" } };
      const body = JSON.stringify({ phone: "13812345678" });
      const handler = createHandler(options({ store: memoryStore({ now }) }));
      assert.equal((await handler.fetch(new Request("http://handler/otp/send", { ...init, body }))).status, 503);
    } finally {
      console.error = error;
    }
    assert.match(lines.join("\n"), expected);
  }
  assert.throws(() => memoryStore({ now: 5 }), { field: "now" });
});

test("a waitUntil that throws costs no response", async (t) => {
  const lines = [];
  t.mock.method(console, "error", (line) => lines.push(line));
  const handler = createHandler(options());
  for (const context of [{ waitUntil: throws }, getter("waitUntil"), revoked()]) {
    assert.equal((await handler.fetch(new Request("http://handler/healthz"), undefined, context)).status, 200);
  }
  assert.match(lines.join(), /waitUntil of the context threw: RangeError/);
});

test("the error of a list names a country function that returns a promise", () => {
  assert.throws(() => createHandler(options({ country: async () => throws(), deny: ["+491701234567"] })), {
    field: "country",
    message: /country returned no text/,
  });
});

test("the error of a list names a country function that throws", () => {
  assert.throws(() => createHandler(options({ country: throws, deny: ["+491701234567"] })), {
    field: "country",
    message: "country threw: RangeError",
  });
});

test("an error's field and message hold no number, and no text that is too long for a name", () => {
  const secret = "s".repeat(80);
  for (const more of [
    { dev: true, testNumbers: { 13912347788: "x" } },
    { dev: true, testNumbers: { "139 1234 7788": "x", 13912347788: "x" } },
    { dev: true, testNumbers: { "+8613912347788": 7 } },
    { dev: true, testNumbers: { "139 1234 7788": "x" } },
    { text: { "(+86) 139-1234-7788": "no code" } },
    { dev: true, testNumbers: { 13912347788: "\ud83d" } },
    { 13912347788: "x" },
    { [secret]: "x" },
    { allow: ["+8613912347788", "x13912347788"] },
    { deny: ["x8613912347788"] },
    { text: { 13912347788: "no code" } },
    { text: { 13912347788: { text: "{code}", x13912347788: 1 } } },
    { vendors: { 13912347788: { vendor: "binstd" } } },
    { vendors: { main: { ...sandbox.config("binstd"), 13912347788: "x" } } },
    { order: ["13912347788"] },
    { limits: { 13912347788: [] } },
    { captcha: { verify: () => true, when: "13912347788" } },
    { purposes: ["13912347788 x"] },
    { webhook: { url: "http://13912347788", secret } },
    { adminToken: secret.replaceAll("s", "密") },
    { hookKeys: ["13912347788"] },
    { publicUrl: "13912347788" },
  ]) {
    assert.throws(
      () => createHandler(options(more)),
      (error) => {
        const { account, ...shown } = error;
        assert.doesNotMatch(
          JSON.stringify([error.message, shown]),
          /13912347788|1234.7788|s{65}|密/,
          JSON.stringify(more),
        );
        return true;
      },
    );
  }
});

test("a proof of another purpose is rejected before it is used", async () => {
  const handler = createHandler(options({ purposes: ["pay", "login"] }));
  const post = async (path, body) => {
    const init = { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
    return (await handler.fetch(new Request(`http://handler${path}`, init))).json();
  };
  const { challenge } = await post("/otp/send", { phone: "13812345679", nonce: "n" });
  const inbox = await sandbox.fetch("http://sandbox/inbox", { headers: { accept: "application/json" } });
  const code = (await inbox.json()).at(-1).text.match(/\d{6}/)[0];
  const { proof } = await post("/otp/verify", { challenge, code });
  const used = [];
  const consume = async (jti) => !used.includes(jti) && used.push(jti) > 0;
  const check = (more) => verifyProof(proof, { key: KEY, audience: "app", consume, ...more });
  for (const wrong of [{ purpose: "login" }, { purpose: undefined }, { nonce: "other" }, { audience: "other" }]) {
    await assert.rejects(check(wrong), { code: "auth" });
  }
  assert.deepEqual(used, []);
  assert.equal((await check({ purpose: "pay", nonce: "n" })).phone, "+8613812345679");
  await assert.rejects(check({ purpose: "pay" }), { code: "auth" });
});

test("an error of any class from a user's function is not repeated", async (t) => {
  const lines = [];
  t.mock.method(console, "error", (line) => lines.push(line));
  const own = Object.assign(new SmsError({ message: "number 13812345678 at redis://u:password@h" }), {
    code: "invalid_argument",
  });
  for (const error of [own, Object.assign(new Error(), { code: "482913" })]) {
    const handler = createHandler(options({ store: { apply: () => fail(error) } }));
    const init = { method: "POST", headers: { "content-type": "application/json" }, body: '{"phone":"13812345678"}' };
    assert.equal((await handler.fetch(new Request("http://handler/otp/send", init))).status, 503);
  }
  assert.doesNotMatch(lines.join("\n"), /13812345678|password|482913/);
});

test("the XINSHI binding may name the source of an address, and hold functions", async () => {
  const { fetch, clientAddress, ...data } = options();
  const headers = { "content-type": "application/json", "cf-connecting-ip": "192.0.2.77" };
  const send = (handler, env) => {
    const init = { method: "POST", headers, body: '{"phone":"13812345670"}' };
    return handler.fetch(new Request("http://handler/otp/send", init), env);
  };
  const text = JSON.stringify({ ...data, clientAddress: "cloudflare" });
  const byText = createHandler(() => ({ fetch, store: memoryStore(), on: () => {} }));
  assert.equal((await send(byText, { XINSHI: text })).status, 202);
  const byObject = createHandler(() => ({ store: memoryStore() }));
  assert.equal((await send(byObject, { XINSHI: { ...data, fetch, clientAddress } })).status, 202);
});
