// Every code block of every README and of the documents, and the code that the page shows, as a reader pastes it: into a module that
// TypeScript checks, with only a page's or only a server's types, or into a shell.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { root } from "../scripts/run.mjs";
import { INSTALL, PAGE, RUN, SERVER } from "../www/phone/snippets.js";
import { packedProject, run } from "./runtimes/packed-project.mjs";

const DOCUMENTS = [
  "README.md",
  "pkg-template/README.md",
  "pkg-template/examples/README.md",
  ...["zh", "en"].flatMap((language) =>
    readdirSync(path.join(root, "docs", language)).map((page) => `docs/${language}/${page}`),
  ),
];

/** Each block with its language, named by its file and line. */
const blocks = DOCUMENTS.flatMap((file) => {
  const text = readFileSync(path.join(root, file), "utf8");
  // A block in a list is indented.
  return Array.from(text.matchAll(/^( *)```(\w*)\n(.*?)^\1```$/gms), ({ 1: indent, 2: language, 3: code, index }) => ({
    name: `${file.replaceAll(/[^\w]+/g, "-")}-${text.slice(0, index).split("\n").length}`,
    language,
    code: code.replaceAll(new RegExp(`^${indent}`, "gm"), ""),
  })).filter(({ code }) => !/^\S+ snippet: /.test(code));
});
blocks.push(
  { name: "www-server", language: "js", code: SERVER },
  { name: "www-page", language: "html", code: PAGE },
  { name: "www-install", language: "sh", code: INSTALL },
  { name: "www-run", language: "sh", code: RUN },
);

const of = (...languages) => blocks.filter(({ language }) => languages.includes(language));

test("this file checks the language of each block", () => {
  assert.deepEqual([...new Set(blocks.map(({ language }) => language))].sort(), ["html", "js", "sh", "ts"]);
  assert.equal(of("html").length, 3);
});

const modules = of("js", "ts").map(({ name, code }) => [`${name}.ts`, code]);
const scripts = of("html").map(({ name, code }) => [`${name}.ts`, scriptOf(code)]);

/** The declarations of Hono take the DOM's types. */
const withoutHono = modules.filter(([, code]) => !code.includes('from "hono"'));

const places = {
  "a server's module": { files: withoutHono, lib: ["es2023"], types: ["node"] },
  "a page's module": { files: [...modules, ...scripts], lib: ["es2023", "dom", "dom.iterable"], types: ["node"] },
};

for (const [place, { files, lib, types }] of Object.entries(places)) {
  test(`each compiles under strict as ${place}`, () => {
    const project = packedProject(`readme-${place.replaceAll(/\W+/g, "-")}`, Object.fromEntries(files));
    const compilerOptions = { strict: true, noEmit: true, module: "nodenext", target: "es2022", lib, types };
    writeFileSync(path.join(project, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["*.ts"] }));
    run(process.execPath, [path.join(root, "node_modules", "typescript", "bin", "tsc"), "-p", "."], project);
  });
}

test("a shell parses each command", () => {
  assert.ok(of("sh").length > 10);
  for (const { name, code } of of("sh")) {
    assert.doesNotThrow(() => execFileSync("bash", ["-n"], { input: code, stdio: "pipe" }), name);
  }
});

/** The module in a page's block. */
function scriptOf(html) {
  const [, script] = html.match(/<script type="module">\n(.*?)<\/script>/s);
  return script;
}
