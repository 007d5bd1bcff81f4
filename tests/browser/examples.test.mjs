// The package's examples for React and Vue, from the packed tarball: built by Vite, and used in real Chromium.
import assert from "node:assert/strict";
import { cpSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { verifyProof } from "xinshi/edge";
import { root, tool } from "../../scripts/run.mjs";
import { packedProject, run } from "../runtimes/packed-project.mjs";
import { chromium } from "./browsers.mjs";
import { PROOF, serveBuilt } from "./built-site.mjs";
import { startBrowser } from "./page/opened.mjs";

const REJECTED = /^Failed to load resource: the server responded with a status of 422/;

for (const name of ["react", "vue"]) {
  test(`the example ${name} sends a code, counts down, reads it and verifies it`, async (t) => {
    const project = packedProject(`example-${name}`);
    cpSync(path.join(root, "pkg-template", "examples", name), project, { recursive: true });
    run(tool("vite"), ["build"], project);
    const { url, inbox } = await serveBuilt(t, path.join(project, "dist"));
    const browser = await startBrowser(chromium);
    t.after(() => browser.end());
    const page = await browser.newPage();
    const messages = [];
    page.on("pageerror", (error) => messages.push(String(error)));
    page.on("console", (message) => messages.push(message.text()));
    // Simulates a browser that reads texts: the test supplies the code.
    await page.evaluateOnNewDocument(() => {
      globalThis.OTPCredential = class {};
      const get = () => new Promise((resolve) => (globalThis.arriveAs = (code) => resolve({ code })));
      Object.defineProperty(navigator, "credentials", { value: { get }, configurable: true });
    });
    await page.goto(url);
    const says = (words) =>
      page.waitForFunction((words) => document.querySelector("[role=status]")?.textContent.includes(words), {}, words);
    await page.waitForSelector("input[type=tel]");
    await page.type("input[type=tel]", "13812345678");
    await page.keyboard.press("Enter");
    await says("On its way");
    const seconds = () => page.$eval("button", ({ textContent }) => Number.parseInt(textContent, 10));
    const first = await seconds();
    assert.ok(first > 50 && first <= 60, String(first));
    assert.equal(await page.$eval("button", ({ disabled }) => disabled), true);
    await page.waitForFunction(
      (first) => Number.parseInt(document.querySelector("button").textContent, 10) < first,
      {},
      first,
    );

    const [{ text }] = await inbox();
    const code = text.match(/\d{6}/)[0];
    const field = "input[autocomplete=one-time-code]";
    await page.type(field, code === "000000" ? "000001" : "000000");
    await page.keyboard.press("Enter");
    await says("wrong");
    await page.evaluate((code) => globalThis.arriveAs(code), code);
    await page.waitForFunction((field, code) => document.querySelector(field).value === code, {}, field, code);
    await page.click("form:last-of-type button");
    await says("Verified");
    const proof = messages.find((line) => line.startsWith("proof ")).slice("proof ".length);
    assert.deepEqual(await verifyProof(proof, PROOF), { phone: "+8613812345678", purpose: "login" });
    assert.deepEqual(
      messages.filter((line) => !line.startsWith("proof ") && !REJECTED.test(line)),
      [],
    );
  });
}
