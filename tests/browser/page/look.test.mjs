// The look and weight of the page: axe, the size of the first view, layout shifts, and screenshots in
// target/screenshots.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { after, before, test } from "node:test";
import { brotliCompressSync } from "node:zlib";
import { page as built } from "../../../scripts/page.mjs";
import { chromium } from "../browsers.mjs";
import { openPage, screenshots, startBrowser } from "./opened.mjs";
import { startStatic } from "./places.mjs";

const VIEWS = ["phone", "wire", "sending", "attack", "operations"];
const WIDTHS = [360, 768, 1440];
const SCHEMES = ["light", "dark"];
const FIRST_VIEW = 100 * 1024;
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

let host;
let browser;
before(async () => {
  browser = await startBrowser(chromium);
  host = await startStatic();
});
after(async () => {
  await browser?.end();
  await host?.close();
});

test("the first view is small, and nothing in it moves", async (t) => {
  const page = await browser.newPage();
  // The narrowest window, in which the least fits side by side.
  await page.setViewport({ width: 360, height: 780 });
  const requests = [];
  page.on("request", (request) => requests.push(new URL(request.url())));
  await page.evaluateOnNewDocument(() => {
    globalThis.shifts = [];
    globalThis.paints = [];
    new PerformanceObserver((list) => globalThis.shifts.push(...list.getEntries().map(({ value }) => value))).observe({
      type: "layout-shift",
      buffered: true,
    });
    new PerformanceObserver((list) =>
      globalThis.paints.push(...list.getEntries().map(({ startTime }) => startTime)),
    ).observe({
      type: "largest-contentful-paint",
      buffered: true,
    });
  });
  await page.goto(host.url, { waitUntil: "networkidle0" });
  await page.waitForSelector(".phone-view");
  const files = requests.map(({ pathname }) => pathname.slice(new URL(host.url).pathname.length) || "index.html");
  const sizes = files.map((file) => brotliCompressSync(readFileSync(path.join(built, file))).length);
  const size = sizes.reduce((sum, one) => sum + one);
  t.diagnostic(`first view: ${files.join(", ")}: ${(size / 1024).toFixed(1)} KB in brotli`);
  assert.ok(size < FIRST_VIEW, `${size} bytes in brotli: ${files.join(", ")}`);
  assert.ok(!files.some((file) => file.endsWith(".wasm")), "no sandbox was asked for");
  assert.deepEqual(
    requests.filter(({ origin }) => origin !== new URL(host.url).origin),
    [],
    "of others nothing is loaded",
  );
  const [shifts, [paint]] = await page.evaluate(() => [globalThis.shifts, globalThis.paints.slice(-1)]);
  t.diagnostic(`largest paint after ${Math.round(paint)} ms`);
  assert.deepEqual(shifts, [], "shifts of the layout");

  // Nor when a text arrives, and the limits appear.
  await page.click(".step .primary");
  await page.waitForSelector(".texts li:not(.none)");
  await page.waitForFunction(() => document.querySelectorAll(".window .used").length === 3);
  const moved = (await page.evaluate(() => globalThis.shifts)).reduce((sum, one) => sum + one, 0);
  assert.ok(moved < 0.01, `the layout shifts by ${moved}`);
});

test("no view moves while it is loaded, on any screen", async () => {
  const moving = [];
  for (const width of WIDTHS) {
    for (const view of VIEWS) {
      const page = await browser.newPage();
      await page.setViewport({ width, height: width === 360 ? 780 : 900 });
      await page.evaluateOnNewDocument(() => {
        globalThis.shifts = [];
        new PerformanceObserver((list) =>
          globalThis.shifts.push(
            ...list.getEntries().map(({ value, sources }) => [value, sources.map(({ node }) => node?.className ?? "")]),
          ),
        ).observe({ type: "layout-shift", buffered: true });
      });
      await page.goto(`${host.url}#${view}`);
      await page.waitForSelector(LOADED[view], { timeout: 60_000 });
      await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve))));
      const [shifts, at] = await page.evaluate(() => [globalThis.shifts, [scrollY, document.activeElement.tagName]]);
      assert.deepEqual(at, [0, "BODY"], `${view} is no anchor`);
      const moved = shifts.reduce((sum, [value]) => sum + value, 0);
      if (moved >= 0.01) moving.push(`${view} at ${width} moves by ${moved}: ${JSON.stringify(shifts)}`);
      await page.close();
    }
  }
  assert.deepEqual(moving, []);
});

/** A selector for each view that matches once it is loaded, before anything was done in it. */
const LOADED = {
  phone: ".phone-view",
  wire: ".sort",
  sending: ".recipients",
  attack: "[data-rule]",
  operations: ".invitation",
};

