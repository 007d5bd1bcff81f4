// The code of the README and of the page for a reader's own page: pasted into one, built by Vite and used in real
// Chromium.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { verifyProof } from "xinshi/edge";
import { root, tool } from "../../scripts/run.mjs";
import { PAGE, SERVER } from "../../www/phone/snippets.js";
import { packedProject, run } from "../runtimes/packed-project.mjs";
import { unusedOrigin } from "../runtimes/world.mjs";
import { chromium } from "./browsers.mjs";
import { PROOF, serveBuilt } from "./built-site.mjs";
import { startBrowser } from "./page/opened.mjs";

const readme = readFileSync(path.join(root, "pkg-template/README.md"), "utf8");
const [chinese, english, ...more] = Array.from(readme.matchAll(/^```html\n(.*?)^```$/gms), ([, block]) => block);
const blocks = { chinese, english, page: PAGE };
/** The browser's own message about a wrong code. */
const REJECTED = /^Failed to load resource: the server responded with a status of 422/;

test("the README has a page in each language", () => assert.ok(chinese && english && more.length === 0));

for (const [name, block] of Object.entries(blocks)) {
  for (const reads of [true, false]) {
    const title = `the block ${name} sends and verifies a code where the browser ${reads ? "reads" : "does not read"} texts`;
    test(title, async (t) => {
      const html = `<!doctype html><html lang="en"><link rel="icon" href="data:,">${block}</html>`;
      const project = packedProject(`readme-page-${name}`, { "index.html": html });
      run(tool("vite"), ["build"], project);
      const { url, inbox } = await serveBuilt(t, path.join(project, "dist"));
      const browser = await startBrowser(chromium);
      t.after(() => browser.end());
      const page = await browser.newPage();
      const complaints = [];
      page.on("pageerror", (error) => complaints.push(String(error)));
      page.on("console", (message) => REJECTED.test(message.text()) || complaints.push(message.text()));
      await page.evaluateOnNewDocument((reads) => {
        const get = () => new Promise((resolve) => (globalThis.arriveAs = (code) => resolve({ code })));
        Object.defineProperty(navigator, "credentials", { value: { get }, configurable: true });
        if (reads) globalThis.OTPCredential = class {};
        else delete globalThis.OTPCredential;
      }, reads);
      await page.goto(url);
      await page.evaluate(() => (globalThis.isStillHere = true));
      const value = (field) => page.$eval(`[name=${field}]`, (element) => element.value);
      const holds = (field, pattern) =>
        page.waitForFunction(
          (field, source) => new RegExp(source).test(document.querySelector(`[name=${field}]`).value),
          {},
          field,
          pattern.source,
        );

      await page.type("[name=phone]", "13812345678");
      await page.click("[name=send]");
      await page.waitForFunction(() => document.querySelector("[name=send]").disabled);
      const [{ text }] = await inbox();
      const code = text.match(/\d{6}/)[0];
      // The code is typed before the browser read one, and submitted by the keyboard: the page stays, and shows the
      // error.
      await page.type("[name=code]", code === "000000" ? "000001" : "000000");
      await page.keyboard.press("Enter");
      await holds("said", /wrong/);
      await page.$eval("[name=code]", (field) => (field.value = ""));
      if (reads) {
        await page.evaluate((code) => globalThis.arriveAs(code), code);
        await holds("code", /^\d{6}$/);
      } else await page.type("[name=code]", code);
      await page.click("form button:not([type])");
      await holds("said", /^[\w-]+\.[\w-]+\.[\w-]+$/);
      assert.deepEqual(await verifyProof(await value("said"), PROOF), { phone: "+8613812345678", purpose: "login" });
      assert.equal(await page.evaluate(() => globalThis.isStillHere), true, "the form did not load the page again");
      assert.deepEqual(complaints, []);
    });
  }
}

test("both files of the page make a project that sends a code and signs in, as they are pasted", async (t) => {
  const project = packedProject("page-as-pasted", { "server.mjs": SERVER, "index.html": PAGE });
  run(tool("vite"), ["build"], project);
  const { port, origin } = new URL(await unusedOrigin());
  const env = { ...process.env, PORT: port };
  const server = spawn(process.execPath, ["server.mjs"], { cwd: project, env, stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(server, "exit");
  t.after(() => {
    server.kill();
    return ended;
  });
  await Promise.race([
    once(createInterface({ input: server.stdout }), "line"),
    ended.then(() => assert.fail("the server ended")),
  ]);
  const browser = await startBrowser(chromium);
  t.after(() => browser.end());
  const page = await browser.newPage();
  await page.goto(`${origin}/`);
  await page.type("[name=phone]", "13812345678");
  await page.click("[name=send]");
  await page.waitForFunction(() => document.querySelector("[name=send]").disabled);
  const [{ text }] = await (await fetch(`${origin}/inbox`, { headers: { accept: "application/json" } })).json();
  await page.type("[name=code]", text.match(/\d{6}/)[0]);
  await page.click("form button:not([type])");
  await page.waitForFunction(() => /^[\w-]+\.[\w-]+\.[\w-]+$/.test(document.querySelector("[name=said]").value));
});
