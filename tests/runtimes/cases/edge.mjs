// The handler for one-time codes, with its state in memory and its vendors in the sandbox.
import { casStore, createHandler, memoryStore, SmsError, verifyProof } from "xinshi/edge";
import { createSandbox } from "xinshi/sandbox";
import { check, equal, throws } from "../expect.mjs";

const PEPPER = "a pepper that is long enough to be one";
const KEY = "a key for proofs that is long enough too";
const JSON_TYPE = { "content-type": "application/json" };

export const edge = {
  async "a code is sent, verified once, and proven"({ sandbox }) {
    const { post, code } = world(sandbox, {}, "13812340101");
    const sent = await post("/otp/send", { phone: "13812340101", nonce: "n" });
    equal(sent.status, 202);
    const { challenge } = await sent.json();
    const right = await code();
    equal((await post("/otp/verify", { challenge, code: right === "000000" ? "000001" : "000000" })).status, 422);
    const verified = await post("/otp/verify", { challenge, code: right });
    equal(verified.status, 200);
    const { proof } = await verified.json();
    equal((await post("/otp/verify", { challenge, code: right })).status, 422);
    const used = new Set();
    const options = {
      key: ["another key, which is tried and does not fit it", KEY],
      audience: "app",
      nonce: "n",
      consume: async (jti) => !used.has(jti) && Boolean(used.add(jti)),
    };
    const { phone, purpose } = await verifyProof(proof, options);
    equal(`${phone} ${purpose}`, "+8613812340101 login");
    await rejects(() => verifyProof(proof, options));
    await rejects(() => verifyProof(proof, { key: KEY, audience: "other" }));
    await rejects(() => verifyProof(proof, { key: KEY, audience: "app", nonce: "m" }));
    const [signed, signature] = [proof.slice(0, proof.lastIndexOf(".") + 1), proof.slice(proof.lastIndexOf(".") + 1)];
    const forged = `${signed}${signature.startsWith("A") ? "B" : "A"}${signature.slice(1)}`;
    await rejects(() => verifyProof(forged, { key: KEY, audience: "app" }));
    await rejects(() => verifyProof("", { key: KEY, audience: "app" }));
  },

  async "a second request within the minute is rejected, and accepted after it"({ sandbox }) {
    let now = Date.now();
    const { post } = world(sandbox, { now: () => now });
    equal((await post("/otp/send", { phone: "13812340102" })).status, 202);
    const rejected = await post("/otp/send", { phone: "13812340102" });
    equal(rejected.status, 429);
    equal(rejected.headers.get("retry-after"), "60");
    equal(rejected.headers.get("content-type"), "application/problem+json");
    equal((await rejected.json()).type, "https://iana.org/assignments/http-problem-types#quota-exceeded");
    now += 60_000;
    equal((await post("/otp/send", { phone: "13812340102" })).status, 202);
  },

  async "a hundred concurrent requests to one number send one text"({ sandbox }) {
    const { handler } = world(sandbox, { clientAddress: (request) => request.headers.get("x-from") });
    const sends = Array.from({ length: 100 }, (_, index) => {
      const headers = { ...JSON_TYPE, "x-from": `10.0.0.${index}` };
      const body = JSON.stringify({ phone: "13812340103" });
      return handler.fetch(new Request("http://handler/otp/send", { method: "POST", headers, body }));
    });
    const statuses = (await Promise.all(sends)).map(({ status }) => status);
    equal(statuses.filter((status) => status === 202).length, 1);
    equal(statuses.filter((status) => status === 429).length, 99);
  },

  async "a store that compares and swaps limits as the memory does"({ sandbox }) {
    const rows = new Map();
    let versions = 0;
    const kv = {
      async get(key) {
        await undefined;
        return rows.get(key) ?? null;
      },
      async swap(key, version, value) {
        await undefined;
        if ((rows.get(key)?.version ?? null) !== version) return false;
        rows.set(key, { value, version: String((versions += 1)) });
        return true;
      },
    };
    const { post } = world(sandbox, { store: casStore(kv) });
    const sends = Array.from({ length: 8 }, () => post("/otp/send", { phone: "13812340104" }));
    const statuses = (await Promise.all(sends)).map(({ status }) => status);
    equal(statuses.filter((status) => status === 202).length, 1);
    check(rows.size >= 2, "an address and a number");
  },

  async "a body that is too long, of another type or not JSON is rejected"({ sandbox }) {
    const { handler, post } = world(sandbox);
    const send = (init) => handler.fetch(new Request("http://handler/otp/send", { method: "POST", ...init }));
    equal((await send({ headers: JSON_TYPE, body: " ".repeat(8193) })).status, 413);
    equal((await send({ headers: JSON_TYPE, body: "{" })).status, 400);
    equal((await send({ headers: { "content-type": "text/plain" }, body: "{}" })).status, 415);
    equal((await send({ headers: JSON_TYPE })).status, 400);
    const wrong = await post("/otp/send", { phone: "1381234567O" });
    equal((await wrong.json()).field, "phone");
    equal((await handler.fetch(new Request("http://handler/otp/send"))).status, 405);
    equal((await handler.fetch(new Request("http://handler/openapi.json"))).status, 200);
    equal(await (await handler.fetch(new Request("http://handler/healthz"))).text(), '{"status":"ok"}');
    const unconfigured = await createHandler().fetch(new Request("http://handler/healthz"));
    equal((await unconfigured.json()).type, "urn:xinshi:problem:misconfigured");
  },

  async "without an address nothing is sent"({ sandbox }) {
    const { post, code } = world(sandbox, { clientAddress: () => null }, "13812340105");
    equal((await post("/otp/send", { phone: "13812340105" })).status, 503);
    equal(await code(), undefined);
  },

  async "wrong options throw at once"({ sandbox }) {
    throws(() => world(sandbox, { pepper: "short" }), "pepper");
    throws(() => world(sandbox, { proof: { key: PEPPER, audience: "app" } }), "proof.key");
    throws(() => world(sandbox, { code: { length: 4 } }), "limits");
    throws(() => world(sandbox, { limits: { number: [{ limit: 1 }] } }), "limits.number.windowSeconds");
    throws(() => world(sandbox, { store: {} }), "store");
    throws(() => world(sandbox, { captcha: { when: "always" } }), "captcha.provider");
    throws(() => casStore({}), "kv");
  },

  async "an eventually consistent store is rejected, with the reason"({ sandbox }) {
    const workersKv = { get() {}, put() {}, delete() {}, list() {}, getWithMetadata() {} };
    const calls = { kv: () => casStore(workersKv), store: () => world(sandbox, { store: workersKv }) };
    for (const [field, call] of Object.entries(calls)) {
      throws(call, field);
      const { code, message } = await Promise.resolve()
        .then(call)
        .catch((error) => error);
      equal(code, "unsupported");
      for (const part of ["Workers KV", "eventually consistent", "LEDGER", "casStore"]) {
        check(message.includes(part), `${part} expected: ${message}`);
      }
    }
    throws(() => casStore({ get() {}, put() {} }), "kv");
    throws(() => casStore(undefined), "kv");
    const handler = createHandler(() => ({ store: workersKv }));
    const { type } = await (await handler.fetch(new Request("http://handler/healthz"))).json();
    equal(type, "urn:xinshi:problem:misconfigured");
  },

  async "an event holds neither number nor code"({ sandbox }) {
    const events = [];
    const { post, code } = world(sandbox, { on: (event) => events.push(event) }, "13812340106");
    const { challenge } = await (await post("/otp/send", { phone: "13812340106" })).json();
    const right = await code();
    await post("/otp/verify", { challenge, code: right });
    const log = JSON.stringify(events);
    for (const secret of ["13812340106", right, challenge, PEPPER]) check(!log.includes(secret), `logged: ${log}`);
    const types = events.map(({ type }) => type);
    check(
      ["warning", "send", "verify"].every((type) => types.includes(type)),
      `types: ${types}`,
    );
  },
};

