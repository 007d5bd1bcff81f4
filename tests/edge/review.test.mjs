// Numbers for an app store's review, from the process's variables and from a worker's bindings.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createHandler, SmsError, verifyProof } from "xinshi/edge";
import { createSandbox } from "xinshi/sandbox";

const VARIABLE = "XINSHI_REVIEW_NUMBERS";
const REVIEWED = "13800001111";
const CODE = "493817";
const KEY = "a key for proofs that is long enough";
/** A day of Beijing's, so many days from today. */
const day = (from) => new Date(Date.now() + (8 + 24 * from) * 3_600_000).toISOString().slice(0, 10);
const numbers = (until = day(10), code = CODE) => JSON.stringify({ [REVIEWED]: { code, until } });

function world(more = {}) {
  const sandbox = createSandbox();
  const requests = [];
  const events = [];
  const options = {
    vendors: { main: sandbox.config("smsadmin") },
    fetch: (url, init) => {
      requests.push(url);
      return sandbox.fetch(url, init);
    },
    pepper: "a pepper that is long enough to be one",
    proof: { key: KEY, audience: "app" },
    brand: "信使",
    wait: async () => {},
    clientAddress: () => "192.0.2.1",
    on: (event) => events.push(event),
    ...more,
  };
  return { options, requests, events };
}

/** Runs with the process's variable set. */
async function withVariable(value, run) {
  process.env[VARIABLE] = value;
  try {
    return await run();
  } finally {
    delete process.env[VARIABLE];
  }
}

const shown = (value) =>
  JSON.stringify(value, (_, inner) => (inner instanceof Error ? { ...inner, m: inner.message } : inner));

test("a process's variable has review numbers, whose proofs say so", () =>
  withVariable(numbers(), async () => {
    const { options, requests, events } = world();
    const handler = createHandler(options);
    const caller = { address: "192.0.2.1" };
    const sent = await handler.send({ phone: REVIEWED, ...caller });
    assert.equal(sent.ok, true);
    assert.deepEqual(requests, [], "no vendor is asked");
    const verified = await handler.verify({ challenge: sent.challenge, code: CODE, ...caller });
    assert.equal(verified.ok, true);
    const review = await verifyProof(verified.proof, { key: KEY, audience: "app" });
    assert.deepEqual(review, { phone: "+8613800001111", purpose: "login", review: true });
    const uses = events.filter(({ type }) => type !== "warning");
    assert.deepEqual(uses, [
      { type: "send", phone: "138****1111", purpose: "login", status: "review" },
      { type: "verify", phone: "138****1111", status: "verified", review: true },
    ]);
    const warned = events.filter(({ type, message }) => type === "warning" && message.startsWith(VARIABLE));
    assert.match(
      warned[0].message,
      /138\*\*\*\*1111 has a fixed code, and gets no text, until \d{4}-\d\d-\d\dT16:00:00Z$/,
    );
    assert.ok(!shown(events).includes(CODE) && !shown(events).includes(REVIEWED));

    const other = await handler.send({ phone: "13812345678", ...caller });
    assert.equal(other.ok, true);
    assert.equal(requests.length, 1);
  }));

test("a worker's secret has them, and other bindings of the same options have none", async () => {
  const { options, requests } = world();
  const handler = createHandler(options);
  const send = (env) => {
    const body = JSON.stringify({ phone: REVIEWED });
    const headers = { "content-type": "application/json" };
    return handler.fetch(new Request("http://localhost/otp/send", { method: "POST", headers, body }), env);
  };
  assert.equal((await send({ [VARIABLE]: numbers() })).status, 202);
  assert.equal(requests.length, 0);
  const without = createHandler(options);
  const body = JSON.stringify({ phone: REVIEWED });
  const request = new Request("http://localhost/otp/send", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body,
  });
  assert.equal((await without.fetch(request, {})).status, 202);
  assert.equal(requests.length, 1, "a text, without the secret");
});

test("a wrong secret is rejected at the start, by its path and without its code", async () => {
  for (const [value, field] of [
    ["{", VARIABLE],
    [`{"${REVIEWED}":{"code":"${CODE}"`, VARIABLE],
    [`${REVIEWED} ${CODE} ${day(10)}`, "reviewNumbers"],
    [numbers(day(32)), "reviewNumbers.138****1111.until"],
    [numbers("tomorrow"), "reviewNumbers.138****1111.until"],
    [numbers(day(10), "49381"), "reviewNumbers.138****1111.code"],
    [numbers(day(10), "123456"), "reviewNumbers.138****1111.code"],
    [JSON.stringify({ 1234: { code: CODE, until: day(10) } }), "reviewNumbers"],
  ]) {
    await withVariable(value, () =>
      assert.throws(
        () => createHandler(world().options),
        (error) => {
          assert.ok(error instanceof SmsError);
          assert.deepEqual([error.code, error.field], ["invalid_argument", field], value);
          const text = `${error.message} ${shown(error)} ${error.stack}`;
          assert.ok(!text.includes(CODE) && !text.includes(REVIEWED), text);
          return true;
        },
      ),
    );
  }
});

test("an end that has passed is no reason not to start", () =>
  withVariable(numbers(day(-1)), async () => {
    const { options, requests, events } = world();
    const handler = createHandler(options);
    assert.ok(events.some(({ message }) => /the review of 138\*\*\*\*1111 is over/.test(message ?? "")));
    assert.equal((await handler.send({ phone: REVIEWED, address: "192.0.2.1" })).ok, true);
    assert.equal(requests.length, 1, "an ordinary number");
  }));

test("neither the code's options nor XINSHI may have them", async () => {
  const given = JSON.parse(numbers());
  assert.throws(() => createHandler({ ...world().options, reviewNumbers: given }), { field: "reviewNumbers" });
  const handler = createHandler(world().options);
  const errors = [];
  const { error } = console;
  console.error = (line) => errors.push(line);
  try {
    const env = { XINSHI: JSON.stringify({ reviewNumbers: given }) };
    assert.equal((await handler.fetch(new Request("http://localhost/healthz"), env)).status, 500);
  } finally {
    console.error = error;
  }
  assert.match(errors.join("\n"), /reviewNumbers come from the secret binding XINSHI_REVIEW_NUMBERS alone/);
  assert.ok(!errors.join("\n").includes(CODE));
});
