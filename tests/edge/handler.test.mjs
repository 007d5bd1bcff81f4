// The handler's JavaScript: captcha providers, proofs, options from the environment, and an instance that broke.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { test } from "node:test";
import { decodeProtectedHeader, jwtVerify } from "jose";
import { countryOf } from "xinshi/country";
import { createHandler, Ledger, memoryStore, SmsError } from "xinshi/edge";
import { createSandbox } from "xinshi/sandbox";
import { guard } from "../../pkg/edge/load.js";
import { initSync } from "../../pkg/wasm/edge.js";

const KEY = "a key for proofs that is long enough";
const sandbox = createSandbox();

function options(more = {}) {
  return {
    vendors: { main: sandbox.config("smsadmin") },
    fetch: sandbox.fetch,
    pepper: "a pepper that is long enough to be one",
    proof: { key: KEY, audience: "app" },
    brand: "信使",
    clientAddress: () => "192.0.2.1",
    on: () => {},
    ...more,
  };
}

function posting(handler, env) {
  return async (path, body, headers = {}) => {
    const all = { "content-type": "application/json", ...headers };
    const init = { method: "POST", headers: all, body: JSON.stringify(body) };
    const response = await handler.fetch(new Request(`http://handler${path}`, init), env);
    const text = await response.text();
    return { status: response.status, body: text === "" ? undefined : JSON.parse(text) };
  };
}

async function inbox(phone) {
  const headers = { accept: "application/json" };
  return (await sandbox.fetch(`http://sandbox/inbox?to=%2B86${phone}`, { headers })).json();
}

/**
 * A captcha provider by its documents: a form with `secret`, `response` and an optional `remoteip`; a token is valid
 * once. https://developers.cloudflare.com/turnstile/get-started/server-side-validation/ · https://docs.hcaptcha.com/
 */
