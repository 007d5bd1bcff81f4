// The actions of a developer on the page, view by view. Each flow leaves the page where it is.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import iconv from "iconv-lite";
import { verifyProof } from "xinshi/edge";
import { root } from "../../../scripts/run.mjs";
import { vendors } from "../../../www/wire/vendors.js";
import { en } from "../../../www/words/en.js";
import { filled, screenshots } from "./opened.mjs";

const run = promisify(execFile);
const PROOF = { key: "the key of proofs that prove nothing", audience: "example" };

/** Requests a code, which arrives, is filled in and becomes a proof; the limits are drawn and count down. */
export async function phoneFlow(opened) {
  const { page, words } = opened;
  const sendButton = ".step:nth-of-type(1) .primary";
  const phone = await page.$eval("#phone-number", (field) => field.value);
  assert.match(phone, /^139\d{8}$/);
  assert.equal(await page.$eval("#code", (field) => field.getAttribute("autocomplete")), "one-time-code");
  await opened.says(sendButton, words.phone.send);
  await page.click(sendButton);
  await opened.says("#send-message", words.phone.messages.sent);
  await opened.says(".texts li p", /\d{6}/);
  const code = (await opened.text(".texts li:last-child p")).match(/\d{6}/)[0];
  await opened.says(".route li:nth-child(2) .note", /^202 · /);
  await opened.says(".route li:nth-child(3) .note", `smsadmin · ${words.route.delivery.accepted}`);
  assert.equal(await page.$$eval(".route .reached", ({ length }) => length), 4);

  // The remaining part of each window, and the wait that counts down.
  await page.waitForFunction(() => document.querySelectorAll(".window .used").length === 3);
  const left = (count) => filled(words.limits.left, { count });
  assert.deepEqual(await opened.texts(".window .left"), [left(3), left(4), left(7)]);
  await opened.says(sendButton, /\d+/);
  const dial = () => page.$eval(".dial text", ({ textContent }) => Number(textContent));
  const before = await dial();
  assert.ok(before > 30 && before <= 60, String(before));
  await page.waitForFunction((before) => Number(document.querySelector(".dial text").textContent) < before, {}, before);
  await page.click(".segments button:first-child");
  await opened.says(".person", new RegExp(words.limits.personLater.replace("{span}", "\\d+.*")));
  assert.equal((await page.$$(".window")).length, 0, "a person sees no rule");
  await page.click(".segments button:last-child");

  // A request that comes too early is rejected with a sentence for a person.
  await page.click(sendButton);
  await opened.says("#send-message", new RegExp(words.phone.messages.later.replace("{span}", "\\d+.*")));

  await opened.write("#code", code === "000000" ? "000001" : "000000");
  await page.click(".step:nth-of-type(2) .primary");
  await opened.says("#code-error", words.phone.messages["not-verified"]);
  await opened.says(".facts dd:last-child", "4");

  await page.click(".offer button");
  assert.equal(await page.$eval("#code", (field) => field.value), code);
  await page.keyboard.press("Enter");
  await opened.says("#verify-message", words.phone.messages.verified);
  await opened.says(".claims", `+86${phone}`);
  const proof = (await opened.text(".token")).replace(/\s/g, "");
  assert.deepEqual(await verifyProof(proof, PROOF), { phone: `+86${phone}`, purpose: "login" });
}

/** The browser reads the code itself where it can; the test simulates such a browser. */
export async function webOtpFlow(opened) {
  const { page } = opened;
  await opened.go("phone");
  await page.evaluate(() => {
    globalThis.OTPCredential = class {};
    const get = () => new Promise((resolve) => (globalThis.arriveAs = (code) => resolve({ code })));
    Object.defineProperty(navigator, "credentials", { value: { get }, configurable: true });
  });
  await page.click(".step:nth-of-type(1) .plain");
  const phone = await page.$eval("#phone-number", (field) => field.value);
  await page.click(".step:nth-of-type(1) .primary");
  await page.waitForFunction(() => globalThis.arriveAs && document.querySelector(".texts li:not(.none) p"));
  const code = (await opened.text(".texts li:last-child p")).match(/\d{6}/)[0];
  await page.evaluate((code) => globalThis.arriveAs(code), code);
  await page.waitForFunction((code) => document.querySelector("#code").value === code, {}, code);
  await page.click(".step:nth-of-type(2) .primary");
  await opened.says(".claims", `+86${phone}`);
}

