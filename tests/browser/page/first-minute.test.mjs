// What a developer sees of the page in the first minute: what it is, what an attack costs, and what happens after
// mistakes.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { BOMBING } from "../../../www/phone/bombing.js";
import { chromium, firefox } from "../browsers.mjs";
import { openPage, startBrowser } from "./opened.mjs";
import { startPublic, startStatic } from "./places.mjs";

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

test("the first view says what xinshi is, what it saves, how it is installed, and links on", async () => {
  for (const language of ["zh", "en"]) {
    const { page, words } = await openPage(browser, host.url, language);
    for (const [width, height, seen] of [
      [1440, 900, ["h1", ".pitch .lead", ".links", ".install pre", ".savings li:last-child a", ".part"]],
      [360, 780, ["h1", ".pitch .lead", ".links", ".install pre"]],
    ]) {
      await page.setViewport({ width, height });
      for (const selector of seen) {
        const bottom = await page.$eval(selector, (element) => element.getBoundingClientRect().bottom);
        assert.ok(bottom > 0 && bottom < height, `${selector} ends at ${bottom} of ${height}`);
      }
    }
    assert.equal(await page.$eval("h1", (heading) => heading.textContent), words.phone.title);
    const links = await page.$$eval(".introduction a:not([href^='#'])", (all) => all.map(({ href }) => href));
    assert.ok(links.length > 0);
    for (const link of links) assert.equal((await fetch(link)).status, 200, link);
    for (const view of await page.$$eval(".savings a", (all) => all.map(({ hash }) => hash.slice(1))))
      assert.ok(await page.$(`nav [data-view="${view}"]`), view);
    await page.close();
  }
});

test("attackers' texts are red, their cost stands beside the people, and a rule that stops them is one click away", async () => {
  const opened = await openPage(browser, `${host.url}#attack`, "en");
  const { page } = opened;
  const cost = (who) =>
    page.$eval(`[data-cost="${who}"]`, (row) => ({
      texts: Number(row.querySelector(".texts").textContent.replace(/\D/g, "")),
      yuan: row.querySelector(".amount").textContent,
    }));
  const owner = () => page.$eval('[data-figure="owner"] dd', ({ textContent }) => Number(textContent.split(" ")[0]));
  const decided = () => page.waitForFunction(() => document.querySelector("progress.done"), { timeout: 60_000 });
  const again = async (change) => {
    await page.$eval("progress", (progress) => progress.classList.remove("done"));
    await change();
    await decided();
  };
  await decided();
  const { texts, yuan } = await cost("attackers");
  const unlimited = await cost("unlimited");
  assert.deepEqual(
    [texts, yuan, unlimited.texts, unlimited.yuan],
    [BOMBING.texts, `¥${BOMBING.yuan}`, Number(BOMBING.requests.replace(",", "")), `¥${BOMBING.unlimited}.00`],
    "the first view names these figures",
  );
  const colour = (selector, property) => page.$eval(selector, (e, property) => getComputedStyle(e)[property], property);
  const red = await colour(".plot path.fill.attack", "fill");
  const [r, g, b] = red.match(/\d+/g).map(Number);
  assert.ok(r > 2 * g && r > 2 * b, `${red} is no red`);
  assert.equal(await colour('[data-cost="attackers"] .length', "backgroundColor"), red);
  for (const selector of [".plot path.fill.sent", ".plot path.fill.number"])
    assert.notEqual(await colour(selector, "fill"), red, selector);

  // A captcha where it is busy lets the owner in; one for every request stops the rest.
  const people = await cost("people");
  await again(() => page.click('[data-remedy="captcha"]'));
  const fewer = await cost("attackers");
  assert.ok(fewer.texts < texts, `${fewer.texts} texts after ${texts}`);
  assert.ok((await owner()) > 0);
  assert.ok((await cost("people")).texts >= people.texts, "nobody else is kept out");
  await again(() => page.click('[data-remedy="always"]'));
  assert.equal((await cost("attackers")).texts, 0);

  await opened.write("#attack-price", "0.1");
  assert.equal((await cost("unlimited")).yuan, "¥400.00");

  // The other attacks, without the default that stops them.
  for (const kind of ["spray", "pump"]) {
    await again(() => page.click(`input[value="${kind}"]`));
    await page.click(".rules-card button");
    await again(() => page.click("#attack-adaptive"));
    const open = await cost("attackers");
    await again(() => page.click('[data-remedy="adaptive"]'));
    assert.ok((await cost("attackers")).texts < open.texts / 4, `${kind}: ${open.texts}`);
  }
  await opened.isContent();
  await page.close();
});

