// xinshi/otp with answers that are not the handler's, with aborted calls, and with a changed clock. In pages:
// tests/browser.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createOtp, OtpError } from "xinshi/otp";

const SENT = { challenge: "c1", expiresIn: 300, resendIn: 60 };
const URN = "urn:xinshi:problem:";

/** A storage that exposes its content. */
function storage(values = {}) {
  return { values, getItem: (key) => values[key] ?? null, setItem: (key, value) => (values[key] = value) };
}

/** The error of a call: always an `OtpError` whose message is for people. */
async function rejection(call) {
  const error = await call.then(
    (value) => assert.fail(`it resolved to ${JSON.stringify(value)}`),
    (error) => error,
  );
  assert.ok(error instanceof OtpError, String(error));
  assert.match(error.type, /^[a-z][a-z-]+$/);
  assert.match(error.message, /^[A-Z].+ .+$/s, "a sentence");
  assert.doesNotMatch(`${error.type} ${error.message}`, /undefined|null|<|\[object|JSON|token/i);
  return error;
}

const page = (status) => () => new Response("<html><body>502</body></html>", { status, headers: { "x-a": "b" } });
const body = (value, status = 200, headers = {}) => {
  return () => new Response(typeof value === "string" ? value : JSON.stringify(value), { status, headers });
};
/** Answers that are not the handler's, and the errors for them. */
const foreignReplies = {
  "a page": [page(200), "bad-reply", 200],
  "a page of a proxy": [page(502), "bad-reply", 502],
  "a page of a limiter": [body("<html>", 429, { "retry-after": "30" }), "bad-reply", 429],
  nothing: [() => new Response(null, { status: 204 }), "bad-reply", 204],
  null: [body("null"), "bad-reply", 200],
  "null as an error": [body("null", 500), "bad-reply", 500],
  "a list": [body([]), "bad-reply", 200],
  "a text": [body('"ok"', 400), "bad-reply", 400],
  "an object of somebody else's": [body({ ok: true }), "bad-reply", 200],
  "an answer cut short": [body('{"challenge":"c1","expi'), "bad-reply", 200],
  "values of other kinds": [
    body({ challenge: 1, expiresIn: "300", resendIn: null, proof: {}, device: 5 }),
    "bad-reply",
    200,
  ],
  "times without end": [body('{"challenge":"c","expiresIn":1e999,"resendIn":-1}'), "bad-reply", 200],
  "a problem without a type": [body({ title: "x", status: 500 }, 500), "bad-reply", 500],
  "a problem of no type": [body({ type: "about:blank", title: "Bad Gateway" }, 502), "bad-reply", 502],
  "a gateway's problem": [
    body({ type: "https://gateway.example/errors/rate-limit", title: "<b>Blocked</b> by undefined" }, 429, {
      "retry-after": "30",
    }),
    "bad-reply",
    429,
  ],
  "a problem of another urn": [body({ type: "urn:other:problem:not-verified", title: "null" }, 422), "bad-reply", 422],
  "a problem of another kind": [body({ type: { a: 1 }, detail: [], field: 3 }, 422), "bad-reply", 422],
  "a problem without words": [body({ type: `${URN}not-verified`, field: {} }, 422), "not-verified", 422],
  "no network": [() => Promise.reject(new TypeError("Failed to fetch")), "network", 0],
  "a fetch that throws": [
    () => {
      throw new Error("no such thing");
    },
    "network",
    0,
  ],
  "a fetch that gives nothing": [() => undefined, "network", 0],
  "a connection that is cut": [
    () => new Response(new ReadableStream({ start: (controller) => controller.error(new TypeError("cut")) })),
    "network",
    0,
  ],
};

for (const [name, [answer, type, status]] of Object.entries(foreignReplies)) {
  test(`a reply that is not the handler's is an error, and changes nothing: ${name}`, async () => {
    const stored = storage({ "xinshi-device:+8613812345678": "d0" });
    const bodies = [];
    let answering = body(SENT, 202);
    const fetch = (_url, init) => {
      bodies.push(JSON.parse(init.body));
      return answering();
    };
    const otp = createOtp({ fetch: async (...args) => fetch(...args), storage: stored });
    await otp.send("13812345678");
    answering = answer;
    for (const call of [
      otp.send("13812345678"),
      otp.verify("123456"),
      createOtp({ fetch, storage: stored }).send("1"),
    ]) {
      const error = await rejection(call);
      assert.deepEqual([error.type, error.status, error.field, error.name], [type, status, undefined, "OtpError"]);
      assert.equal(error.retryAfter, status === 429 ? 30 : undefined);
    }
    assert.deepEqual(stored.values, { "xinshi-device:+8613812345678": "d0" }, "the device is still known");
    answering = body({ proof: "a.b.c", device: "d1" });
    assert.deepEqual(await otp.verify(" 123456 "), { proof: "a.b.c" });
    assert.deepEqual(bodies.at(-1), { challenge: "c1", code: "123456" }, "the code that was asked for is still open");
    assert.equal(stored.values["xinshi-device:+8613812345678"], "d1");
  });
}

test("a proof without a device keeps the known device", async () => {
  const stored = storage({ "xinshi-device:+8613812345678": "d0" });
  const answers = [body(SENT, 202)(), body({ proof: "a.b.c" })()];
  const otp = createOtp({ fetch: async () => answers.shift(), storage: stored });
  await otp.send("13812345678");
  assert.deepEqual(await otp.verify("123456"), { proof: "a.b.c" });
  assert.deepEqual(stored.values, { "xinshi-device:+8613812345678": "d0" });
});

test("the helper passes the handler's message on", async () => {
  const type = "https://iana.org/assignments/http-problem-types#quota-exceeded";
  const problem = { type, title: "Request cannot be satisfied as assigned quota has been exceeded", status: 429 };
  const fetch = async () => body(problem, 429, { "retry-after": "17" })();
  const otp = createOtp({ fetch, storage: null });
  const error = await rejection(otp.send("13812345678"));
  assert.deepEqual([error.type, error.status, error.retryAfter], ["quota-exceeded", 429, 17]);
  assert.equal(error.message, problem.title);
  const detailed = body({
    ...problem,
    type: `${URN}malformed-request`,
    detail: "The phone is no number",
    field: "phone",
  });
  const wrong = await rejection(createOtp({ fetch: async () => detailed(), storage: null }).send("1"));
  assert.equal(wrong.type, "bad-reply", "a problem under a status that is none");
});

test("the helper's own sentences are in the page's language", async (t) => {
  t.after(() => delete globalThis.document);
  for (const [lang, pattern] of [
    ["zh-CN", /^\p{Script=Han}[\p{Script=Han}，]+$/u],
    ["zh", /^\p{Script=Han}/u],
    ["en", /^[A-Z][ -~]+$/],
    ["", /^[A-Z][ -~]+$/],
  ]) {
    globalThis.document = { documentElement: { lang } };
    const answers = { page: page(502), network: () => Promise.reject(new TypeError("x")) };
    for (const answer of Object.values(answers)) {
      const error = await createOtp({ fetch: async () => answer(), storage: null })
        .send("1")
        .catch((error) => error);
      assert.match(error.message, pattern);
    }
    assert.match(
      (
        await createOtp({ storage: null })
          .verify("1")
          .catch((error) => error)
      ).message,
      pattern,
    );
  }
});

test("a captcha that is closed or fails gives one kind of error", async () => {
  const problem = { type: `${URN}captcha-required`, title: "A solved captcha is needed", status: 403 };
  for (const captcha of [
    () => Promise.reject(new Error("closed")),
    () => {
      throw new Error("not loaded");
    },
    async () => undefined,
    async () => "",
  ]) {
    let requests = 0;
    const fetch = async () => {
      requests += 1;
      return body(problem, 403)();
    };
    const error = await rejection(createOtp({ fetch, captcha, storage: null }).send("13812345678"));
    assert.deepEqual([error.type, requests], ["captcha-failed", 1]);
  }
});

const reasons = { none: undefined, "an error": new Error("left"), "a text": "left", null: null, "an object": { a: 1 } };

for (const [name, reason] of Object.entries(reasons)) {
  test(`an abort gives one kind of error for any reason: ${name}`, async () => {
    const waits = (_url, { signal }) =>
      new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    // A fetch that ignores the signal, as a page's own handler does.
    const ignoresSignal = () => new Promise(() => {});
    const cutting = async (_url, { signal }) =>
      new Response(
        new ReadableStream({ start: (c) => signal.addEventListener("abort", () => c.error(signal.reason)) }),
      );
    for (const fetch of [waits, ignoresSignal, cutting]) {
      const controller = new AbortController();
      const call = createOtp({ fetch, storage: null }).send("13812345678", { signal: controller.signal });
      setImmediate(() => controller.abort(reason));
      const error = await rejection(call);
      assert.deepEqual([error.type, error.name, error.status], ["aborted", "AbortError", 0]);
      assert.equal(error.cause, controller.signal.reason);
      // A call that was aborted before it began makes no request.
      let requests = 0;
      const counted = createOtp({ fetch: async () => (requests += 1), storage: null });
      assert.equal((await rejection(counted.send("1", { signal: controller.signal }))).type, "aborted");
      assert.equal(requests, 0);
    }
  });
}

test("an abort while a captcha is shown ends the call, and a verification that is aborted leaves the code open", async () => {
  const problem = body({ type: `${URN}captcha-required`, title: "A solved captcha is needed", status: 403 }, 403);
  const controller = new AbortController();
  const captcha = () => {
    setImmediate(() => controller.abort());
    return new Promise(() => {});
  };
  const shown = createOtp({ fetch: async () => problem(), captcha, storage: null });
  assert.equal((await rejection(shown.send("13812345678", { signal: controller.signal }))).type, "aborted");

  let answering = body(SENT, 202);
  const otp = createOtp({ fetch: async () => answering(), storage: null });
  await otp.send("13812345678");
  answering = () => new Promise(() => {});
  const verifying = new AbortController();
  setImmediate(() => verifying.abort());
  assert.equal((await rejection(otp.verify("123456", { signal: verifying.signal }))).type, "aborted");
  assert.equal((await rejection(otp.verify("1", { signal: AbortSignal.abort() }))).type, "aborted");
  answering = body({ proof: "a.b.c", device: "d" });
  assert.deepEqual(await otp.verify("123456"), { proof: "a.b.c" });
});

for (const [name, moved] of Object.entries({ back: -3_600_000, forward: 3_600_000 })) {
  test(`a clock that is set ${name} moves neither the countdown nor the end of a code`, async (t) => {
    let passed = 5000;
    let clock = Date.now();
    t.mock.timers.enable({ apis: ["setTimeout"] });
    t.mock.method(performance, "now", () => passed);
    t.mock.method(Date, "now", () => clock + passed);
    const tick = (milliseconds) => {
      passed += milliseconds;
      t.mock.timers.tick(milliseconds);
    };
    const bodies = [];
    const fetch = async (_url, { body: sent }) => {
      bodies.push(JSON.parse(sent));
      return body({ ...SENT, resendIn: 4 }, 202)();
    };
    const otp = createOtp({ fetch, storage: null });
    await otp.send("13812345678");
    const states = [];
    otp.countdown((seconds) => states.push(seconds));
    tick(1000);
    clock += moved;
    for (let second = 0; second < 5; second += 1) tick(1000);
    assert.deepEqual(states, [4, 3, 2, 1, 0]);
    await otp.send("13812345678");
    assert.equal(bodies[1].challenge, "c1", "the code is still good");
    tick(301_000);
    await otp.send("13812345678");
    assert.equal("challenge" in bodies[2], false, "the code is over");
  });
}