/** The request is exact to the byte, and its copy runs elsewhere. */
export async function wireFlow(opened, sandbox) {
  const { page, words } = opened;
  await opened.go("wire");
  await page.waitForSelector(".sort");
  const text = "【信使】丂 a=b&c 100%，码112233";
  await opened.write("#wire-text", text);
  await page.waitForFunction((count) => document.querySelectorAll(".sort").length === count, {}, [...text].length);
  const sorts = await page.$$eval(".sort", (all) =>
    all.map((one) => [one.firstChild.textContent, one.lastChild.textContent]),
  );
  const expected = [...text].map((character) => [
    character === " " ? "␣" : character,
    iconv.encode(character, "gbk").toString("hex").toUpperCase().match(/../g).join(" "),
  ]);
  assert.deepEqual(sorts, expected, "another encoder's bytes");
  assert.equal(await opened.text(".meter dd"), "1");

  // The hex dump shows the bytes of the text.
  const body = await opened.text("pre.text");
  await page.click('[aria-labelledby="wire-request"] .segments button:last-child');
  const listing = await opened.text('[aria-labelledby="wire-request"] pre.listing');
  const bytes = listing.split("\n").flatMap((line) => line.slice(6, 53).trim().split(" "));
  assert.equal(Buffer.from(bytes.join(""), "hex").toString("latin1"), body);
  await page.click('[aria-labelledby="wire-request"] .segments button:first-child');

  await page.click(".wire-view .primary");
  await opened.says(".verdict", words.wire.status.accepted);
  assert.equal(await opened.text('[aria-labelledby="wire-reply"] pre.text'), "0发送成功!");
  assert.equal(await opened.text("pre.text"), body, "what left is still what is shown");
  const read = JSON.parse(await opened.text(".halves > div:last-child pre"));
  assert.ok(body.includes(`linkid=${read.ref}`), "it was sent as it was shown");

  await runsElsewhere(opened, sandbox, "13812345678", text);

  // An undocumented reply is no success, and a request that is certain to be rejected is marked so.
  for (const [fault, status] of [
    ["garbage", "unknown"],
    ["truncated", "unknown"],
    ["accept_then_reset", "unknown"],
    ["reject", "rejected"],
    ["none", "accepted"],
  ]) {
    await page.select("#wire-fault", fault);
    // Clicked by script, so that the result of the last request is gone when this returns. A real click may take effect
    // later.
    await page.$eval(".wire-view .primary", (button) => button.click());
    await opened.says(".verdict", words.wire.status[status]);
  }

  await opened.write("#wire-text", "【信使】😀");
  await page.waitForSelector(".sort.wrong");
  await opened.says(".warnings", /unencodable/);
  await opened.says('[aria-labelledby="wire-request"] .exchange', words.wire.noRequest);
  await opened.write("#wire-text", text);
}

/** A marketing text is mended step by step: each step mends at least one warning and brings no other, until none is left. */
export async function mendingFlow({ page, words }) {
  await page.select("#wire-vendor", "smsadmin");
  await page.select("#wire-operation", "0");
  let before;
  for (let step = 0; before?.length !== 0; step += 1) {
    await page.$eval("#wire-mend", (button) => button.click());
    const warnings = await page.$$eval('[aria-labelledby="wire-text"] .warnings code', (all) =>
      all.map((one) => one.textContent),
    );
    if (step === 0) assert.ok(warnings.length >= 6, warnings.join(" "));
    else
      assert.ok(warnings.length < before.length && warnings.every((code) => before.includes(code)), warnings.join(" "));
    before = warnings;
  }
  assert.equal(await page.$eval("#wire-mend", (button) => button.textContent), words.wire.mending.again);
}

