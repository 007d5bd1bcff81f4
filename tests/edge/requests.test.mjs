// Requests as servers and middleware pass them, valid and invalid.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { test } from "node:test";
import { getRequestListener } from "@hono/node-server";
import express from "express";
import { Hono } from "hono";
import { parsePush } from "xinshi";
import { createHandler, hookPath } from "xinshi/edge";
import { createSandbox } from "xinshi/sandbox";

const ORIGIN = "https://app.example";
const HOOK_KEY = "h".repeat(32);
const SEND = JSON.stringify({ phone: "13812340401" });
const HEADERS = { "content-type": "application/json", origin: ORIGIN };

function handlerOf(more = {}) {
  const sandbox = createSandbox();
  return createHandler({
    vendors: { main: sandbox.config("smsadmin") },
    fetch: sandbox.fetch,
    pepper: "a pepper that is long enough to be one",
    proof: { key: "a key for proofs that is long enough", audience: "app" },
    brand: "信使",
    cors: [ORIGIN],
    hookKeys: [HOOK_KEY],
    clientAddress: () => "192.0.2.1",
    on: () => {},
    ...more,
  });
}

const sending = (more = {}) =>
  new Request("http://handler/otp/send", { method: "POST", headers: HEADERS, body: SEND, ...more });

/** Collects log lines until the test ends. */
function logged(t) {
  const lines = [];
  t.mock.method(console, "error", (line) => lines.push(line));
  return lines;
}

/** Fails if an answer takes a tenth of the time that a body may take. */
async function atOnce(work) {
  const startTime = performance.now();
  const response = await work;
  assert.ok(performance.now() - startTime < 1000, "at once");
  return response;
}

async function assertProblem(response, status, name, detail) {
  assert.equal(response.status, status);
  assert.equal(response.headers.get("content-type"), "application/problem+json");
  assert.equal(response.headers.get("access-control-allow-origin"), ORIGIN);
  assert.equal(response.headers.get("vary"), "origin");
  const problem = await response.json();
  assert.equal(problem.type, `urn:xinshi:problem:${name}`);
  assert.match(problem.detail, detail);
  return problem;
}

/** Listens on a port of its own until the test ends; returns the origin. */
async function listening(t, listener) {
  const server = createServer(listener);
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => server.close());
  return `http://127.0.0.1:${server.address().port}`;
}

const readers = {
  "was read as JSON": (request) => request.json(),
  "was read as a stream": async (request) => {
    for await (const _ of request.body);
  },
  "is being read": (request) => void request.body.getReader(),
};

for (const [how, read] of Object.entries(readers)) {
  for (const length of [String(SEND.length), undefined]) {
    test(`a body that ${how} gives an error at once${length ? "" : ", without a length"}`, async (t) => {
      const lines = logged(t);
      const headers = length ? { ...HEADERS, "content-length": length } : HEADERS;
      const request = sending({ headers });
      await read(request);
      const response = await atOnce(handlerOf().fetch(request));
      await assertProblem(response, 500, "unreadable-request", /the body was read before .* put the handler before it/);
      assert.match(lines.join(), /the body was read before/);
    });
  }
}

test("a push whose body was read gives an error on the client, too", async () => {
  const request = new Request("http://x/hook", { method: "POST", body: "Class=mo" });
  await request.text();
  await assert.rejects(parsePush("smsadmin", request), { code: "invalid_argument", message: /body parser/ });
  await assert.rejects(parsePush("smsadmin", { url: "/hook", body: { Class: "mo" } }), { message: /Express/ });
});

test("the handler answers Express's own request with an error at once", async (t) => {
  const lines = logged(t);
  const handler = handlerOf();
  const app = express().use(handler.fetch);
  const origin = await listening(t, app);
  const response = await atOnce(fetch(`${origin}/otp/send`, { method: "POST", headers: HEADERS, body: SEND }));
  assert.equal(response.status, 500);
  assert.match((await response.json()).detail, /toNode/);
  assert.match(lines.join(), /toNode/);
  const bare = await listening(t, handler.fetch);
  assert.equal((await atOnce(fetch(`${bare}/healthz`))).status, 500);
  // The server's response may be out of reach, so this calls Express's callback.
  const error = await new Promise((resolve) => handler.fetch({ url: "/", method: "GET", headers: {} }, {}, resolve));
  assert.match(error.message, /toNode/);
  const ofKoa = await handler.fetch({ request: {}, response: {} }, async () => {});
  assert.equal(ofKoa.status, 500);
  assert.equal((await handler.fetch(undefined)).status, 500);
});

test("in Express the handler works behind getRequestListener, and before a body parser", async (t) => {
  logged(t);
  const { fetch: answer } = handlerOf({ clientAddress: undefined });
  const right = express().use("/sms", getRequestListener(answer)).use(express.json());
  const origin = await listening(t, right);
  const post = (url) => atOnce(fetch(url, { method: "POST", headers: HEADERS, body: SEND }));
  assert.equal((await post(`${origin}/sms/otp/send`)).status, 202);
  const wrong = express().use(express.json()).use("/sms", getRequestListener(answer));
  const response = await post(`${await listening(t, wrong)}/sms/otp/send`);
  await assertProblem(response, 500, "unreadable-request", /the body was read before/);
});

