// xinshi/otp in real Chromium and Firefox, with the handler on the page's own origin.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { brotliCompressSync } from "node:zlib";
import { transform } from "esbuild";
import puppeteer from "puppeteer-core";
import { createHandler } from "xinshi/edge";
import { createSandbox } from "xinshi/sandbox";
import { serve } from "../../pkg/sandbox/server.js";
import { root } from "../../scripts/run.mjs";
import { chromium, firefox } from "./browsers.mjs";

const PAGE = `<!doctype html><html lang="zh"><link rel="icon" href="data:,"><script type="module">
import { createOtp, OtpError } from "/otp/index.js";
Object.assign(globalThis, { createOtp, OtpError });
</script></html>`;

/** Serves the page, the helper, and a handler whose vendor is the sandbox. */
function site(now) {
  const sandbox = createSandbox();
  const bodies = [];
  const handler = createHandler({
    vendors: { main: sandbox.config("smsadmin") },
    fetch: sandbox.fetch,
    now,
    pepper: "a pepper that is long enough to be one",
    proof: { key: "a key for proofs that is long enough", audience: "app" },
    brand: "信使",
    captcha: { verify: async (token) => token === "solved", when: "adaptive" },
    clientAddress: () => "192.0.2.1",
    on: () => {},
  });
  return {
    bodies,
    async fetch(request) {
      const { pathname } = new URL(request.url);
      if (pathname === "/") return new Response(PAGE, { headers: { "content-type": "text/html" } });
      if (pathname === "/inbox")
        return sandbox.fetch("http://sandbox/inbox", { headers: { accept: "application/json" } });
      if (pathname === "/otp/index.js") {
        const file = readFileSync(path.join(root, "pkg/otp/index.js"));
        return new Response(file, { headers: { "content-type": "text/javascript" } });
      }
      if (request.method === "POST") bodies.push(await request.clone().json());
      return handler.fetch(request);
    },
  };
}

test("the helper is small", async () => {
  const { code } = await transform(readFileSync(path.join(root, "pkg/otp/index.js"), "utf8"), {
    minify: true,
    format: "esm",
  });
  const { length } = brotliCompressSync(code);
  assert.ok(length < 2048, `${length} bytes in brotli`);
});

for (const options of [chromium, firefox]) {
  test(`a page of ${options.browser} sends and verifies a code`, async (t) => {
    let passed = 0;
    const pages = site(() => Date.now() + passed);
    const server = await serve(pages, { port: 0, host: "127.0.0.1" });
    const profile = mkdtempSync(path.join(tmpdir(), "xinshi-otp-"));
    const browser = await puppeteer.launch({ headless: true, userDataDir: profile, ...options });
    t.after(async () => {
      await browser.close();
      server.closeAllConnections();
      server.close();
      rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
    });
    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${server.address().port}/`);
    await page.waitForFunction("globalThis.createOtp");
    const say = (script) => page.evaluate(`(async () => { ${script} })()`);
    const failing = (call) =>
      `await ${call}.then(() => ({}), ({ name, type, status, retryAfter, field }) => ({ name, type, status, retryAfter, field }))`;

    const first = await say(`
      globalThis.otp = createOtp({ captcha: async () => "solved" });
      const sent = await otp.send("13812345678");
      const ticks = [];
      otp.countdown((seconds) => ticks.push(seconds))();
      return { sent, ticks };`);
    assert.match(first.sent.challenge, /^[1-9A-HJ-NP-Za-km-z]{36}$/);
    assert.deepEqual(first.ticks, [60], "it tells at once, and is stopped");
    assert.equal(pages.bodies[0].locale, "zh");

    const busy = await say(`return ${failing('otp.send("13812345678")')}`);
    assert.deepEqual([busy.name, busy.type, busy.status], ["OtpError", "quota-exceeded", 429]);
    assert.ok(busy.retryAfter > 50 && busy.retryAfter <= 60, `${busy.retryAfter}`);
    const wrong = await say(`return ${failing('otp.send("1381234567")')}`);
    assert.deepEqual([wrong.type, wrong.status, wrong.field], ["malformed-request", 400, "phone"]);

    passed += 60_000;
    const again = await say(`return otp.send("(+86) 138-1234\u00a05678")`);
    assert.equal(again.challenge, first.sent.challenge, "the same code");
    const mistyped = await say(`
      const [{ text }] = await (await fetch("/inbox")).json();
      globalThis.code = text.match(/\\d{6}/)[0];
      return ${failing('otp.verify(code === "000000" ? "000001" : "000000")')}`);
    assert.equal(mistyped.type, "not-verified");
    const verified = await say(`
      const verified = await otp.verify(" " + code.slice(0, 3) + "-\u3000" + code.slice(3).replace(/\\d/g, (digit) => String.fromCharCode(0xff10 + +digit)));
      return { ...verified, device: localStorage.getItem("xinshi-device:+8613812345678") }`);
    assert.equal(verified.proof.split(".").length, 3);
    assert.equal(verified.device.length, 36);

    // Three texts an hour are for everyone; the trusted device may continue, and so may a person who solves a captcha.
    for (let texts = 0; texts < 2; texts += 1) {
      passed += 60_000;
      await say(`return otp.send("${["８６１３８１２３４５６７８", "138 1234 5678"][texts]}")`);
    }
    assert.equal(pages.bodies.at(-1).device, verified.device);
    passed += 60_000;
    await say(`return createOtp({ storage: null, captcha: async () => "solved" }).send("13812345678")`);
    assert.equal(pages.bodies.at(-1).captcha, "solved");
    passed += 300_000;
    const none = await say(`return ${failing('createOtp({ storage: null }).send("13812345678")')}`);
    assert.equal(none.status, 429, "five of the hour are used");

    const received = await say(`
      delete globalThis.OTPCredential;
      const without = await otp.receive();
      globalThis.OTPCredential = class {};
      const transports = [];
      const credentials = { get: async ({ otp }) => { transports.push(...otp.transport); return { code: "123456" }; } };
      Object.defineProperty(navigator, "credentials", { value: credentials, configurable: true });
      const code = await otp.receive();
      credentials.get = async () => { throw new Error("declined"); };
      return [typeof without, code, transports, typeof (await otp.receive())];`);
    assert.deepEqual(received, ["undefined", "123456", ["sms"], "undefined"]);

    const full = await say(`
      const storage = { getItem() { throw new Error("closed"); }, setItem() { throw new Error("full"); } };
      const otp = createOtp({ storage, captcha: async () => "solved" });
      await otp.send("13812345679");
      const texts = await (await fetch("/inbox")).json();
      return otp.verify(texts.at(-1).text.match(/\\d{6}/)[0]);`);
    assert.ok(full.proof, "a store that is full loses no proof");

    const lost = await say(`return ${failing('createOtp({ base: "http://127.0.0.1:1" }).send("13812345678")')}`);
    assert.deepEqual([lost.type, lost.status], ["network", 0]);
    const early = await say(`return ${failing('createOtp().verify("123456")')}`);
    assert.equal(early.type, "not-sent");
    const aborted = await say(
      `return createOtp().send("13812345678", { signal: AbortSignal.abort() }).then(() => "", ({ name }) => name)`,
    );
    assert.equal(aborted, "AbortError");
  });
}