/**
 * A handler with the sandbox as its vendor, for tests.
 * @param {string} sandbox
 */
function world(sandbox, options = {}, phone = "") {
  const all = {
    vendors: { main: { ...createSandbox().config("apiv1"), baseUrl: `${sandbox}/apiv1` } },
    pepper: PEPPER,
    proof: { key: KEY, audience: "app" },
    brand: "信使",
    clientAddress: () => "192.0.2.1",
    on: () => {},
    ...options,
  };
  const handler = createHandler({ store: memoryStore(all.now && { now: all.now }), ...all });
  const post = (path, body) =>
    handler.fetch(
      new Request(`http://handler${path}`, { method: "POST", headers: JSON_TYPE, body: JSON.stringify(body) }),
    );
  /** The code of the last text to the number. */
  const code = async () => {
    const answer = await fetch(`${sandbox}/inbox?to=${phone}`, { headers: { accept: "application/json" } });
    return (await answer.json()).at(-1)?.text.match(/\d{6}/)[0];
  };
  return { handler, post, code };
}

/** @param {() => Promise<unknown>} call */
async function rejects(call) {
  const error = await call().then(
    () => undefined,
    (error) => error,
  );
  check(error instanceof SmsError && error.code === "auth", `a rejection expected: ${error}`);
}