test("an axis has a title with its unit, and no legend lies on a grid line", async () => {
  const opened = await openPage(browser, `${host.url}#attack`, "en");
  const { page, words } = opened;
  await page.waitForSelector("progress.done", { timeout: 60_000 });
  await page.evaluate(() => (location.hash = "operations"));
  await page.waitForSelector('[data-value="simulated"]:not(:disabled)');
  await page.click('[data-value="simulated"]');
  await page.waitForSelector("[data-account]");
  for (const view of ["operations", "attack"]) {
    await opened.go(view);
    await page.waitForSelector(".plot .title");
    for (const width of [360, 768, 1440]) {
      await page.setViewport({ width, height: 800 });
      await page.waitForFunction(
        () =>
          Number(document.querySelector(".plot svg").getAttribute("width")) ===
          document.querySelector(".plot").clientWidth,
      );
      const { axis, titles, crossed, high } = await page.evaluate(() => {
        const box = (element) => element.getBoundingClientRect();
        const titles = [...document.querySelectorAll(".plot .title")];
        const grid = [...document.querySelectorAll(".plot .grid, .plot .fill:not(tspan)")].map(box);
        const crossed = titles.filter((title) =>
          grid.some(({ top, bottom }) => top < box(title).bottom && bottom > box(title).top),
        );
        const { left, right } = box(document.querySelector(".plot"));
        const cut = [...document.querySelectorAll(".plot text")].filter(
          (text) => box(text).left < left - 1 || box(text).right > right + 1,
        );
        return {
          axis: document.querySelector(".plot .axis").textContent,
          titles: titles.map(({ textContent }) => textContent),
          crossed: crossed.map(({ textContent }) => textContent),
          high: cut.map(({ textContent }) => textContent),
        };
      });
      assert.equal(axis, words.plot.time);
      assert.ok(titles.filter((title) => / per \d+ min/.test(title)).length >= 2, titles.join());
      assert.deepEqual([crossed, high], [[], []], `${view} at ${width}`);
    }
  }
  await page.close();
});

test("a bar of one text does not fill its row, and empty statistics invite to send", async () => {
  const opened = await openPage(browser, host.url, "en");
  const { page, words } = opened;
  await opened.go("operations");
  await opened.says(".invitation", words.operations.empty);
  assert.equal(await page.$eval(".invitation .primary", ({ textContent }) => textContent), words.operations.some);
  assert.equal((await page.$$(".plot:not([hidden] *)")).length, 0, "no empty plot");
  await opened.go("phone");
  await page.click(".step .primary");
  await page.waitForSelector(".offer button");
  await opened.go("operations");
  await page.waitForSelector("[data-account]");
  const parts = await page.evaluate(() => {
    const part = (bar, whole) => bar.getBoundingClientRect().height / whole;
    const [top, , bottom] = [...document.querySelectorAll(".plot .grid")].map((line) => line.getBoundingClientRect().y);
    return [
      part(document.querySelector(".plot path.fill.accepted"), Math.abs(bottom - top)),
      part(document.querySelector(".spark path.accepted"), document.querySelector(".spark").clientHeight),
    ];
  });
  for (const part of parts) assert.ok(part > 0.1 && part < 0.4, String(part));
  await page.close();
  const invited = await openPage(browser, `${host.url}#operations`, "zh");
  await invited.page.click(".invitation .primary");
  await invited.page.waitForSelector("[data-account]");
  await invited.page.close();
});

test("on a phone the rules stand before the results, and no label touches the edge", async () => {
  const opened = await openPage(browser, `${host.url}#attack`, "zh");
  const { page } = opened;
  await page.setViewport({ width: 360, height: 780 });
  await page.waitForSelector("progress.done", { timeout: 60_000 });
  const [rules, results] = await page.evaluate(() =>
    [".rules-card", ".figures"].map((selector) => document.querySelector(selector).getBoundingClientRect().top),
  );
  assert.ok(rules < results, `${rules} and ${results}`);
  for (const language of ["zh", "en"]) {
    for (const view of ["phone", "wire", "sending", "attack", "operations"]) {
      await page.evaluate((view) => (location.hash = view), view);
      await page.waitForSelector(`nav [data-view="${view}"][aria-current="page"]`);
      await page.waitForSelector("h1");
      const near = await page.evaluate(() => {
        const all = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
        const found = [];
        for (let node = all.nextNode(); node; node = all.nextNode()) {
          const range = document.createRange();
          range.selectNodeContents(node);
          const { left, right, width } = range.getBoundingClientRect();
          // What scrolls within its box, or is for screen readers, touches no edge.
          const isApart = node.parentElement.closest(".skip, .hidden, pre, .scrolls, noscript, .texts");
          if (width > 0 && !isApart && (left < 3 || right > innerWidth - 3))
            found.push(`${node.data} ${left} ${right}`);
        }
        return found;
      });
      assert.deepEqual(near, [], `${view}, ${language}`);
    }
    await page.click("[data-language-switch]");
  }
  await page.close();
});

