// The suite in real Chromium and Firefox: the built package, served as static files.
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import puppeteer from "puppeteer-core";
import { createSandbox } from "xinshi/sandbox";
import { serve } from "../../pkg/sandbox/server.js";
import { root } from "../../scripts/run.mjs";
import { startHostileServer } from "../runtimes/hostile-server.mjs";
import { names } from "../runtimes/suite.mjs";
import { unusedOrigin } from "../runtimes/world.mjs";
import { chromium, firefox } from "./browsers.mjs";

const resends =
  "browsers resend a request themselves when a kept connection closes before the reply, and no page can stop it";
/** Behaviour of a page's fetch that no page can change. */
const skips = {
  "a request whose connection is cut is sent once, also on a reused connection": resends,
  "a connection that the sandbox resets is an unknown outcome": resends,
};

const types = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".wasm": "application/wasm",
};

/** Serves the project's files, and the sandbox below `/sandbox`, on one origin. */
function site() {
  const sandbox = createSandbox();
  return {
    async fetch(request) {
      const url = new URL(request.url);
      const below = url.pathname.match(/^\/sandbox(\/.*)$/);
      if (below) return sandbox.fetch(new Request(new URL(below[1] + url.search, url), request));
      const file = path.join(root, path.normalize(url.pathname));
      if (!existsSync(file)) return new Response("absent", { status: 404 });
      return new Response(readFileSync(file), {
        headers: { "content-type": types[path.extname(file)] ?? "text/plain" },
      });
    },
  };
}

for (const options of [chromium, firefox]) {
  test(`the suite in ${options.browser}`, async (t) => {
    const server = await serve(site(), { port: 0, host: "127.0.0.1" });
    const hostile = await startHostileServer();
    const profile = mkdtempSync(path.join(tmpdir(), "xinshi-browser-"));
    const running = await puppeteer.launch({ headless: true, userDataDir: profile, ...options });
    t.after(async () => {
      await running.close();
      hostile.close();
      server.closeAllConnections();
      server.close();
      rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
    });
    const origin = `http://127.0.0.1:${server.address().port}`;
    const page = await running.newPage();
    const errors = [];
    // Firefox reports the connections that the suite cuts as errors of the page.
    const meant = /CORS request did not succeed/;
    page.on("pageerror", (error) => meant.test(String(error)) || errors.push(String(error)));
    await page.goto(`${origin}/tests/browser/page.html`);
    await page.waitForFunction("globalThis.runSuite");
    const world = {
      sandbox: `${origin}/sandbox`,
      hostile: hostile.origin,
      closed: await unusedOrigin(),
      tellsRejections: false,
      redirectStatus: 0,
      byScript: true,
      skips,
    };
    const results = await page.evaluate((world) => globalThis.runSuite(world), world);
    assert.equal(results.length, names.length + 3, "every case ran");
    for (const { name, ok, error, skipped } of results) {
      await t.test(name, { skip: skipped }, () => assert.ok(ok, error));
    }
    assert.deepEqual(errors, []);
  });
}