test("every view in both languages and schemes has no violation, fits, and is saved as a picture", async () => {
  const opened = await openPage(browser, host.url, "zh");
  const { page } = opened;
  await fillViews(opened);
  const found = [];
  for (const language of ["zh", "en"]) {
    for (const view of VIEWS) {
      await page.click(`nav [data-view="${view}"]`);
      await page.waitForSelector(`nav [data-view="${view}"][aria-current="page"]`);
      await page.waitForSelector(SHOWN[view]);
      for (const scheme of SCHEMES) {
        await page.emulateMediaFeatures([
          { name: "prefers-color-scheme", value: scheme },
          { name: "prefers-reduced-motion", value: "reduce" },
        ]);
        for (const width of WIDTHS) {
          const name = `${view}-${language}-${scheme}-${width}`;
          await page.setViewport({ width, height: width === 360 ? 780 : 900 });
          const wide = await page.evaluate(
            () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
          );
          assert.ok(wide <= 0, `${name} is wider than its window by ${wide}`);
          // A plot clips its content, so the window's width would not reveal an overflow.
          await page.waitForFunction(isDrawnToFit);
          assert.deepEqual(await page.$$eval(".plot .title", cutOff), [], `a legend of ${name} is cut off`);
          await page.screenshot({
            path: path.join(screenshots, `${name}.png`),
            fullPage: true,
            optimizeForSpeed: true,
          });
        }
        for (const violation of await violations(page)) found.push(`${view}, ${language}, ${scheme}: ${violation}`);
      }
    }
    await page.click("[data-language-switch]");
  }
  assert.deepEqual(found, []);
  await opened.isContent();
});

/** A plot is drawn anew after its width changed. */
const isDrawnToFit = () =>
  [...document.querySelectorAll(".plot")].every(
    (plot) => !plot.firstElementChild || Number(plot.firstElementChild.getAttribute("width")) === plot.clientWidth,
  );

const cutOff = (titles) =>
  titles
    .filter((title) => title.getBoundingClientRect().right > title.closest(".plot").getBoundingClientRect().right + 1)
    .map((title) => title.textContent);

test("the result of a request shows beside its form, on a phone and on a desktop", async () => {
  const opened = await openPage(browser, host.url, "en");
  const { page } = opened;
  await opened.go("wire");
  await page.waitForSelector(".sort");
  for (const [width, height] of [
    [1440, 900],
    [390, 844],
  ]) {
    await page.setViewport({ width, height });
    const button = await page.$(".wire-view .primary");
    await button.evaluate((element) => element.scrollIntoView({ block: "center" }));
    await button.click();
    await page.waitForSelector(SHOWN.wire);
    const [top, bottom] = await page.$eval(SHOWN.wire, (verdict) => {
      const { top, bottom } = verdict.getBoundingClientRect();
      return [top, innerHeight - bottom];
    });
    assert.ok(
      top >= 0 && bottom >= 0,
      `the verdict is ${top} px from the top and ${bottom} from the bottom at ${width}`,
    );
  }
  await page.setViewport({ width: 1440, height: 900 });
  await opened.go("phone");
  await page.click(".step .primary");
  await page.waitForSelector(".offer button");
  await page.click(".offer button");
  await page.keyboard.press("Enter");
  await page.waitForSelector(SHOWN.phone);
  const proof = await opened.text(".token");
  await page.click(".seal + .tools button");
  await page.waitForFunction((expected) => globalThis.copied.at(-1) === expected, {}, proof);
  await opened.isContent();
});

test("the policy blocks everything that the page does not need", async () => {
  const { page } = await openPage(browser, host.url, "en");
  const policy = await page.$eval("meta[http-equiv]", ({ content }) => content);
  assert.ok(policy.includes("default-src 'none'; script-src 'self' 'wasm-unsafe-eval';"), policy);
  const ran = await page.evaluate(async () => {
    const script = document.createElement("script");
    script.textContent = "globalThis.ran = true";
    document.head.append(script);
    await fetch("http://127.0.0.1:9/").catch(() => {});
    return globalThis.ran === true;
  });
  assert.equal(ran, false);
  await page.waitForFunction(() => globalThis.violations.length === 2);
  const violated = await page.evaluate(() => globalThis.violations.map((one) => one.split(" ")[0]));
  assert.deepEqual(violated, ["script-src-elem", "connect-src"]);
  await page.close();
});

