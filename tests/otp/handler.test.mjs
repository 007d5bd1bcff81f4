// xinshi/otp with the real handler: a person solves one captcha for each text, and the helper forgets an ended
// challenge.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createHandler } from "xinshi/edge";
import { createOtp } from "xinshi/otp";
import { createSandbox } from "xinshi/sandbox";

const PHONE = "13812345678";

/** A page's helper, a handler that always requires a captcha, and a record of their requests. */
function site({ withCallback = true } = {}) {
  const sandbox = createSandbox();
  let passed = 0;
  const solved = [];
  const spent = [];
  const requests = [];
  const handler = createHandler({
    vendors: { main: sandbox.config("smsadmin") },
    fetch: sandbox.fetch,
    now: () => Date.now() + passed,
    pepper: "a pepper that is long enough to be one",
    proof: { key: "a key for proofs that is long enough", audience: "app" },
    brand: "信使",
    captcha: {
      when: "always",
      verify: async (token) => {
        const isNew = solved.includes(token) && !spent.includes(token);
        spent.push(token);
        return isNew;
      },
    },
    clientAddress: () => "192.0.2.1",
    on: () => {},
  });
  const solve = async () => {
    solved.push(`token ${solved.length}`);
    return solved.at(-1);
  };
  const fetch = async (url, init = {}) => {
    requests.push([url, init.body && JSON.parse(init.body)]);
    return handler.fetch(new Request(`http://handler${url}`, init));
  };
  const otp = () => createOtp({ base: "", fetch, storage: null, ...(withCallback && { captcha: solve }) });
  const code = async () => {
    const response = await sandbox.fetch("http://sandbox/inbox", { headers: { accept: "application/json" } });
    return (await response.json()).at(-1).text.match(/\d{6}/)[0];
  };
  const pass = (seconds) => (passed += seconds * 1000);
  const reject = () =>
    sandbox.fetch("http://sandbox/faults", {
      method: "POST",
      body: JSON.stringify({ vendor: "smsadmin", fault: "reject" }),
    });
  return { otp, code, pass, solve, solved, spent, requests, reject, fetch };
}

for (const end of ["five wrong guesses", "a verification in another tab"]) {
  test(`after ${end}, one captcha gives one text`, async () => {
    const { otp, code, pass, solved, spent, requests, fetch: there } = site();
    const here = otp();
    const first = await here.send(PHONE);
    const right = await code();
    if (end === "five wrong guesses") {
      const wrong = right === "000000" ? "000001" : "000000";
      for (let guess = 0; guess < 5; guess += 1) await assert.rejects(here.verify(wrong), { type: "not-verified" });
    } else {
      const init = { method: "POST", headers: { "content-type": "application/json" } };
      await there("/otp/verify", { ...init, body: JSON.stringify({ challenge: first.challenge, code: right }) });
    }
    pass(60);
    const before = solved.length;
    const again = await here.send(PHONE);
    assert.notEqual(again.challenge, first.challenge);
    assert.deepEqual([solved.length - before, spent.length], [1, solved.length], "each that was solved sent a text");
    const tokens = requests.map(([, body]) => body?.captcha).filter(Boolean);
    assert.equal(new Set(tokens).size, tokens.length, "no token went along twice");
  });
}

test("the helper spends no captcha token of the page on a finished challenge", async () => {
  const { otp, code, pass, solve, spent } = site({ withCallback: false });
  const own = otp();
  const first = await own.send(PHONE, { captcha: await solve() });
  const wrong = (await code()) === "000000" ? "000001" : "000000";
  for (let guess = 0; guess < 5; guess += 1) await assert.rejects(own.verify(wrong), { type: "not-verified" });
  pass(60);
  const again = await own.send(PHONE, { captcha: await solve() });
  assert.notEqual(again.challenge, first.challenge);
  assert.equal(spent.length, 2);
});

test("after a failed request the helper asks for another captcha, and sends none twice", async () => {
  const { otp, pass, solved, requests, reject } = site();
  const own = otp();
  await reject();
  await assert.rejects(own.send(PHONE), { type: "not-sent" });
  await own.send(PHONE);
  assert.equal(solved.length, 2);
  await assert.rejects(own.send(PHONE), { type: "quota-exceeded" });
  assert.equal(solved.length, 2, "nobody solves one for nothing");
  pass(60);
  await own.send(PHONE);
  const tokens = requests.map(([, body]) => body?.captcha).filter(Boolean);
  assert.equal(new Set(tokens).size, tokens.length);
});

test("the helper forgets a finished challenge, also if the next request fails", async () => {
  const answers = [
    [202, { challenge: "one", expiresIn: 300, resendIn: 0 }],
    [422, { type: "urn:xinshi:problem:challenge-closed" }],
    [503, { type: "urn:xinshi:problem:not-sent" }],
    [202, { challenge: "two", expiresIn: 300, resendIn: 0 }],
  ];
  const bodies = [];
  const fetch = async (_, init) => {
    bodies.push(JSON.parse(init.body));
    const [status, body] = answers.shift();
    return Response.json(body, { status });
  };
  const own = createOtp({ fetch, storage: null });
  await own.send(PHONE);
  await assert.rejects(own.send(PHONE), { type: "not-sent" });
  assert.equal((await own.send(PHONE)).challenge, "two");
  assert.deepEqual(
    bodies.map(({ challenge }) => challenge),
    [undefined, "one", undefined, undefined],
  );
});