/** Every operation of every vendor, and every way to send, shows its request and gets the answer of its document. */
export async function everyOperationFlow(opened) {
  const { page, words } = opened;
  const good = [words.wire.status.accepted, words.wire.status.answered];
  const ask = async (what) => {
    const { verdict, why, path } = await page.evaluate(askNow);
    // The sandbox keeps its records while it runs: at its limits it answers with a documented rejection.
    assert.ok(good.includes(verdict), `${what}: ${verdict} ${why}`);
    return path;
  };
  const paths = new Set();
  for (const [vendor, { operations, account }] of Object.entries(vendors)) {
    await page.select("#wire-vendor", vendor);
    for (const index of operations.keys()) {
      await page.select("#wire-operation", String(index));
      await ask(`${vendor} ${operations[index].name}`);
    }
    await page.select("#wire-operation", "0");
    for (const method of account.method ?? []) {
      await page.select("#wire-method", method);
      for (const urlencoded of account.urlencoded ?? []) {
        await page.select("#wire-urlencoded", String(urlencoded));
        for (const mode of urlencoded ? ["plain"] : account.pwdMode) {
          await page.select("#wire-pwdMode", mode);
          paths.add(await ask(`${vendor} ${method} ${mode} ${urlencoded}`));
          const marks = await opened.texts(".sort b");
          assert.ok(marks.join("").startsWith("【信使】"), "found again under what encodes it twice");
        }
      }
      if (!account.urlencoded) await ask(`${vendor} ${method}`);
    }
  }
  const sending = ["post_send", "get_send"].flatMap((name) => ["_md5", "", "_urldecode"].map((mode) => name + mode));
  assert.deepEqual([...paths].sort(), sending.sort());
}

/** Sends the shown request in the page, and returns the result. */
async function askNow() {
  const began = performance.now();
  const until = async (holds) => {
    while (!holds() && performance.now() < began + 10_000) {
      await new Promise((resolve) => requestAnimationFrame(resolve));
    }
  };
  const verdict = document.querySelector(".verdict");
  // A signature belongs to one account, and a name may occur once.
  const adds = document.querySelector("#wire-company, #wire-content");
  for (const field of adds ? document.querySelectorAll("#wire-signature, #wire-name") : []) {
    field.value = `【信使${Math.random().toString(36).slice(2, 8)}】`;
    field.dispatchEvent(new Event("input"));
  }
  await until(() => verdict.textContent === "" && document.querySelector(".line strong"));
  const path = document.querySelector(".line").textContent.match(/([^/?]+)\/?(\?.*)?$/)[1];
  document.querySelector(".wire-view .primary").click();
  await until(() => /accepted|answered|rejected|unknown|partial/.test(verdict.className));
  const failure = document.querySelector(".wire-form .failure").textContent;
  const read = document.querySelector(".halves > div:last-child").textContent;
  return { verdict: verdict.textContent, why: `${failure} ${read}`, path };
}

/** JSONP really uses a script. */
export async function scriptFlow(opened) {
  const { page, words } = opened;
  for (const vendor of ["binstd", "liupai"]) {
    await page.select("#wire-vendor", vendor);
    await page.select("#wire-operation", "0");
    await page.select("#wire-transport", "jsonp");
    await opened.says(".line strong", "<script>");
    const callback = (await opened.text(".line")).match(/callback=(\w+)/)[1];
    await page.evaluate(() => {
      globalThis.scripts = [];
      globalThis.watching?.disconnect();
      globalThis.watching = new MutationObserver((changes) => {
        for (const { addedNodes } of changes) for (const { src } of addedNodes) if (src) globalThis.scripts.push(src);
      });
      globalThis.watching.observe(document.head, { childList: true });
    });
    await page.click(".wire-view .primary");
    await opened.says(".verdict", words.wire.status.accepted);
    assert.ok((await opened.text('[aria-labelledby="wire-reply"] pre.text')).startsWith(`${callback}({`));
    const [script, ...more] = await page.evaluate(() => globalThis.scripts);
    assert.ok(script.includes(`/sandbox/${vendor}/`) && script.includes(`callback=${callback}`), script);
    assert.equal(more.length, 0);
    assert.equal(await page.evaluate((callback) => callback in globalThis, callback), false, "nothing is left");
    await page.select("#wire-transport", "fetch");
  }
}

