// better-auth's phone plugin by the example: a person signs in, and the handler's limits apply.
import assert from "node:assert/strict";
import { test } from "node:test";
import { betterAuth } from "better-auth";
import { memoryAdapter } from "better-auth/adapters/memory";
import { createHandler, memoryStore } from "xinshi/edge";
import { createSandbox } from "xinshi/sandbox";
import { phoneCodes } from "../../pkg-template/examples/better-auth/phone-codes.js";

const ORIGIN = "https://app.example";
const PHONE = "+8613812345678";

test("a person signs in by better-auth, and a code is valid once", async () => {
  const sandbox = createSandbox();
  const handler = createHandler({
    vendors: { main: sandbox.config("apiv1") },
    fetch: sandbox.fetch,
    store: memoryStore(),
    pepper: "a pepper that is long enough for a test",
    proof: { key: "a proof key that is long enough for a test", audience: "app" },
    brand: "信使",
    on: () => {},
  });
  const tables = { user: [], session: [], account: [], verification: [] };
  const auth = betterAuth({
    baseURL: ORIGIN,
    secret: "a secret of better-auth that is long enough for a test",
    database: memoryAdapter(tables),
    rateLimit: { enabled: false },
    telemetry: { enabled: false },
    plugins: [phoneCodes(handler, () => "192.0.2.1")],
  });
  const post = async (path, body) => {
    const headers = { "content-type": "application/json", origin: ORIGIN };
    const init = { method: "POST", headers, body: JSON.stringify(body) };
    const response = await auth.handler(new Request(`${ORIGIN}/api/auth/phone-number/${path}`, init));
    return [response.status, await response.json()];
  };
  assert.equal((await post("send-otp", { phoneNumber: PHONE }))[0], 200);
  const [rejectedStatus, problem] = await post("send-otp", { phoneNumber: PHONE });
  assert.deepEqual([rejectedStatus, problem.code], [429, "quota-exceeded"]);
  const inbox = await sandbox.fetch("http://sandbox/inbox", { headers: { accept: "application/json" } });
  const texts = await inbox.json();
  assert.equal(texts.length, 1);
  const code = texts[0].text.match(/\d{6}/)[0];
  const wrong = code === "000000" ? "111111" : "000000";
  assert.equal((await post("verify", { phoneNumber: PHONE, code: wrong }))[0], 400);
  const [status, session] = await post("verify", { phoneNumber: PHONE, code });
  assert.deepEqual([status, session.user.phoneNumber], [200, PHONE]);
  assert.ok(session.token.length > 10);
  assert.equal((await post("verify", { phoneNumber: PHONE, code }))[0], 400);
  assert.deepEqual([tables.user.length, tables.user[0].phoneNumberVerified], [1, true]);
});
