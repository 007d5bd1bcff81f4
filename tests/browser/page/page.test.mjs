// The page in real Chromium and Firefox, behind the servers of npm start and as static files: every flow, in both
// languages.
import assert from "node:assert/strict";
import { after, before, describe, it, test } from "node:test";
import { en } from "../../../www/words/en.js";
import { zh } from "../../../www/words/zh.js";
import { chromium, firefox } from "../browsers.mjs";
import {
  attackFlow,
  everyOperationFlow,
  languageFlow,
  mendingFlow,
  operationsFlow,
  phoneFlow,
  scriptFlow,
  simulatedFlow,
  webOtpFlow,
  wireFlow,
} from "./flows.mjs";
import { openPage, startBrowser } from "./opened.mjs";
import { startPublic, startServers, startStatic } from "./places.mjs";
import { sendingFlow } from "./sending-flow.mjs";

/** Each browser runs every flow in both languages, and so does each place. */
const engines = [
  { options: chromium, languages: { server: "zh", files: "en" } },
  { options: firefox, languages: { server: "en", files: "zh" } },
];

describe("the page", { concurrency: engines.length }, () => {
  for (const { options, languages } of engines) {
    describe(`in ${options.browser}`, { concurrency: 1 }, () => {
      let browser;
      before(async () => {
        browser = await startBrowser(options);
      });
      after(() => browser?.end());
      for (const [place, language] of Object.entries(languages)) {
        it(`by ${place}, ${language}`, (t) => everyFlow(t, browser, { place, language, name: options.browser }));
      }
    });
  }
});

async function everyFlow(t, browser, { place, language, name }) {
  const at = place === "server" ? await startServers() : await startStatic();
  t.after(() => at.close());
  const opened = await openPage(browser, at.url, language);
  const { page, words } = opened;
  const other = language === "zh" ? en : zh;
  const flows = {
    "a code arrives, is entered and becomes a proof": phoneFlow,
    "operations are counted and explained": operationsFlow,
    "the browser reads the code itself": webOtpFlow,
    "the wire is exact, and what is copied runs": () => wireFlow(opened, at.sandbox),
    "a marketing text is mended until no warning is left": mendingFlow,
    "every operation is shown and answered": everyOperationFlow,
    "JSONP asks by a script": scriptFlow,
    "a vendor fails, receipts arrive, and a thousand recipients have outcomes": sendingFlow,
    "an attack is decided, and decided again": attackFlow,
    "the simulated day is shown to the operator": simulatedFlow,
    "nothing was complained of": () => opened.isContent(),
    "the other language says it too": () => languageFlow(opened, other, `${name}-${place}`),
    "it works without a network": () => offlineFlow(opened, at),
    "nothing was complained of after all": () => opened.isContent(),
  };
  if (place === "server") {
    const { headers } = await fetch(at.url);
    const policy = await page.$eval("meta[http-equiv]", ({ content }) => content);
    assert.equal(headers.get("content-security-policy"), `${policy}; frame-ancestors 'none'`);
  }
  await opened.says(".foot .place", words.page.place[place === "server" ? "server" : "page"]);
  for (const [title, flow] of Object.entries(flows)) await t.test(title, () => flow(opened));
  await page.close();
}