test("changed rules reject other attacks", async () => {
  const { page } = await openPage(browser, host.url, "en");
  await page.click('nav [data-view="attack"]');
  await page.waitForSelector("#attack-requests");
  await page.select("#attack-requests", "1000");
  await page.select("#attack-days", "1");
  const stoppedBy = (kind) => page.waitForSelector(`[data-rule^="${kind}"]`, { timeout: 60_000 });
  const set = (field, value) =>
    page.$eval(
      field,
      (field, value) => {
        field.value = value;
        field.dispatchEvent(new Event("input"));
      },
      value,
    );
  // By default, addresses and prefixes whose codes nobody enters.
  await page.click('input[value="spray"]');
  await page.waitForSelector('[data-rule="address"]', { timeout: 60_000 });
  await page.click('input[value="pump"]');
  await stoppedBy("prefix");
  await page.click("#attack-adaptive");
  await set("#attack-addressDay", "20");
  await page.click('input[value="spray"]');
  await stoppedBy("address 86400 20");
  assert.equal((await page.$$('[data-figure="owner"]')).length, 0, "there is no single number");
  await page.close();
});

test("the page uses the system's colours until a person chooses others, which it remembers", async () => {
  const { page } = await openPage(browser, host.url, "en");
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: "dark" }]);
  const paper = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  const dark = await paper();
  await page.click("[data-theme-switch]");
  const light = await paper();
  assert.notEqual(light, dark);
  await page.reload();
  await page.waitForSelector("h1");
  assert.equal(await paper(), light);
  await page.click("[data-theme-switch]");
  assert.equal(await paper(), dark);
  await page.evaluate(() => localStorage.removeItem("xinshi-theme"));
});

test("a person reaches the content and sends a code by keyboard alone; motion can be switched off", async () => {
  const { page } = await openPage(browser, host.url, "en");
  const focused = () => page.evaluate(() => document.activeElement?.textContent || document.activeElement?.id);
  await page.keyboard.press("Tab");
  assert.equal(await focused(), "Skip to the content");
  await page.keyboard.press("Enter");
  // Past the links and the command of the introduction.
  for (let tabs = 0; tabs < 10 && (await focused()) !== "phone-number"; tabs += 1) await page.keyboard.press("Tab");
  for (const expected of ["phone-number", "Another", "Send me a code"]) {
    assert.equal(await focused(), expected);
    if (expected !== "Send me a code") await page.keyboard.press("Tab");
  }
  await page.keyboard.press("Enter");
  await page.waitForSelector(".texts li:not(.none)");
  const moves = () =>
    page.evaluate(() => {
      const text = getComputedStyle(document.querySelector(".texts li")).animationName;
      return [text, getComputedStyle(document.querySelector(".route li")).transitionDuration];
    });
  assert.deepEqual(await moves(), ["arrive", "0.35s"]);
  await page.emulateMediaFeatures([{ name: "prefers-reduced-motion", value: "reduce" }]);
  assert.deepEqual(await moves(), ["none", "0s"], "nothing moves for whom it makes ill");
});

/** A selector for each view that matches once its content is shown. */
const SHOWN = {
  phone: ".claims",
  wire: ".verdict.accepted",
  sending: ".sending-view details",
  attack: "progress.done",
  operations: "[data-account]",
};

/** Fills every view: with a verified code, a reply, an attack, and its day. */
async function fillViews(opened) {
  const { page } = opened;
  await page.click(".step .primary");
  await page.waitForSelector(".offer button");
  await page.click(".offer button");
  await page.keyboard.press("Enter");
  await page.waitForSelector(SHOWN.phone);
  await opened.go("wire");
  await page.waitForSelector(".sort");
  await page.click(".wire-view .primary");
  await page.waitForSelector(SHOWN.wire);
  await opened.go("sending");
  for (const [section, done] of [
    ["failover", '[data-status="accepted"]'],
    ["receipts", '[data-fate="optedOut"].come'],
    ["bulk", "details"],
  ]) {
    await page.click(`[aria-labelledby="${section}"] .primary`);
    await page.waitForSelector(`[aria-labelledby="${section}"] ${done}`);
  }
  await opened.go("attack");
  await page.select("#attack-requests", "1000");
  await page.waitForSelector("progress.done", { timeout: 60_000 });
  await opened.go("operations");
  await page.click('[data-value="simulated"]');
  await page.waitForSelector(SHOWN.operations);
  await page.click(".explain .primary");
  await page.waitForSelector(".answer");
}

async function violations(page) {
  await page.evaluate(axe);
  return page.evaluate(async () => {
    const { violations } = await globalThis.axe.run(document, { resultTypes: ["violations"] });
    return violations.map(
      ({ id, nodes }) => `${id}: ${nodes.map(({ html, any }) => `${html} ${any[0]?.message ?? ""}`).join(" | ")}`,
    );
  });
}
