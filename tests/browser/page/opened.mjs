// Opens the page in a real browser, and collects everything that the browser reports as an error.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import puppeteer from "puppeteer-core";
import { root } from "../../../scripts/run.mjs";
import { en } from "../../../www/words/en.js";
import { zh } from "../../../www/words/zh.js";

/** The directory of the page's screenshots, which are artefacts outside the repository. */
export const screenshots = path.join(root, "target", "screenshots");
mkdirSync(screenshots, { recursive: true });

/** Chromium reports every rejected request as a network error, and so a fault that a test ordered. */
const EXPECTED_ERRORS = [
  [/^Failed to load resource: the server responded with a status of 4(22|29|03)/, /\/otp\//],
  [/^Failed to load resource: the server responded with a status of 50[02]/, /\/sandbox\/\w+\//],
];

/** Starts a browser with a profile of its own; `end` ends it and removes the profile. */
export async function startBrowser(options) {
  const profile = mkdtempSync(path.join(tmpdir(), "xinshi-page-"));
  const browser = await puppeteer.launch({ headless: true, userDataDir: profile, ...options });
  return Object.assign(browser, {
    async end() {
      await browser.close();
      rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  });
}

/**
 * Opens the page in a language; `complaints` are the errors of its console, its scripts and its policy.
 * @param {import("puppeteer-core").Browser} browser
 * @param {string} url
 * @param {"zh" | "en"} language
 */
export async function openPage(browser, url, language) {
  const page = await browser.newPage();
  await page.setViewport({ width: 1440, height: 900 });
  const complaints = [];
  const consoleLines = [];
  page.on("pageerror", (error) => complaints.push(String(error?.stack ?? error)));
  page.on("console", (message) => {
    consoleLines.push(message.text());
    const type = message.type();
    if (type !== "error" && type !== "warn" && type !== "warning") return;
    const url = message.location()?.url ?? "";
    const isMeant = EXPECTED_ERRORS.some(([pattern, of]) => pattern.test(message.text()) && of.test(url));
    if (!isMeant) complaints.push(`${message.text()} ${url}`);
  });
  await page.evaluateOnNewDocument((expected) => {
    // Only once: afterwards the page's own storage counts.
    if (!sessionStorage.getItem("begun")) localStorage.setItem("xinshi-language", expected);
    sessionStorage.setItem("begun", "yes");
    globalThis.violations = [];
    globalThis.copied = [];
    addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) =>
      globalThis.violations.push(`${violatedDirective} ${blockedURI}`),
    );
    // Records the copied text here, since a test has no clipboard of its own.
    Object.defineProperty(navigator, "clipboard", {
      value: { writeText: async (text) => globalThis.copied.push(text) },
      configurable: true,
    });
  }, language);
  await page.goto(url);
  await page.waitForSelector("h1");
  return new Opened(page, language === "zh" ? zh : en, complaints, consoleLines);
}

class Opened {
  constructor(page, words, complaints, consoleLines) {
    this.page = page;
    this.words = words;
    this.complaints = complaints;
    this.consoleLines = consoleLines;
  }

  /** Opens a view by its link. */
  async go(view) {
    await this.page.click(`nav [data-view="${view}"]`);
    await this.page.waitForFunction((title) => document.title.startsWith(title), {}, this.words.nav[view]);
    await this.page.waitForSelector(`nav [data-view="${view}"][aria-current="page"]`);
  }

  /** The text of an element, once it is there. */
  async text(selector) {
    await this.page.waitForSelector(selector);
    return this.page.$eval(selector, (element) => element.textContent.trim());
  }

  texts(selector) {
    return this.page.$$eval(selector, (elements) => elements.map((element) => element.textContent.trim()));
  }

  /** Waits until an element shows a text; the error's message has what it showed instead. */
  async says(selector, expected) {
    const isThere = (selector, source) => new RegExp(source).test(document.querySelector(selector)?.textContent ?? "");
    const source = expected instanceof RegExp ? expected.source : expected.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
    try {
      await this.page.waitForFunction(isThere, { timeout: 20_000 }, selector, source);
    } catch {
      const text = await this.page.$eval(selector, (element) => element.textContent).catch(() => "nothing");
      assert.fail(`${selector} says ${text}, and not ${expected}; ${this.complaints.join("\n")}`);
    }
  }

  /** Replaces the text in a field. */
  async write(selector, text) {
    await this.page.$eval(
      selector,
      (field, text) => {
        field.value = text;
        field.dispatchEvent(new Event("input", { bubbles: true }));
      },
      text,
    );
  }

  /** Resolves to a line of the console, past or future. */
  async logs(expected) {
    for (;;) {
      const line = this.consoleLines.find((one) => expected.test(one));
      if (line) return line;
      await new Promise((resolve) => this.page.once("console", resolve));
    }
  }

  /** Asserts that there was no error. */
  async isContent() {
    assert.deepEqual(await this.page.evaluate(() => globalThis.violations), [], "the policy");
    assert.deepEqual(this.complaints, []);
  }
}

/** Words with their placeholders replaced by values. */
export const filled = (words, values) => words.replace(/\{(\w+)\}/g, (_, name) => values[name]);