/** The handler itself decides thousands of requests; other rules decide the same ones. */
export async function attackFlow(opened) {
  const { page, words } = opened;
  await opened.go("attack");
  await page.select("#attack-requests", "1000");
  await page.select("#attack-days", "1");
  const all = 1000 + 160 + 4;
  await decided(page, all);
  const first = await outcome(page);
  assert.equal(first.attempted, all);
  assert.equal(first.sent + first.stopped, all, "what was not sent was stopped by a rule");
  assert.ok(first.sent < 250, `${first.sent} of ${all} were sent`);
  assert.ok(first.most <= 8, "a number's day");
  assert.equal(first.owner.split(/\D+/)[0], "0", "without a captcha, a bomber uses up the owner's texts");
  assert.ok(
    first.rules.some((rule) => rule.startsWith("number 86400 8")),
    first.rules.join(),
  );

  await page.click("#attack-captcha");
  await page.waitForSelector('[data-rule="captcha"]');
  await decided(page, all);
  const second = await outcome(page);
  assert.equal(second.attempted, all, "the same traffic");
  assert.ok(Number(second.owner.split(/\D+/)[0]) >= 3, `with one, the owner signs in: ${second.owner}`);
  assert.ok((await page.$$(".plot .before")).length === 1, "what it was before is drawn");
  await opened.says('[data-figure="owner"] .before', words.attack.before.split("{")[0]);

  // Proof of work in its place: the owner's page does it, the bots do not.
  await page.click("#attack-captcha");
  await page.click("#attack-work");
  await page.waitForFunction(() => !document.querySelector("progress").classList.contains("done"));
  await decided(page, all);
  const third = await outcome(page);
  assert.ok(
    third.rules.some((rule) => rule.startsWith("captcha")),
    third.rules.join(),
  );
  assert.ok(Number(third.owner.split(/\D+/)[0]) >= 1, `the owner works and signs in: ${third.owner}`);

  await page.focus(".plot");
  await page.keyboard.press("Home");
  await page.keyboard.press("ArrowRight");
  await page.waitForFunction((hint) => document.querySelector(".readout").textContent !== hint, {}, words.plot.hint);
}

/** The handler counts the outcomes of texts, and explains why it rejects a number. */
export async function operationsFlow(opened) {
  const { page, words } = opened;
  const phone = await page.$eval("#phone-number", (field) => field.value);
  await opened.go("operations");
  const figure = (name) =>
    page.$eval(`[data-figure="${name}"] dd`, ({ textContent }) => Number(textContent.replace(/\D/g, "")));
  // Counts of earlier sends and verifications are stored a moment after their answers.
  await page.waitForFunction(
    () =>
      ["accepted", "verified"].every(
        (name) => document.querySelector(`[data-figure="${name}"] dd`)?.textContent !== "0",
      ) && document.querySelector('[data-figure="accepted"] dd') !== null,
  );
  const before = {
    accepted: await figure("accepted"),
    unknown: await figure("unknown"),
    verified: await figure("verified"),
  };
  await page.click(".toolbar .small");
  await opened.says(".toolbar .quiet", new RegExp(words.operations.sentSome.replaceAll(/\{\w+\}/g, "\\d+")));
  const [sent, verified] = (await opened.text(".toolbar .quiet")).match(/\d+/g).map(Number);
  assert.ok(sent >= 20 && verified >= 10 && verified < sent, `${sent} sent, ${verified} verified`);
  await page.waitForFunction(
    (expected) => {
      const figure = (name) =>
        Number(document.querySelector(`[data-figure="${name}"] dd`).textContent.replace(/\D/g, ""));
      return figure("accepted") + figure("unknown") === expected.sent && figure("verified") === expected.verified;
    },
    { timeout: 15_000 },
    { sent: before.accepted + before.unknown + sent, verified: before.verified + verified },
  );
  assert.ok((await page.$$("[data-account]")).length >= 2, "a vendor failed, and another took over");
  assert.ok((await page.$$(".plot path.fill")).length > 0);

  await opened.write("#explain-phone", phone);
  await page.click(".explain .primary");
  await opened.says(".answer", words.operations.rejectedNow);
  await opened.says(".explained", new RegExp(words.operations.until.replace(/\{\w+\}/g, ".+")));
  await opened.says(".challenges", words.operations.status.verified);
  await page.click(".explain .plain");
  await opened.says(".answer", words.operations.allowed);
}