test("a public page shows only when to try again, in plain words", async (t) => {
  const host = await startPublic();
  t.after(() => host.close());
  const browser = await startBrowser(chromium);
  t.after(() => browser.end());
  const opened = await openPage(browser, host.url, "en");
  const { page, words } = opened;
  await page.click(".step .primary");
  await opened.says("#send-message", words.phone.messages.sent);
  await opened.says(".person", /Please try again in \d/);
  assert.equal(await page.$eval(".segments button:last-child", ({ disabled }) => disabled), true);
  assert.equal((await page.$$(".window")).length, 0);
  await opened.go("operations");
  await opened.says(".toolbar .quiet", words.operations.forbidden);
  // The browser's own messages about the answers of the operator's routes.
  const others = opened.complaints.filter((complaint) => !/status of 40[14].*\/admin\//.test(complaint));
  assert.deepEqual(others, []);
});

test("the page shows reports and proofs by account", async (t) => {
  const counts = {
    "sent.accepted.apiv1": 5,
    "sent.rejected.apiv1": 1,
    "reports.delivered.apiv1": 3,
    "reports.failed.apiv1": 2,
    "verified.apiv1": 4,
    "sent.accepted.liupai": 7,
    "verify.verified": 4,
  };
  const at = Math.floor(Date.now() / 300_000) * 300_000;
  const host = await startPublic({ statistics: { bucketSeconds: 300, buckets: [{ at, counts }] } });
  t.after(() => host.close());
  const browser = await startBrowser(chromium);
  t.after(() => browser.end());
  const opened = await openPage(browser, `${host.url}#operations`, "zh");
  await opened.says('[data-figure="delivered"] dd', "3");
  await opened.says('[data-figure="verified"] dd', "4");
  assert.deepEqual(await opened.texts('[data-account="apiv1"] .amount'), ["5", "1", "0", "3", "2", "4"]);
  assert.deepEqual(await opened.texts('[data-account="liupai"] .amount'), ["7", "0", "0", "—", "—", "—"]);
  assert.ok(
    (await opened.texts(".plot .title")).some((title) => title.startsWith(opened.words.operations.reportsOverTime)),
  );
  await opened.isContent();
});

test("a page that was loaded without its service worker sends by script", async (t) => {
  const host = await startStatic();
  t.after(() => host.close());
  const browser = await startBrowser(chromium);
  t.after(() => browser.end());
  const opened = await openPage(browser, host.url, "en");
  const { page } = opened;
  await isCached(page);
  await page.reload({ ignoreCache: true });
  await page.waitForSelector("h1");
  assert.equal(await page.evaluate(() => navigator.serviceWorker.controller === null), true);
  await opened.go("wire");
  await page.waitForSelector(".sort");
  await scriptFlow(opened);
  await opened.isContent();
});

for (const options of [chromium, firefox]) {
  test(`a page of ${options.browser} that could not be cached says so, and is cached after the next view`, async (t) => {
    // Only the service worker requests the sandbox before a code is sent.
    let isBroken = true;
    const host = await startStatic({ fails: (name) => isBroken && name.includes("sandbox_bg") });
    t.after(() => host.close());
    const browser = await startBrowser(options);
    t.after(() => browser.end());
    const opened = await openPage(browser, host.url, "en");
    await opened.logs(/^the page is not kept.*its service worker could not be installed/);
    isBroken = false;
    await opened.go("attack");
    await isCached(opened.page);
    await opened.isContent();
  });
}

/** The page is reloaded without its host and sends a code. */
async function offlineFlow(opened, host) {
  const { page, words } = opened;
  await isCached(page);
  // In a view without requests of its own, after all others got their answers: no request may meet a host that is
  // shutting down.
  await opened.go("attack");
  await page.waitForNetworkIdle({ idleTime: 100 });
  await host.close();
  await page.reload();
  await opened.says("h1", words.attack.title);
  await opened.go("phone");
  await opened.says("h1", words.phone.title);
  assert.equal(
    await page.evaluate(() =>
      fetch("backend.json")
        .then((answer) => answer.json())
        .then(({ handler }) => handler),
    ),
    false,
  );
  await page.click(".step .primary");
  await opened.says(".texts li p", /\d{6}/);
  await opened.go("wire");
  await page.waitForSelector(".sort");
}

/**
 * Resolves when the page is cached: when a worker controls it, which happens after its activation, when all files are
 * in its cache. The test polls by a timer and not at each frame, since a busy browser may draw none for long. It does
 * not wait for `ready`, which resolves before the worker is activated, and never after a failed installation.
 */
async function isCached(page) {
  try {
    await page.waitForFunction(() => navigator.serviceWorker.controller !== null, { polling: 100 });
  } catch {
    const states = await page.evaluate(async () => {
      const registration = await navigator.serviceWorker.getRegistration();
      const { installing, waiting, active } = registration ?? {};
      return [installing?.state, waiting?.state, active?.state, ...(await caches.keys())];
    });
    assert.fail(`no worker controls the page: ${states.join()}`);
  }
}