test("an unsolved captcha ends the request, and the helper asks once", async () => {
  let requests = 0;
  const captcha = async () => {
    requests += 1;
    return "";
  };
  const fetch = async () => Response.json({ type: "urn:xinshi:problem:captcha-required" }, { status: 403 });
  await assert.rejects(createOtp({ fetch, captcha, storage: null }).send(PHONE), { type: "captcha-failed" });
  assert.equal(requests, 1);
});

test("a token that a provider's script gives as an object goes along as JSON", async () => {
  const bodies = [];
  const fetch = async (_, init) => {
    bodies.push(JSON.parse(init.body));
    const wants = bodies.length === 1;
    return wants
      ? Response.json({ type: "urn:xinshi:problem:captcha-required" }, { status: 403 })
      : Response.json({ challenge: "one", expiresIn: 300, resendIn: 0 }, { status: 202 });
  };
  const solved = { ticket: "t", randstr: "@r" };
  await createOtp({ fetch, captcha: async () => solved, storage: null }).send(PHONE);
  await createOtp({ fetch, storage: null }).send(PHONE, { captcha: solved });
  assert.deepEqual(
    bodies.map(({ captcha }) => captcha),
    [undefined, JSON.stringify(solved), JSON.stringify(solved)],
  );
  const circular = {};
  circular.itself = circular;
  await assert.rejects(createOtp({ fetch, storage: null }).send(PHONE, { captcha: circular }), {
    type: "captcha-failed",
  });
});

/** A worker that finds the answer, or fails. */
function worker(answers, message) {
  const listeners = {};
  const ended = { count: 0 };
  const start = () => ({
    addEventListener: (type, listener) => (listeners[type] = listener),
    postMessage: (challenge) => {
      answers.push(challenge);
      queueMicrotask(() => listeners.message({ data: message }));
    },
    terminate: () => (ended.count += 1),
  });
  return { start, ended };
}

/** Answers a request for a code with each of these in turn, and keeps the captchas that went along. */
function answering(...answers) {
  const captchas = [];
  const fetch = async (_, init) => {
    captchas.push(JSON.parse(init.body).captcha);
    const answer = answers.shift();
    return answer === "sent"
      ? Response.json({ challenge: "one", expiresIn: 300, resendIn: 0 }, { status: 202 })
      : Response.json(answer, { status: 403 });
  };
  return { fetch, captchas };
}

const WORK = {
  type: "urn:xinshi:problem:captcha-required",
  proofOfWork: { challenge: "pow.c", tries: 256, expiresIn: 120 },
};
const WANTED = { type: "urn:xinshi:problem:captcha-required" };

test("work is done where the handler takes it, and no captcha is asked for then", async () => {
  const { fetch, captchas } = answering(WORK, "sent");
  const requests = [];
  const { start, ended } = worker(requests, { answer: "a" });
  const captcha = () => assert.fail("a captcha was asked for");
  await createOtp({ fetch, captcha, proofOfWork: { worker: start }, storage: null }).send(PHONE);
  assert.deepEqual([captchas, requests, ended.count], [[undefined, "pow.c.a"], ["pow.c"], 1]);
});

test("where work fails, or opens too little, a captcha is asked for, once", async () => {
  const failing = worker([], { failed: "broken" });
  const working = worker([], { answer: "a" });
  for (const [start, answers, expected] of [
    [failing.start, [WORK, "sent"], [undefined, "token"]],
    [working.start, [WORK, WANTED, "sent"], [undefined, "pow.c.a", "token"]],
    // Nobody works again and again.
    [working.start, [WORK, WORK, "sent"], [undefined, "pow.c.a", "token"]],
    [undefined, [WANTED, "sent"], [undefined, "token"]],
  ]) {
    const { fetch, captchas } = answering(...answers);
    const proofOfWork = start && { worker: start };
    await createOtp({ fetch, captcha: async () => "token", proofOfWork, storage: null }).send(PHONE);
    assert.deepEqual(captchas, expected);
  }
  const { fetch, captchas } = answering(WORK, WORK);
  const error = await createOtp({ fetch, proofOfWork: { worker: working.start }, storage: null })
    .send(PHONE)
    .catch((error) => error);
  assert.deepEqual([error.type, error.proofOfWork.tries, captchas.length], ["captcha-required", 256, 2]);
  const rejecting = answering(WORK);
  await assert.rejects(createOtp({ fetch: rejecting.fetch, proofOfWork: false, storage: null }).send(PHONE), {
    type: "captcha-required",
  });
});
