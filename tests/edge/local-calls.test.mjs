// The handler's calls for a server's own code: the same limits, results and errors as its routes.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createHandler, memoryStore, SmsError, verifyProof } from "xinshi/edge";
import { createSandbox } from "xinshi/sandbox";

const KEY = "a proof key that is long enough for a test";
const TOKEN = "the-token-of-a-back-end";
const PHONE = "138 1234 5678";
const ADDRESS = "192.0.2.1";

function world(more = {}) {
  const sandbox = createSandbox();
  const handler = createHandler({
    vendors: { main: sandbox.config("apiv1") },
    fetch: sandbox.fetch,
    store: memoryStore(),
    pepper: "a pepper that is long enough for a test",
    proof: { key: KEY, audience: "app" },
    brand: "信使",
    apiTokens: [TOKEN, { token: "the-token-of-another", scopes: ["opt-outs:check"] }],
    on: () => {},
    ...more,
  });
  const code = async () => {
    const [{ text }] = (
      await (await sandbox.fetch("http://sandbox/inbox", { headers: { accept: "application/json" } })).json()
    ).slice(-1);
    return text.match(/\d{6}/)[0];
  };
  return { handler, code };
}

test("a code is sent, verified and proved without a request", async () => {
  const { handler, code } = world();
  const sent = await handler.send({ phone: PHONE, purpose: "login", address: ADDRESS });
  assert.equal(sent.ok, true);
  assert.deepEqual([sent.expiresIn, sent.resendIn, sent.challenge.length], [300, 60, 36]);
  const { challenge } = sent;
  const before = await handler.status({ challenge, address: ADDRESS });
  assert.deepEqual(before, { ok: true, status: "open", expiresIn: before.expiresIn, delivery: "accepted" });
  const right = await code();
  const wrong = await handler.verify({ challenge, code: right === "000000" ? "111111" : "000000", address: ADDRESS });
  assert.deepEqual([wrong.ok, wrong.error, wrong.status], [false, "not-verified", 422]);
  assert.equal(wrong.problem.type, "urn:xinshi:problem:not-verified");
  const verified = await handler.verify({ challenge, code: right, address: ADDRESS });
  assert.equal(verified.verified, true);
  const claims = await verifyProof(verified.proof, { key: KEY, audience: "app" });
  assert.deepEqual(claims, { phone: "+8613812345678", purpose: "login" });
  assert.equal((await handler.status({ challenge, token: TOKEN })).status, "verified");
});

test("calls and requests share the limits", async () => {
  const { handler } = world({ clientAddress: () => ADDRESS });
  const body = JSON.stringify({ phone: PHONE });
  const headers = { "content-type": "application/json" };
  const init = { method: "POST", headers, body };
  assert.equal((await handler.fetch(new Request("https://edge.example/otp/send", init))).status, 202);
  const rejected = await handler.send({ phone: PHONE, address: ADDRESS });
  assert.deepEqual([rejected.ok, rejected.error, rejected.status], [false, "quota-exceeded", 429]);
  assert.ok(rejected.retryAfter > 0 && rejected.retryAfter <= 60);
  const response = await handler.fetch(new Request("https://edge.example/otp/send", init));
  assert.deepEqual(await response.json(), rejected.problem);
});

test("a repeated call under one key sends one text", async () => {
  const { handler } = world();
  const call = () => handler.send({ phone: PHONE, token: TOKEN, idempotencyKey: "k".repeat(16) });
  assert.deepEqual(await call(), await call());
  const other = await handler.send({ phone: "139 1234 5678", token: TOKEN, idempotencyKey: "k".repeat(16) });
  assert.equal(other.error, "idempotency-key-reused");
});

test("an unknown token, a token without the scope and a malformed member are results", async () => {
  const { handler } = world();
  assert.equal((await handler.send({ phone: PHONE, token: "nobodys" })).error, "unauthorized");
  assert.equal((await handler.send({ phone: PHONE, token: "the-token-of-another" })).error, "insufficient-scope");
  const misspelt = await handler.send({ phone: PHONE, purpos: "login", address: ADDRESS });
  assert.deepEqual([misspelt.error, misspelt.problem.field], ["malformed-request", "purpos"]);
  for (const challenge of ["../../admin/stats", "x", "信"]) {
    assert.equal((await handler.status({ challenge, address: ADDRESS })).error, "unknown-challenge");
  }
});

test("a wrong call throws, and names the member", async () => {
  const { handler } = world();
  for (const [call, field] of [
    [undefined, "the argument"],
    ["13812345678", "the argument"],
    [{ phone: PHONE }, "address"],
    [{ phone: PHONE, address: ADDRESS, token: TOKEN }, "address"],
    [{ phone: PHONE, address: 7 }, "address"],
    [{ phone: "\ud800", address: ADDRESS }, "phone"],
  ]) {
    await assert.rejects(handler.send(call), (error) => {
      assert.ok(error instanceof SmsError, String(error));
      assert.deepEqual([error.code, error.field], ["invalid_argument", field]);
      return true;
    });
  }
  await assert.rejects(handler.status({ address: ADDRESS }), { code: "invalid_argument", field: "challenge" });
});
