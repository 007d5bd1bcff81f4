// Captchas of the mainland, each against a server written from its provider's documents, which checks every signature.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createHandler } from "xinshi/edge";
import { createSandbox } from "xinshi/sandbox";
import { startAliyun } from "./aliyun.mjs";
import { startGeeTest } from "./geetest.mjs";
import { startTencent } from "./tencent.mjs";

const sandbox = createSandbox();

/** Sends codes under a captcha; each answer as its status and the kind of its problem. */
function sending(captcha, { env, events = [], more } = {}) {
  const { fetch: ofSandbox } = sandbox;
  const handler = createHandler({
    vendors: { main: sandbox.config("smsadmin") },
    fetch: (url, init) => (url.startsWith("http://127.0.0.1:") ? fetch(url, init) : ofSandbox(url, init)),
    pepper: "a pepper that is long enough to be one",
    proof: { key: "a key for proofs that is long enough", audience: "app" },
    brand: "信使",
    clientAddress: () => "192.0.2.1",
    captcha,
    on: (event) => events.push(event),
    ...more,
  });
  return async (phone, token, headers = {}, fields = {}) => {
    const response = await handler.fetch(
      new Request("http://handler/otp/send", {
        method: "POST",
        headers: { "content-type": "application/json", ...headers },
        body: JSON.stringify({ phone, captcha: token, ...fields }),
      }),
      env,
    );
    const body = await response.json();
    return response.ok ? `${response.status}` : `${response.status} ${body.type.split(":").at(-1)}`;
  };
}

const BROKEN = ["down", "garbled", "cut"];

for (const [name, start] of Object.entries({ aliyun: startAliyun, tencent: startTencent, geetest: startGeeTest })) {
  test(`${name} is asked with a right signature, once a token`, async (t) => {
    const provider = await start();
    t.after(provider.close);
    const { options, asked, solved, wrong, broken = (how) => how } = provider;
    const send = sending({ ...options, when: "always" });
    assert.equal(await send("13812341001"), "403 captcha-required");
    assert.equal(asked.length, 0);
    for (const token of wrong) assert.equal(await send("13812341001", token), "403 captcha-failed", token);
    for (const how of BROKEN) assert.equal(await send("13812341001", broken(how)), "503 captcha-unavailable", how);
    const before = asked.length;
    assert.equal(await send("13812341001", solved("one")), "202");
    assert.equal(asked.length, before + 1, "one question a token");
    assert.equal(await send("13812341002", solved("one")), "403 captcha-failed", "a token is good once");
    assert.equal(await send("13812341002", solved("two")), "202");
  });

  test(`${name} fails closed, or open where the user says so`, async (t) => {
    const provider = await start();
    t.after(provider.close);
    const { options, wrong, misconfigured, solved, broken = (how) => how } = provider;
    const events = [];
    const open = sending({ ...options, when: "always", onUnavailable: "allow" }, { events });
    let phone = 13812342000;
    for (const how of BROKEN) {
      assert.equal(await open(String(++phone), broken(how)), "202", how);
      const unchecked = events.filter(({ type, by, shadow }) => type === "rejected" && by === "captcha" && shadow);
      assert.equal(unchecked.length, 1, "an event says that nobody checked it");
      events.length = 0;
    }
    for (const token of wrong) {
      assert.equal(
        await open(String(++phone), token),
        "403 captcha-failed",
        "what a caller can make up never opens it",
      );
    }
    for (const mistake of misconfigured) {
      const closed = sending({ ...options, ...mistake, when: "always" });
      assert.equal(await closed(String(++phone), solved(phone)), "503 captcha-unavailable", JSON.stringify(mistake));
    }
  });

  test(`${name} takes its secrets from bindings`, async (t) => {
    const provider = await start();
    t.after(provider.close);
    const { secret, appSecret, ...rest } = provider.options;
    const env = { XINSHI_CAPTCHA_SECRET: secret, ...(appSecret && { XINSHI_CAPTCHA_APP_SECRET: appSecret }) };
    const send = sending(undefined, { env: { ...env, XINSHI: { captcha: { ...rest, when: "always" } } } });
    assert.equal(await send("13812343001", provider.solved("bound")), "202");
  });
}

test("tencent is asked about the person before a back end, and about nobody whom it does not name", async (t) => {
  const { options, asked, solved, close } = await startTencent();
  t.after(close);
  const send = sending({ ...options, when: "always" }, { more: { apiTokens: ["a-token-of-a-back-end"] } });
  const headers = { authorization: "Bearer a-token-of-a-back-end" };
  assert.equal(await send("13812344001", solved("back end"), headers), "403 captcha-failed");
  assert.equal(asked.length, 0);
  assert.equal(await send("13812344001", solved("back end"), headers, { clientIp: "198.51.100.7" }), "202");
  assert.equal(JSON.parse(asked[0].body).UserIp, "198.51.100.7");
});