for (const options of [chromium, firefox]) {
  test(`asking again in a cool-down keeps the proof and claims nothing, and errors empty nothing, in ${options.browser}`, async (t) => {
    const own = options === chromium ? browser : await startBrowser(options);
    if (own !== browser) t.after(() => own.end());
    const opened = await openPage(own, host.url, "en");
    const { page, words } = opened;
    await page.click(".step .primary");
    await page.waitForSelector(".offer button");
    await page.click(".offer button");
    await page.keyboard.press("Enter");
    await page.waitForSelector(".claims");
    const [seal, failure] = await page.evaluate(() => {
      const failed = document.createElement("p");
      failed.className = "failure";
      document.body.append(failed);
      const colours = [document.querySelector(".seal"), failed].map((element) => getComputedStyle(element).color);
      failed.remove();
      return colours;
    });
    assert.notEqual(seal, failure, "what succeeded is not in the colour of errors");
    const proof = await opened.text(".token");
    await page.click(".step .primary");
    await opened.says("#send-message", /try again in/);
    await opened.says(".route li:nth-child(2) .note", /^429/);
    // The next look at the inbox and at the text's state, which happens every second, changes nothing.
    await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 2200)));
    assert.equal(await page.$eval(".route li:nth-child(3) .note", ({ textContent }) => textContent), "");
    assert.equal((await page.$$(".route .reached")).length, 2);
    assert.equal(await opened.text(".token"), proof);
    const code = await page.$eval("#code", ({ value }) => value);
    assert.match(code, /^\d{6}$/);

    // A wrong number: the error stands at it.
    await opened.write("#phone-number", "12");
    await page.click(".step .primary");
    await opened.says("#number-error", words.phone.messages.noNumber);
    const field = await page.$eval("#phone-number", (field) => [
      field.value,
      field.getAttribute("aria-invalid"),
      document.getElementById(field.getAttribute("aria-describedby")).textContent,
    ]);
    assert.deepEqual(field, ["12", "true", words.phone.messages.noNumber]);

    await opened.go("wire");
    await page.waitForSelector(".sort");
    const body = await opened.text("pre.text");
    await opened.write("#wire-to", "12x");
    await page.waitForSelector("#wire-to[aria-invalid=true] + .field-error");
    assert.equal(await opened.text("pre.text"), body, "the request stays");
    assert.equal(await page.$eval(".wire-view .primary", ({ disabled }) => disabled), true);
    await opened.write("#wire-to", "13812345678");
    await page.waitForFunction(() => !document.querySelector(".wire-form .field-error"));

    await opened.go("operations");
    await opened.write("#explain-phone", "13812345678");
    await page.click(".explain .primary");
    await page.waitForSelector(".explained .answer");
    await opened.write("#explain-address", "nowhere");
    await page.click(".explain .primary");
    await opened.says("#explain-address-error", words.operations.wrong.address);
    assert.equal(await page.$eval("#explain-address", ({ value }) => value), "nowhere");
    assert.ok(await page.$(".explained .answer"), "the last answer stays");
    await page.close();
  });
}

test("a rule that the handler rejects is marked, and the last result stays", async () => {
  const opened = await openPage(browser, `${host.url}#attack`, "en");
  const { page } = opened;
  await page.waitForSelector("progress.done", { timeout: 60_000 });
  const requests = await opened.text('[data-figure="attempted"] dd');
  for (const [field, group] of [
    ["addressHour", "address"],
    ["cooldown", "number"],
  ]) {
    const was = await page.$eval(`#attack-${field}`, ({ value }) => value);
    await opened.write(`#attack-${field}`, "5000000000");
    await opened.says(`#attack-${group}-error`, /rejects/);
    assert.equal(await page.$eval(`#attack-${field}`, (one) => one.getAttribute("aria-invalid")), "true");
    assert.equal(await page.$$eval('[aria-invalid="true"]', ({ length }) => length), 1);
    assert.equal(await opened.text('[data-figure="attempted"] dd'), requests);
    await opened.write(`#attack-${field}`, was);
    await page.waitForFunction(() => !document.querySelector("progress.done"));
    await page.waitForSelector("progress.done", { timeout: 60_000 });
    await page.waitForFunction((group) => !document.querySelector(`#attack-${group}-error`).textContent, {}, group);
  }
  await page.close();
});

test("a report that comes after almost two minutes is shown", async (t) => {
  const server = await startPublic();
  t.after(() => server.close());
  const page = await browser.newPage();
  await page.evaluateOnNewDocument(() => {
    const now = performance.now.bind(performance);
    globalThis.later = 0;
    performance.now = () => now() + globalThis.later;
  });
  let delivery = "accepted";
  await page.setRequestInterception(true);
  page.on("request", (request) => {
    if (!request.url().includes("/otp/status/")) return request.continue();
    request.respond({ contentType: "application/json", body: JSON.stringify({ status: "open", delivery }) });
  });
  await page.goto(server.url);
  await page.waitForSelector(".step .primary");
  await page.click(".step .primary");
  const says = (word) =>
    page.waitForFunction(
      (word) => document.querySelector(".route li:nth-child(3) .note").textContent.includes(word),
      { timeout: 10_000 },
      word,
    );
  await says("accepted");
  delivery = "delivered";
  await page.evaluate(() => (globalThis.later = 118_000));
  await says("delivered");
  await page.close();
});
