// The page in real Chromium and Firefox, behind the servers of npm start and as static files: every flow, in both languages.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { en } from "../../www/words/en.js";
import { zh } from "../../www/words/zh.js";
import { chromium, firefox } from "./browsers.mjs";
import {
  attackFlow,
  everyOperationFlow,
  languageFlow,
  operationsFlow,
  phoneFlow,
  scriptFlow,
  simulatedFlow,
  webOtpFlow,
  wireFlow,
} from "./page/flows.mjs";
import { openPage, startBrowser } from "./page/opened.mjs";
import { startPublic, startServers, startStatic, startWayTo } from "./page/places.mjs";

let servers;
before(async () => {
  servers = await startServers();
});
after(() => servers?.close());

/** Each browser does everything in both languages, and so does each place. */
const runs = [
  { browser: chromium, place: "server", language: "zh" },
  { browser: chromium, place: "static files", language: "en" },
  { browser: firefox, place: "server", language: "en" },
  { browser: firefox, place: "static files", language: "zh" },
];

for (const { browser: options, place, language } of runs) {
  test(`the page in ${options.browser}, ${place}, ${language}`, async (t) => {
    const at = place === "server" ? await startWayTo(servers.url) : await startStatic();
    t.after(() => at.close());
    const browser = await startBrowser(t, options);
    const opened = await openPage(browser, at.url, language);
    const { page, words } = opened;
    const flow = async (name, work) => {
      await t.test(name, work);
    };
    await opened.says(".foot .place", words.page.place[place === "server" ? "server" : "page"]);
    const phone = await page.$eval("#phone", (field) => field.value);
    await flow("a code arrives, is entered and becomes a proof", () => phoneFlow(opened));
    await flow("operations are counted and explained", () => operationsFlow(opened, phone));
    await opened.go("phone");
    await flow("the browser reads the code itself", () => webOtpFlow(opened));
    await flow("the wire is exact, and what is copied runs", () => wireFlow(opened, servers.sandbox));
    await flow("every operation is shown and answered", () => everyOperationFlow(opened));
    await flow("JSONP asks by a script", () => scriptFlow(opened));
    await flow("an attack is decided, and decided again", () => attackFlow(opened));
    await flow("the simulated day is shown to the operator", () => simulatedFlow(opened));
    await flow("nothing was complained of", () => opened.isContent());
    await flow("the other language says it too", () =>
      languageFlow(opened, language === "zh" ? en : zh, `${options.browser}-${place.split(" ")[0]}`),
    );
    await flow("it works without a network", () => offlineFlow(opened, at));
    await flow("nothing was complained of after all", () => opened.isContent());
  });
}

test("a public page sees only when to try again, in a person's words", async (t) => {
  const host = await startPublic();
  t.after(() => host.close());
  const browser = await startBrowser(t, chromium);
  const opened = await openPage(browser, host.url, "en");
  const { page, words } = opened;
  await page.click(".step .primary");
  await opened.says("#send-said", words.phone.said.sent);
  await opened.says(".person", /Please try again in \d/);
  assert.equal(await page.$eval(".segments button:last-child", ({ disabled }) => disabled), true);
  assert.equal((await page.$$(".window")).length, 0);
  await opened.go("operations");
  await opened.says(".toolbar .quiet", words.operations.forbidden);
  // The browser's own word for what the operator's routes answered.
  const others = opened.complaints.filter((complaint) => !/status of 40[14].*\/admin\//.test(complaint));
  assert.deepEqual(others, []);
});

/** With its host gone, the page is loaded again and sends a code. */
async function offlineFlow(opened, host) {
  const { page, words } = opened;
  await page.evaluate(async () => {
    const { active } = await navigator.serviceWorker.ready;
    while (active.state !== "activated")
      await new Promise((resolve) => active.addEventListener("statechange", resolve, { once: true }));
  });
  await host.close();
  await page.goto(`${host.url}#phone`);
  await page.reload();
  await opened.says("h1", words.phone.title);
  assert.equal(
    await page.evaluate(() =>
      fetch("place.json")
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