/** The simulated handler is shown like any other: its day, and why it rejects the bombed number. */
export async function simulatedFlow(opened) {
  const { page } = opened;
  await opened.go("operations");
  await page.click('[data-value="simulated"]');
  await page.waitForFunction(() => document.querySelectorAll("[data-account]").length >= 1);
  const rejected = await page.$eval('[data-figure="rejected-by-rules"] dd', ({ textContent }) =>
    Number(textContent.replace(/\D/g, "")),
  );
  assert.ok(rejected > 700, `${rejected} were rejected`);
  await page.click(".explain .primary");
  await opened.says(".answer", "138****8000");
  await opened.says(".windows", /\d/);
}

/** The other language has all texts, keeps what the person wrote, and is remembered. */
export async function languageFlow(opened, other, picture) {
  const { page } = opened;
  await opened.go("wire");
  await page.waitForSelector("#wire-text");
  await page.select("#wire-vendor", "smsadmin");
  await page.select("#wire-operation", "0");
  await opened.write("#wire-text", "【信使】留着");
  await page.click("[data-language-switch]");
  await opened.says("h1", other.wire.title);
  assert.equal(await page.$eval("#wire-text", (field) => field.value), "【信使】留着");
  assert.equal(await page.$eval("html", (html) => html.lang), other === en ? "en" : "zh-CN");
  await page.reload();
  await opened.says("h1", other.wire.title);
  for (const view of ["phone", "sending", "attack", "operations"]) {
    await page.click(`nav [data-view="${view}"]`);
    await opened.says("h1", other[view].title);
    await page.screenshot({ path: path.join(screenshots, `${picture}-${view}.png`) });
  }
  await page.click("[data-language-switch]");
  await opened.says("h1", opened.words.operations.title);
}

/** bash and Node.js run the copies, and the text arrives in a sandbox of their own. */
async function runsElsewhere({ page }, sandbox, phone, text) {
  for (const button of await page.$$('[aria-labelledby="wire-request"] button.small')) await button.click();
  const [curl, program] = await page.evaluate(() => globalThis.copied);
  // In a page without a server, the copies are for a sandbox that anybody can start; here it has another port.
  const there = (copied) => copied.replaceAll("http://127.0.0.1:4010", sandbox);
  const inbox = async () => {
    const headers = { accept: "application/json" };
    return (await (await fetch(`${sandbox}/inbox?to=${phone}`, { headers })).json()).filter((one) => one.text === text)
      .length;
  };
  const before = await inbox();
  // 流水号不得重复: the shown reference was used already.
  const anew = there(curl).replace(/(?<=linkid=)\w{4}/, "Copy");
  const { stdout } = await run("bash", ["-c", anew], { encoding: "latin1" });
  assert.equal(iconv.decode(Buffer.from(stdout, "latin1"), "gbk"), "0发送成功!");
  const directory = path.join(root, "target", "copied");
  mkdirSync(directory, { recursive: true });
  const file = path.join(directory, `copied-${process.pid}.mjs`);
  writeFileSync(file, there(program));
  const ran = await run(process.execPath, [file]);
  rmSync(file);
  assert.match(ran.stdout, /status: 'accepted'/);
  assert.equal(await inbox(), before + 2);
}

function decided(page, all) {
  return page.waitForFunction(
    (all) => {
      const attempted = document.querySelector('[data-figure="attempted"] dd')?.textContent.replace(/\D/g, "");
      return document.querySelector("progress").classList.contains("done") && Number(attempted) === all;
    },
    { timeout: 60_000 },
    all,
  );
}

function outcome(page) {
  return page.evaluate(() => {
    const figure = (name) => document.querySelector(`[data-figure="${name}"] dd`).textContent;
    const count = (text) => Number(text.replace(/\D/g, ""));
    const rules = [...document.querySelectorAll("[data-rule]")];
    return {
      attempted: count(figure("attempted")),
      sent: ["people", "attackers"].reduce(
        (sum, who) => sum + count(document.querySelector(`[data-cost="${who}"] .texts`).textContent),
        0,
      ),
      most: count(figure("most")),
      owner: figure("owner"),
      rules: rules.map((row) => row.dataset.rule),
      stopped: rules.reduce((sum, row) => sum + count(row.querySelector(".amount").textContent), 0),
    };
  });
}
