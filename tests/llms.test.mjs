// The pages for agents: each program and command is one of the READMEs', which other tests run; each link has a target,
// each entry of the package is listed, and each problem exists.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { openapi } from "../pkg/edge/openapi.js";
import { root } from "../scripts/run.mjs";

const built = path.join(root, "pkg");
const read = (file) => readFileSync(path.join(built, file), "utf8");
const blocksOf = (text) =>
  Array.from(text.matchAll(/^```(\w+)\n(.*?)^```$/gms), ([, language, code]) => language + code);

test("each block of the page stands in a README, in the order install, program, sandbox, service, code", () => {
  const ours = blocksOf(read("first-code.md"));
  const known = [...blocksOf(read("README.md")), ...blocksOf(read("examples/README.md"))];
  for (const block of ours) assert.ok(known.includes(block), block);
  const signs = [/npm pack/, /waitForCode/, /xinshi sandbox/, /export XINSHI/, /otp\/verify/];
  assert.equal(ours.length, signs.length);
  for (const [at, sign] of signs.entries()) assert.match(ours[at], sign);
});

test("the page names directories and problems that exist", () => {
  const page = read("first-code.md");
  const [, listed] = page.match(/Copy a directory.*?: (.*?)\.\n/s);
  for (const [, name] of listed.matchAll(/`([\w-]+)`/g))
    assert.ok(existsSync(path.join(built, "examples", name)), name);
  for (const [name] of page.matchAll(/(?<=`)examples\/[\w./-]+(?=`)/g))
    assert.ok(existsSync(path.join(built, name)), name);
  const problems = Array.from(page.matchAll(/^\| (\d{3}) `([a-z-]+)`/gm), ([, status, name]) => [Number(status), name]);
  assert.ok(problems.length >= 4);
  const described = [];
  JSON.parse(openapi, (_, value) => {
    if (typeof value?.type === "string" && typeof value.status === "number") described.push(value);
    return value;
  });
  for (const [status, name] of problems) {
    assert.ok(
      described.some((problem) => problem.status === status && problem.type.endsWith(name)),
      `${status} ${name}`,
    );
  }
});

/** The anchors of a page's headings, as GitHub makes them. */
const anchorsOf = (text) =>
  Array.from(text.matchAll(/^#+ (.*)$/gm), ([, heading]) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} -]/gu, "")
      .replaceAll(" ", "-"),
  );

test("llms.txt has the published form, and every link a target", () => {
  const text = read("llms.txt");
  // https://llmstxt.org: a heading, a quotation, perhaps more, then sections that are lists of links.
  assert.match(text, /^# .+\n\n> .+\n/);
  const links = Array.from(text.matchAll(/\]\(([^)#]+)(?:#([^)]+))?\)/g), ([, file, anchor]) => [file, anchor]);
  assert.ok(links.length > 15);
  for (const [file, anchor] of links) {
    assert.ok(existsSync(path.join(built, file)), file);
    if (anchor) assert.ok(anchorsOf(read(file)).includes(anchor), `${file}#${anchor}`);
  }
  for (const line of text
    .split("\n## ")
    .slice(1)
    .join("\n")
    .split("\n")
    .filter((line) => line.startsWith("-"))) {
    assert.match(line, /^- \[.+?\]\(.+?\)/);
  }
});

test("llms.txt lists every entry of the package, with its declarations", () => {
  const { exports } = JSON.parse(read("package.json"));
  const entries = Object.entries(exports).filter(([name]) => !/\*|\.json$/.test(name));
  for (const [name, { types }] of entries) {
    const link = `[${path.posix.join("xinshi", name)}](${path.posix.normalize(types.default)})`;
    assert.ok(read("llms.txt").includes(link), link);
  }
});
