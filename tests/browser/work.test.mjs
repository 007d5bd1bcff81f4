// Proof of work in real Chromium and Firefox: in a worker, under a strict content security policy. `npm run bench` has its time on slow
// machines.
import assert from "node:assert/strict";
import { test } from "node:test";
import { chromium, firefox } from "./browsers.mjs";
import { longestWork, openWorkPage, unanswerable } from "./work-page.mjs";

const PHONE = "13812345678";

async function open(t, options) {
  const opened = await openWorkPage(options);
  t.after(opened.close);
  return opened;
}

for (const options of [chromium, firefox]) {
  test(`${options.browser} does the work in a worker`, async (t) => {
    const { pages, errors, say } = await open(t, options);
    assert.ok(
      pages.loaded.every((file) => !file.includes("worker") && !file.endsWith(".wasm")),
      "nothing before it is wanted",
    );
    const sent = await say(`return createOtp().send("${PHONE}");`);
    assert.equal(typeof sent.challenge, "string");
    assert.deepEqual(
      pages.bodies.map(({ captcha }) => captcha?.slice(0, 4)),
      [undefined, "pow."],
    );
    assert.deepEqual(
      errors.filter((error) => !error.includes("403")),
      [],
    );
  });

  test(`in ${options.browser}, the page goes on during the work, and is told how far it is`, async (t) => {
    const tries = 256;
    const { say } = await open(t, options);
    const { shares, ticks, failed } = await say(`${unanswerable(tries)}
      const shares = [];
      let ticks = 0;
      const timer = setInterval(() => ticks++, 5);
      const failed = await solve({ challenge, tries: ${tries} }, { progress: (done) => shares.push(done) }).catch(String);
      clearInterval(timer);
      return { shares, ticks, failed };`);
    assert.match(failed, /the proof of work failed/);
    const told = Array.from({ length: tries / 8 }, (_, index) => (8 * (index + 1)) / tries);
    assert.deepEqual(shares, told);
    assert.ok(ticks > shares.length / 4, `${ticks} ticks beside ${shares.length} messages`);
  });

  test(`in ${options.browser}, what ends a send ends its worker`, async (t) => {
    const { say } = await open(t, options);
    const { name, ended } = await say(`
      const Real = Worker;
      let ended = 0;
      const ending = new AbortController();
      // The abort follows the challenge at once: a worker that is lucky answers before it tells how far it is.
      globalThis.Worker = class extends Real {
        postMessage(challenge) { super.postMessage(challenge); ending.abort(); }
        terminate() { ended += 1; super.terminate(); }
      };
      const otp = createOtp();
      const name = await otp.send("${PHONE}", { signal: ending.signal }).catch((error) => error.name);
      return { name, ended };`);
    assert.deepEqual({ name, ended }, { name: "AbortError", ended: 1 });
  });

  test(`in ${options.browser}, where no worker can be started, a captcha is asked for`, async (t) => {
    const { say } = await open(t, options);
    const [withCaptcha, without, never] = await say(`
      globalThis.Worker = class { constructor() { throw new Error("forbidden"); } };
      const ask = (options) => createOtp(options).send("${PHONE}").then(() => "sent", ({ type }) => type);
      const captchas = [];
      const captcha = async () => { captchas.push(1); return "token"; };
      return [await ask({ captcha }) + captchas.length, await ask({}), await ask({ proofOfWork: false })];`);
    // This handler takes no captcha.
    assert.deepEqual([withCaptcha, without, never], ["captcha-failed1", "captcha-failed", "captcha-required"]);
  });
}

test("a challenge without a right candidate fails after all of them", async (t) => {
  const { say } = await open(t, chromium);
  for (const tries of [256, 640]) assert.match((await say(longestWork(tries)))[1], /none of the candidates/);
});