async function startProvider() {
  const seen = [];
  const used = new Set();
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const part of request) body += part;
    const form = new URLSearchParams(body);
    seen.push(Object.fromEntries(form));
    const token = form.get("response");
    const says = (errors) => ({ success: errors.length === 0, "error-codes": errors, hostname: "app.example" });
    const verdict = () => {
      if (request.method !== "POST" || request.headers["content-type"] !== "application/x-www-form-urlencoded")
        return says(["bad-request"]);
      if (form.get("secret") !== "the provider's secret") return says(["invalid-input-secret"]);
      if (!token?.startsWith("solved")) return says(["invalid-input-response"]);
      if (used.has(token)) return says(["timeout-or-duplicate"]);
      used.add(token);
      return says([]);
    };
    if (token === "broken") response.writeHead(500).end("oops");
    else if (token === "garbled") response.end("<html>");
    else if (token === "cut") response.destroy();
    else response.end(JSON.stringify(verdict()));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${server.address().port}/siteverify`, seen, close: () => server.close() };
}

for (const provider of ["turnstile", "hcaptcha"]) {
  test(`${provider} receives one request for each token`, async (t) => {
    const { url, seen, close } = await startProvider();
    t.after(close);
    const captcha = { provider, secret: "the provider's secret", verifyUrl: url, when: "always" };
    const fetches = (to, init) => (to === url ? fetch(to, init) : sandbox.fetch(to, init));
    const post = posting(createHandler(options({ captcha, fetch: fetches })));
    const send = (token, phone) => post("/otp/send", { phone, captcha: token });
    const kind = ({ status, body }) => `${status} ${body.type?.split(":").at(-1)}`;
    assert.equal(kind(await post("/otp/send", { phone: "13812340201" })), "403 captcha-required");
    assert.equal(seen.length, 0);
    assert.equal(kind(await send("guessed", "13812340201")), "403 captcha-failed");
    for (const broken of ["broken", "garbled", "cut"]) {
      assert.equal(kind(await send(broken, "13812340201")), "503 captcha-unavailable");
    }
    assert.equal((await send(`solved ${provider}`, "13812340201")).status, 202);
    assert.deepEqual(seen.at(-1), {
      secret: "the provider's secret",
      response: `solved ${provider}`,
      remoteip: "192.0.2.1",
    });
    assert.equal(kind(await send(`solved ${provider}`, "13812340202")), "403 captcha-failed", "a token is good once");
    const wrongSecret = createHandler(options({ captcha: { ...captcha, secret: "wrong" }, fetch: fetches }));
    assert.equal(
      kind(await posting(wrongSecret)("/otp/send", { phone: "13812340202", captcha: "solved 2" })),
      "403 captcha-failed",
    );
  });
}

test("a function may check the caller's own captcha", async () => {
  const requests = [];
  const verify = async (token, address) => {
    requests.push([token, address]);
    if (token === "down") throw new Error("the provider is down");
    return token === "solved";
  };
  const post = posting(createHandler(options({ captcha: { verify, when: "always" } })));
  assert.equal((await post("/otp/send", { phone: "13812340211", captcha: "no" })).status, 403);
  assert.equal((await post("/otp/send", { phone: "13812340211", captcha: "down" })).status, 503);
  assert.equal((await post("/otp/send", { phone: "13812340211", captcha: "solved" })).status, 202);
  assert.deepEqual(requests.at(-1), ["solved", "192.0.2.1"]);
});

test("any library verifies a proof as a JSON Web Token", async () => {
  const post = posting(createHandler(options({ purposes: ["pay"] })));
  const { body: sent } = await post("/otp/send", { phone: "13812340221", nonce: "n1" });
  const [{ text }] = await inbox("13812340221");
  const { body } = await post("/otp/verify", { challenge: sent.challenge, code: text.match(/\d{6}/)[0] });
  const { payload, protectedHeader } = await jwtVerify(body.proof, new TextEncoder().encode(KEY), {
    algorithms: ["HS256"],
    audience: "app",
    issuer: "xinshi",
    requiredClaims: ["sub", "jti", "iat", "exp", "nonce", "purpose"],
  });
  assert.equal(payload.sub, "+8613812340221");
  assert.equal(payload.purpose, "pay");
  assert.equal(payload.nonce, "n1");
  assert.equal(payload.exp - payload.iat, 360, "60 s of room for a clock that is behind");
  assert.match(payload.jti, /^[\w-]{22}$/);
  assert.deepEqual({ ...protectedHeader, kid: "" }, { alg: "HS256", typ: "JWT", kid: "" });
  const other = createHandler(
    options({ proof: { key: ["another key for proofs, long enough", KEY], audience: "app" } }),
  );
  const again = posting(other);
  const { body: later } = await again("/otp/send", { phone: "13812340222" });
  const [{ text: second }] = await inbox("13812340222");
  const { body: rotated } = await again("/otp/verify", { challenge: later.challenge, code: second.match(/\d{6}/)[0] });
  assert.notEqual(decodeProtectedHeader(rotated.proof).kid, protectedHeader.kid, "another key has another kid");
});

test("options come from env.XINSHI, secret bindings and the code; later sources override earlier ones", async () => {
  const { fetch, clientAddress, vendors, ...data } = options({ on: undefined });
  const env = {
    XINSHI: JSON.stringify({ ...data, pepper: "short", adminToken: "the-token-in-XINSHI" }),
    XINSHI_PEPPER: JSON.stringify(["the first of two peppers, long enough", "the second of two peppers, long enough"]),
    XINSHI_PROOF_KEY: "a key of proofs from a secret binding",
    XINSHI_VENDORS: JSON.stringify(vendors),
    XINSHI_ADMIN_TOKEN: "the-token-in-its-own-binding",
  };
  const handler = createHandler(() => ({ fetch, clientAddress, on: () => {} }));
  const post = posting(handler, env);
  assert.equal((await post("/otp/send", { phone: "13812340231" })).status, 202);
  const explain = (token) => post("/admin/explain", { phone: "13812340231" }, { authorization: `Bearer ${token}` });
  assert.equal((await explain("the-token-in-XINSHI")).status, 401);
  assert.equal((await explain("the-token-in-its-own-binding")).body.allowed, false);
  const log = consoleErrors();
  const broken = await posting(handler, { ...env, XINSHI: "{" })("/otp/send", { phone: "13812340231" });
  const missing = await posting(handler, {})("/otp/send", { phone: "13812340231" });
  log.restore();
  assert.equal(broken.body.type, "urn:xinshi:problem:misconfigured");
  assert.equal(missing.body.type, "urn:xinshi:problem:misconfigured");
  assert.match(log.lines.join("\n"), /XINSHI is not JSON[\s\S]*pepper is missing/);
});

/** Collects console errors until the test ends. */
function consoleErrors() {
  const lines = [];
  const { error } = console;
  console.error = (line) => lines.push(line);
  return { lines, restore: () => (console.error = error) };
}

test("the number decides its country", async () => {
  const rejected = [];
  const on = (event) => event.type === "rejected" && rejected.push(event.by);
  const post = posting(createHandler(options({ countries: ["CN", "HK", "CA"], country: countryOf, on })));
  // No vendor here sends abroad: a number that is not rejected for its country fails at the vendors.
  const types = [];
  for (const phone of ["+85251234567", "+14165550123", "+12125550123", "+999123456789"]) {
    types.push((await post("/otp/send", { phone })).body.type.split(":").at(-1));
  }
  assert.deepEqual(types, ["not-sent", "not-sent", "number-not-allowed", "number-not-allowed"]);
  assert.throws(
    () => createHandler(options({ countries: ["HK"] })),
    (error) => error.field === "country",
  );
  assert.deepEqual(rejected, ["country", "country"], "New York and nowhere, but neither Hong Kong nor Toronto");
});

test("the address comes from the socket, as Deno, Bun and Node's server pass it, and never from a header", async () => {
  const { clientAddress, ...rest } = options();
  const handler = createHandler(rest);
  const send = (server, phone) => {
    const headers = { "content-type": "application/json", "x-forwarded-for": "1.2.3.4", "cf-connecting-ip": "1.2.3.4" };
    const init = { method: "POST", headers, body: JSON.stringify({ phone }) };
    return handler.fetch(new Request("http://handler/otp/send", init), server);
  };
  assert.equal((await send(undefined, "13812340240")).status, 503);
  assert.equal((await send({ remoteAddr: { hostname: "192.0.2.1" } }, "13812340241")).status, 202);
  assert.equal(
    (await send({ incoming: { socket: { remoteAddress: "::ffff:192.0.2.1" } } }, "13812340242")).status,
    202,
  );
  assert.equal((await send({ requestIP: () => ({ address: "192.0.2.1" }) }, "13812340243")).status, 202);
  assert.equal(typeof clientAddress, "function");
});

test("the handler reads an endless body up to the limit, and times out without a body", async (t) => {
  const post = (body) => {
    const init = { method: "POST", headers: { "content-type": "application/json" }, body, duplex: "half" };
    return createHandler(options()).fetch(new Request("http://handler/otp/send", init));
  };
  let pulled = 0;
  const endless = new ReadableStream({
    pull(controller) {
      pulled += 1;
      controller.enqueue(new Uint8Array(1024));
    },
  });
  assert.equal((await post(endless)).status, 413);
  assert.ok(pulled < 20, `${pulled} KiB were pulled`);
  t.mock.timers.enable({ apis: ["setTimeout", "Date"], now: Date.now() });
  const silent = post(new ReadableStream({ pull: () => new Promise(() => {}) }));
  // Waits until the handler has begun to wait for the clock.
  for (let turn = 0; turn < 20; turn += 1) await undefined;
  t.mock.timers.tick(10_000);
  assert.equal((await silent).status, 408);
});

test("a body must be UTF-8 and within the limit, with a right, a wrong or no Content-Length", async () => {
  const handler = createHandler(options());
  const send = async (body, contentLength) => {
    const headers = {
      "content-type": "application/json",
      ...(contentLength !== undefined && { "content-length": `${contentLength}` }),
    };
    const response = await handler.fetch(new Request("http://handler/otp/send", { method: "POST", headers, body }));
    return { status: response.status, detail: (await response.json()).detail };
  };
  const json = (/** @type {string} */ nonce) => new TextEncoder().encode(JSON.stringify({ phone: "1", nonce }));
  const broken = Uint8Array.of(...json("").slice(0, -2), 0xc3, ...json("").slice(-2));
  const [long, exact] = [json("信".repeat(2800)), json(`${"信".repeat(2722)}ab`)];
  assert.ok(long.length > 8192 && exact.length === 8192, `${exact.length}`);
  const detail = "the body is not UTF-8 (write U+FFFD as \\ufffd)";
  const withMark = Uint8Array.of(0xef, 0xbb, 0xbf, ...json("a"));
  for (const contentLength of [(body) => body.length, () => undefined, () => 10]) {
    assert.deepEqual(await send(broken, contentLength(broken)), { status: 400, detail });
    assert.deepEqual(await send(json("\uFFFD"), contentLength(broken)), { status: 400, detail });
    assert.equal((await send(long, contentLength(long))).status, 413);
    for (const whole of [exact, withMark]) {
      const read = await send(whole, contentLength(whole));
      assert.deepEqual(
        [read.status, /UTF-8|JSON/.test(read.detail)],
        [400, false],
        "read whole, and its phone is none",
      );
    }
  }
});

test("a request that outlasts its Idempotency-Key's claim sends nothing", async () => {
  let time = Date.now();
  let takes = 0;
  const country = async () => {
    time += takes;
    return "HK";
  };
  const handler = createHandler(options({ countries: ["CN", "HK"], country, now: () => time, store: memoryStore() }));
  const send = () =>
    posting(handler)("/otp/send", { phone: "+85251234567" }, { "idempotency-key": "a-request-that-waits" });
  takes = 130_000;
  const { status, body } = await send();
  assert.deepEqual([status, body.type], [503, "urn:xinshi:problem:unavailable"]);
  takes = 0;
  // The sandbox's vendor sends to no other country.
  assert.equal((await send()).body.type, "urn:xinshi:problem:not-sent", "tried anew, and not in progress");
});

test("a request to a silent vendor times out, and its text may have left", async (t) => {
  const requests = [];
  const silent = (url) => {
    requests.push(url);
    return new Promise(() => {});
  };
  const post = posting(createHandler(options({ fetch: silent })));
  t.mock.timers.enable({ apis: ["setTimeout", "Date"], now: Date.now() });
  const sending = post("/otp/send", { phone: "13812340291" });
  const turns = async () => {
    for (let turn = 0; turn < 50; turn += 1) await undefined;
  };
  while (requests.length === 0) await turns();
  t.mock.timers.tick(9_999);
  await turns();
  t.mock.timers.tick(1);
  assert.equal((await sending).status, 202);
  assert.equal((await post("/otp/send", { phone: "13812340291" })).status, 429);
});

test("a broken instance costs one response", async () => {
  const store = memoryStore();
  const post = posting(createHandler(options({ store })));
  assert.equal((await post("/otp/send", { phone: "13812340251" })).status, 202);
  const log = consoleErrors();
  new Uint8Array(initSync({}).memory.buffer).fill(0xff);
  const broken = await post("/otp/send", { phone: "13812340252" });
  log.restore();
  assert.equal(broken.status, 500);
  assert.equal(broken.body.type, "urn:xinshi:problem:internal");
  assert.equal((await post("/otp/send", { phone: "13812340252" })).status, 202);
  assert.equal((await post("/otp/send", { phone: "13812340251" })).status, 429, "the store remembers");
});

test("a function's options are read once, with any arguments that a server passes beside a request", async () => {
  let read = 0;
  const handler = createHandler(() => {
    read += 1;
    return options({ store: memoryStore(), clientAddress: undefined });
  });
  const send = (server) => {
    const init = { method: "POST", headers: { "content-type": "application/json" }, body: '{"phone":"13812340261"}' };
    return handler.fetch(new Request("http://handler/otp/send", init), server);
  };
  const statuses = [];
  for (let request = 0; request < 3; request += 1) {
    statuses.push((await send({ remoteAddr: { hostname: "192.0.2.1" } })).status);
  }
  assert.deepEqual([read, statuses], [1, [202, 429, 429]]);
});

test("the log holds no error message", async () => {
  const log = consoleErrors();
  const failing = { apply: async () => Promise.reject(new Error("redis://user:secret@host, 13812340271")) };
  const post = posting(createHandler(options({ store: failing })));
  assert.equal((await post("/otp/send", { phone: "13812340271" })).status, 503);
  log.restore();
  assert.match(log.lines.join(), /the store failed: Error/);
  assert.doesNotMatch(log.lines.join(), /secret|13812340271/);
});

test("a broken instance fails its open requests, and the next request succeeds", async () => {
  let release;
  const pending = new Promise((resolve) => {
    release = resolve;
  });
  const fetches = async (...args) => {
    await pending;
    return sandbox.fetch(...args);
  };
  const post = posting(createHandler(options({ fetch: fetches })));
  const log = consoleErrors();
  const underway = [1, 2, 3].map((index) => post("/otp/send", { phone: `1381234028${index}` }));
  await new Promise((resolve) => setTimeout(resolve, 20));
  new Uint8Array(initSync({}).memory.buffer).fill(0xff);
  const broken = await post("/otp/send", { phone: "13812340289" });
  release();
  const answers = await Promise.all(underway);
  log.restore();
  assert.equal(broken.status, 500);
  assert.deepEqual(
    answers.map(({ status }) => status),
    [503, 503, 503],
  );
  assert.equal((await post("/otp/send", { phone: "13812340289" })).status, 202);
  assert.equal((await post("/otp/send", { phone: "13812340281" })).status, 429, "over-counted, never under");
});

test("any text crosses the boundary unchanged, and a user's function may return any value", async () => {
  const countries = [null, 7, {}, "US\ud800"];
  const handler = createHandler(
    options({
      store: memoryStore(),
      countries: ["CN", "US"],
      country: () => countries.pop(),
      clientAddress: (request) => request.headers.get("x-from") ?? "\udfff",
    }),
  );
  const post = posting(handler);
  const log = consoleErrors();
  const [nowhere, ...rejected] = [
    await post("/otp/send", { phone: "13812340291" }),
    ...(await Promise.all(
      countries.map(() => post("/otp/send", { phone: "+12025550123" }, { "x-from": "192.0.2.9" })),
    )),
  ];
  log.restore();
  assert.equal(nowhere.body.type, "urn:xinshi:problem:no-address");
  assert.deepEqual(
    rejected.map(({ status }) => status),
    rejected.map(() => 403),
  );
  const unknown = await post("/otp/send", { phone: "13812340291", 号码: 1 }, { "x-from": "192.0.2.9" });
  assert.equal(unknown.status, 400);
  assert.equal(unknown.body.field, "号码");
  const long = await post("/otp/send", { phone: "13812340291", locale: "é".repeat(5000) }, { "x-from": "192.0.2.9" });
  assert.equal(long.status, 413);
  assert.equal((await post("/otp/send", { phone: "13812340291" }, { "x-from": "192.0.2.9" })).status, 202);
});

test("an error in a user's code affects no other request", async () => {
  const before = guard.instance;
  const log = consoleErrors();
  const body = { phone: "13812340301", filler: "x".repeat(6000) };
  for (const address of [{ address: "192.0.2.1" }, 7, Promise.resolve("192.0.2.1"), ["192.0.2.1"]]) {
    const post = posting(createHandler(options({ clientAddress: () => address, store: memoryStore() })));
    const { status, body: reply } = await post("/otp/send", body);
    assert.deepEqual([status, reply.type], [500, "urn:xinshi:problem:misconfigured"]);
  }
  const handler = createHandler(options({ store: memoryStore(), now: () => BigInt(Date.now()) }));
  for (const phone of [undefined, null, 13812340301]) {
    await assert.rejects(handler.optedOut([phone]), (error) => error.code === "invalid_argument");
  }
  assert.equal(
    (await posting(handler)("/otp/send", { phone: "13812340301" })).status,
    202,
    "a clock may count in bigints",
  );
  for (const answer of [new BigInt64Array(3), new DataView(new ArrayBuffer(3)), "text", 1, null]) {
    const post = posting(createHandler(options({ store: { apply: async () => answer } })));
    assert.equal((await post("/otp/send", { phone: "13812340302" })).status, 503);
  }
  log.restore();
  assert.equal(guard.instance, before);
});

test("without Durable Objects the class throws an error that says so", () => {
  assert.throws(
    () => new Ledger(),
    (error) => error instanceof SmsError && error.code === "unsupported",
  );
});
