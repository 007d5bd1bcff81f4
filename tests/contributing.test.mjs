// Follows the worked example of CONTRIBUTING.md to the letter, in a copy of the sources.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { root } from "../scripts/run.mjs";

const example = readFileSync(path.join(root, "CONTRIBUTING.md"), "utf8").match(/## Add a vendor.*?(?=\n## )/s)[0];
/** The code blocks, in their order. */
const [vendor, row, types, server] = [...example.matchAll(/```(?:rust|ts)\n(.*?)```/gs)].map(([, code]) => code);

/** Inserts a code block into a file of the copy, behind the last line that begins with `begins`. */
function insert(copy, file, begins, piece) {
  const name = path.join(copy, file);
  const lines = readFileSync(name, "utf8").split("\n");
  const at = lines.findLastIndex((line) => line.startsWith(begins));
  assert.ok(at >= 0, `${file} has no line that begins with ${begins}`);
  writeFileSync(name, lines.toSpliced(at + 1, 0, piece.trimEnd()).join("\n"));
}

/** Adds the example's vendor: its file, its row, its types, its server. */
function addVendor(copy) {
  writeFileSync(path.join(copy, "src/vendor/yunlin.rs"), vendor);
  insert(copy, "src/vendor/mod.rs", "mod smsadmin;", "mod yunlin;");
  insert(copy, "src/vendor/mod.rs", "    tencent::", row);
  const [member, account] = types.split("\n\n");
  insert(copy, "pkg-template/client/vendors.d.ts", "  tencent: {", member);
  insert(copy, "pkg-template/client/vendors.d.ts", "import type { AnyClient", `\n${account}`);
  writeFileSync(path.join(copy, "src/sandbox/yunlin.rs"), server);
  insert(copy, "src/sandbox/mod.rs", "mod smsadmin;", "mod yunlin;");
  insert(copy, "src/sandbox/mod.rs", "    tencent::SERVER,", "    yunlin::SERVER,");
}

/** The directories to which a document's file names may be relative. */
const HOMES = [
  "",
  "docs",
  "scripts",
  "src",
  "src/js",
  "src/js/edge",
  "src/js/host",
  "src/vendor",
  "src/wire",
  "src/edge",
  "pkg-template",
  "pkg-template/client",
];
/**
 * Names that are no files of the repository: the example's, packages, build outputs, addresses, entries of the package, and
 * removed files.
 */
const NO_FILES = [/yunlin/, /^@\w+\//, /^backend\.json$/, /^\/v2\/send$/, /^xinshi\//, /^room\.(js|rs)$/];

test("every file and link that the documents name exists", () => {
  const documents = readdirSync(path.join(root, "docs"), { recursive: true })
    // What npm installed, and what TypeDoc wrote, is no document of the repository.
    .filter((name) => name.endsWith(".md") && !/^(node_modules|api)\b/.test(name))
    .map((name) => `docs/${name}`);
  let named = 0;
  for (const document of ["CONTRIBUTING.md", ...documents]) {
    const text = readFileSync(path.join(root, document), "utf8");
    // The guide names files of the reader's project and addresses of the handler.
    const isGuide = /^docs\/(zh|en|index)/.test(document);
    for (const [, name] of isGuide ? [] : text.matchAll(/`([\w@./-]+)`/g)) {
      const isFile = name.includes("/") || /\.(rs|mjs|js|md|json|toml|ts)$/.test(name);
      if (!isFile || NO_FILES.some((one) => one.test(name))) continue;
      assert.ok(
        HOMES.some((home) => existsSync(path.join(root, home, name))),
        `${document} names ${name}`,
      );
      named += 1;
    }
    for (const [, link] of text.matchAll(/\]\(([^)#]+)/g)) {
      const at = path.join(root, path.dirname(document), link);
      // TypeDoc writes the API when the site is built, which follows its links.
      if (isGuide && /^\.\.\/api\//.test(link)) continue;
      assert.ok(link.startsWith("http") || existsSync(at), `${document} links to ${link}`);
    }
  }
  assert.ok(named > 100, String(named));
});

test("the worked example compiles without a warning, is formatted, and is in the registry", () => {
  const copy = path.join(root, "target", "contributing");
  rmSync(copy, { recursive: true, force: true });
  mkdirSync(copy, { recursive: true });
  for (const name of ["src", "scripts", "pkg-template", "Cargo.toml", "Cargo.lock", "rustfmt.toml", "clippy.toml"]) {
    cpSync(path.join(root, name), path.join(copy, name), { recursive: true });
  }
  addVendor(copy);
  const cargo = (...args) =>
    execFileSync("cargo", args, { cwd: copy, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"], env });
  const env = { ...process.env, CARGO_TARGET_DIR: path.join(root, "target", "example"), RUSTFLAGS: "-D warnings" };
  for (const file of ["src/vendor/yunlin.rs", "src/sandbox/yunlin.rs"]) {
    execFileSync("rustfmt", ["--check", "--edition", "2024", file], { cwd: copy, stdio: ["ignore", "pipe", "pipe"] });
  }
  const [last] = JSON.parse(cargo("run", "--quiet", "--offline", "--example", "registry")).slice(-1);
  assert.deepEqual(
    [last.name, last.title, last.options, last.sends.map(({ operation, carrier }) => [operation, carrier])],
    [
      "yunlin",
      "云麟",
      [
        { kind: "required", name: "key" },
        { kind: "text", name: "baseUrl" },
      ],
      [["send", "POST form"]],
    ],
  );
});
