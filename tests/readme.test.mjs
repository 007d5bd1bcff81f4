// The examples of both READMEs, run as they stand.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { root } from "../scripts/run.mjs";

const said = {
  "README.md": /^(smsadmin 已接受，计费 1 条|smsadmin took it, 1 segment)/,
  "pkg-template/README.md": /accepted\n$/,
};

for (const [file, expected] of Object.entries(said)) {
  const examples = [...readFileSync(path.join(root, file), "utf8").matchAll(/```js\n(.*?)```/gs)].map(
    ([, code]) => code,
  );
  test(`${file} has an example in each language`, () => assert.equal(examples.length, 2));
  for (const [index, example] of examples.entries()) {
    test(`example ${index + 1} of ${file} does what it says`, (t) => {
      const project = mkdtempSync(path.join(tmpdir(), "xinshi-readme-"));
      t.after(() => rmSync(project, { recursive: true, force: true }));
      symlinkSync(path.join(root, "node_modules"), path.join(project, "node_modules"), "dir");
      writeFileSync(path.join(project, "example.mjs"), example);
      const output = execFileSync(process.execPath, ["example.mjs"], { cwd: project, encoding: "utf8" });
      assert.match(output, expected);
    });
  }
}
