// The documents: every page in both languages, every example runs, every error has a remedy, and no link is dead.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { before, describe, it, test } from "node:test";
import { vendors } from "xinshi/vendors";
import { buildDocs, site } from "../scripts/docs.mjs";
import { fileAt } from "../scripts/handler/files.mjs";
import { root } from "../scripts/run.mjs";
import { chromium } from "./browser/browsers.mjs";
import { openPage, startBrowser } from "./browser/page/opened.mjs";

const read = (...names) => readFileSync(path.join(root, ...names), "utf8");
const pages = readdirSync(path.join(root, "docs", "en"));
const blocksOf = (page) =>
  Array.from(page.matchAll(/^ *```(\w*)\n(.*?)^ *```$/gms), ([, language, code]) => ({ language, code }));

/** What each page's examples print. */
const OUTPUTS = {
  "first-text.md": /^accepted (main|spare)$/m,
  "first-code.md": /^verified \+8613812345678 login$/m,
  "operate.md": /"type":"send"[\s\S]*^accepted$/m,
  "moving.md": /^accepted \S+$/m,
  "define-vendor.md": /^accepted main$|^accepted spare\nunknown 999$/m,
};

test("both languages have the same pages, with the same code in them", () => {
  assert.deepEqual(readdirSync(path.join(root, "docs", "zh")), pages);
  for (const page of pages) {
    const [chinese, english] = ["zh", "en"].map((language) => read("docs", language, page));
    const shape = (text) => [
      blocksOf(text).map(({ language }) => language),
      (text.match(/^#+/gm) ?? []).filter((_, index) => index >= 0).length,
      (text.match(/^\|/gm) ?? []).length,
    ];
    assert.deepEqual(shape(chinese), shape(english), page);
    assert.match(chinese, /[\u4e00-\u9fff]{10}/, page);
  }
});

test("a page leads from the sample of each vendor to the package", () => {
  for (const language of ["zh", "en"]) {
    const headings = [...read("docs", language, "moving.md").matchAll(/^## (\w+)/gm)].map(([, name]) => name);
    for (const { name } of vendors) assert.ok(headings.includes(name), `${language}: ${name}`);
  }
});

for (const language of ["zh", "en"]) {
  for (const page of pages) {
    const examples = blocksOf(read("docs", language, page)).filter(
      ({ language, code }) => language === "js" && !code.startsWith("// snippet:"),
    );
    for (const [index, { code }] of examples.entries()) {
      test(`example ${index + 1} of docs/${language}/${page} runs, and prints what it says`, (t) => {
        const project = mkdtempSync(path.join(tmpdir(), "xinshi-docs-"));
        t.after(() => rmSync(project, { recursive: true, force: true }));
        symlinkSync(path.join(root, "node_modules"), path.join(project, "node_modules"), "dir");
        writeFileSync(path.join(project, "example.mjs"), code);
        const output = execFileSync(process.execPath, ["example.mjs"], { cwd: project, encoding: "utf8" });
        assert.match(output, OUTPUTS[page]);
      });
    }
  }
}

test("every error of the code has a remedy in both languages, and no other is named", () => {
  const types = read("pkg-template", "sms-error.d.ts");
  const codes = [...types.slice(types.indexOf("export type SmsErrorCode")).matchAll(/^ {2}\| "(\w+)"/gm)];
  const problems = readdirSync(path.join(root, "src", "edge"), { recursive: true })
    .filter((file) => file.endsWith(".rs"))
    .flatMap((file) => [...read("src", "edge", file).matchAll(/(?:Problem|Self)::new\(\s*(\d{3}), *"([a-z-]+)"/g)])
    .map(([, status, name]) => `${name} ${status}`);
  const otp = read("pkg-template", "otp", "index.d.ts");
  const own = [...otp.slice(0, otp.indexOf("readonly type: string")).matchAll(/^ +\* - `([a-z-]+)`/gm)];
  for (const language of ["zh", "en"]) {
    // The rows below the head of each table.
    const [, first, second, third] = read("docs", language, "errors.md").split(/^\| --- .*$/m);
    const named = (section, pattern) => [...section.matchAll(pattern)].map(([, ...parts]) => parts.join(" ")).sort();
    assert.deepEqual(named(first, /^\| `(\w+)` \|/gm), codes.map(([, code]) => code).sort());
    assert.deepEqual(named(second, /^\| `([a-z-]+)` \| (\d+) \|/gm), [...new Set(problems)].sort());
    assert.deepEqual(named(third, /^\| `([a-z-]+)` \|/gm), own.map(([, name]) => name).sort());
  }
  assert.ok(codes.length > 15 && problems.length > 20 && own.length > 3);
});

describe("the site", () => {
  let files;
  before(async () => {
    await buildDocs();
    files = readdirSync(site, { recursive: true }).filter((file) => file.endsWith(".html"));
  });

  it("has every page and the API", () => {
    for (const language of ["zh", "en"])
      for (const page of pages) assert.ok(files.includes(path.join(language, page.replace(".md", ".html"))), page);
    assert.match(read("target", "docs", "en", "api", "client", "functions", "createSms.html"), /createSms/);
  });

  it("leads each internal link to a page, and each anchor to a heading", () => {
    const ids = new Map();
    const idsOf = (file) => {
      if (!ids.has(file))
        ids.set(file, new Set([...read("target", "docs", file).matchAll(/ id="([^"]+)"/g)].map(([, id]) => id)));
      return ids.get(file);
    };
    const dead = [];
    let seen = 0;
    for (const file of files) {
      const main = read("target", "docs", file).match(/<main.*<\/main>/s)?.[0] ?? "";
      for (const [, href] of main.matchAll(/<a [^>]*href="([^"]+)"/g)) {
        if (/^[a-z]+:/.test(href)) continue;
        seen += 1;
        const { pathname, hash } = new URL(href, `http://docs/docs/${file}`);
        const name = decodeURIComponent(pathname.replace(/^\/docs\//, "").replace(/(^|\/)$/, "$1index.html"));
        const id = decodeURIComponent(hash.slice(1)).replaceAll("&amp;", "&");
        if (!existsSync(path.join(site, name)) || (id && !idsOf(name).has(id))) dead.push(`${file}: ${href}`);
      }
    }
    assert.ok(seen > 500, `${seen} links`);
    assert.deepEqual(dead, []);
  });

  it("loads nothing from elsewhere, and has an index for its search in both languages", () => {
    for (const file of files) {
      const foreign = [
        ...read("target", "docs", file).matchAll(/<(?:script|link|img)[^>]+(?:src|href)="(https?:[^"]+)"/g),
      ];
      assert.deepEqual(
        foreign.map(([, url]) => url),
        [],
        file,
      );
    }
    const chunks = readdirSync(path.join(site, "assets", "chunks"));
    for (const locale of ["root", "en"])
      assert.ok(
        chunks.some((file) => file.startsWith(`@localSearchIndex${locale}`)),
        chunks.join(),
      );
  });

  it("is read and searched in a browser, as npm start serves it", async (t) => {
    const server = createServer((request, response) => {
      const file = fileAt(new URL(request.url, "http://x").pathname);
      response.writeHead(file ? 200 : 404, file?.headers).end(file?.body);
    });
    await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
    const browser = await startBrowser(chromium);
    t.after(async () => {
      await browser.end();
      server.closeAllConnections();
      server.close();
    });
    const docs = `http://127.0.0.1:${server.address().port}/docs`;
    for (const [language, word, found] of [
      ["zh", "冷却时间", "第一个验证码"],
      ["en", "casStore", "casStore"],
      ["en", "circuit", "Operating"],
    ]) {
      const opened = await openPage(browser, `${docs}/${language}/first-text`, language);
      const { page } = opened;
      const title = await opened.text("h1");
      await page.click('.VPSidebar a[href$="deploy.html"]');
      await page.waitForFunction((title) => document.querySelector(".vp-doc h1").textContent !== title, {}, title);
      await page.keyboard.down("Control");
      await page.keyboard.press("k");
      await page.keyboard.up("Control");
      await page.waitForSelector(".search-input");
      await page.type(".search-input", word);
      await opened.says(".results", found);
      await opened.isContent();
      await page.close();
    }
  });
});