test("the handler serves Hono's request, and the error for a Hono context says what to pass", async (t) => {
  logged(t);
  const handler = handlerOf({ basePath: "/codes" });
  const context = new Hono().all("/codes/*", (c) => handler.fetch(c));
  const response = await context.request("/codes/healthz");
  assert.match((await response.json()).detail, /c\.req\.raw/);
  const init = { method: "POST", headers: HEADERS, body: SEND };
  const read = new Hono()
    .use(async (c, next) => {
      await c.req.json();
      await next();
    })
    .all("/codes/*", (c) => handler.fetch(c.req.raw, c.env));
  await assertProblem(await atOnce(read.request("/codes/otp/send", init)), 500, "unreadable-request", /before/);
  const mounted = new Hono().mount("/codes", handler.fetch, { replaceRequest: false });
  assert.equal((await mounted.request("/codes/otp/send", init)).status, 202);
});

const wrongAddresses = {
  throws: () => {
    throw new TypeError("138 1234 0401 is nobody's business");
  },
  "is a promise": async () => "192.0.2.1",
  "is a promise that fails": async () => {
    throw new Error("unheard");
  },
  "is an object": () => ({ address: "192.0.2.1" }),
  "is a number": () => 3221225985,
};

for (const [how, clientAddress] of Object.entries(wrongAddresses)) {
  test(`the error for a clientAddress that ${how} names the option`, async (t) => {
    const lines = logged(t);
    const handler = handlerOf({ clientAddress });
    const problem = await assertProblem(await handler.fetch(sending()), 500, "misconfigured", /^clientAddress /);
    assert.equal(problem.field, "clientAddress");
    assert.match(lines.join(), /clientAddress/);
    assert.doesNotMatch(`${JSON.stringify(problem)}${lines}`, /a fault of its own|138 1234/);
    // A preflight works without the caller's address.
    const preflightHeaders = { origin: ORIGIN, "access-control-request-method": "POST" };
    const preflight = await handler.fetch(
      new Request("http://handler/otp/send", { method: "OPTIONS", headers: preflightHeaders }),
    );
    assert.equal(preflight.headers.get("access-control-allow-methods"), "POST");
    const push = new Request(`http://handler${hookPath(HOOK_KEY, "main")}`, { method: "POST", body: "Class=mo" });
    assert.equal((await handler.fetch(push)).status, 200);
    // By now, an unhandled rejection would have ended the process.
    await new Promise(setImmediate);
  });
}

test("a clientAddress that gives no address and a missing one have different errors", async (t) => {
  logged(t);
  for (const text of ["unknown", "203.0.113.7, 10.0.0.1", "localhost"]) {
    const response = await handlerOf({ clientAddress: () => text }).fetch(sending());
    await assertProblem(response, 503, "no-address", /clientAddress must return one/);
  }
  const missing = await handlerOf({ clientAddress: () => null }).fetch(sending());
  await assertProblem(missing, 503, "no-address", /does not know the caller's address/);
});

test("a relative URL is read as a whole one is", async () => {
  const handler = handlerOf();
  // As Bun passes a request without a host.
  const get = (url, method = "GET") => handler.fetch({ url, method, headers: new Headers(), body: null });
  assert.equal((await get("/healthz")).status, 200);
  assert.equal((await get("/healthz?x=http://y//z#/a")).status, 200);
  assert.equal((await get("/a/../healthz")).status, 200);
  assert.equal((await get("//healthz")).status, 404);
  assert.equal((await get("//evil.example/healthz")).status, 404);
  const description = await (await get("/openapi.json")).json();
  assert.ok(description.paths["/otp/send"]);
  const hook = hookPath(HOOK_KEY, "main");
  assert.equal((await get(`${hook}?Class=mo&Mobile=13812340401&Message=TD`)).status, 200);
  const push = await parsePush("smsadmin", {
    url: "/hook?Class=mo&Mobile=13812340401&Message=TD",
    body: null,
    arrayBuffer: async () => new ArrayBuffer(0),
  });
  assert.equal(push.replies[0].text, "TD");
});

test("an Idempotency-Key with quotes equals the one without", async () => {
  const handler = handlerOf();
  const key = "8e03978e-40d5-43dd-bc93-6894a57f9324";
  const send = (written) => handler.fetch(sending({ headers: { ...HEADERS, "idempotency-key": written } }));
  const first = await (await send(`"${key}"`)).json();
  for (const written of [key, `"${key}"`, ` "${key}" `]) {
    const again = await send(written);
    assert.equal(again.status, 202);
    assert.equal((await again.json()).challenge, first.challenge);
  }
  assert.equal((await send(`"${key}`)).status, 400);
});
