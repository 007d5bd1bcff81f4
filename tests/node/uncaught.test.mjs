// What a developer sees first when an option is wrong: the message and the line that made the error, not the minified
// glue of the WebAssembly, which Node.js would print before them.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { root } from "../../scripts/run.mjs";

for (const [name, code, message] of [
  [
    "createHandler",
    'import { createHandler } from "xinshi/edge"; createHandler({ peper: "x" });',
    /there is no such field/,
  ],
  ["casStore", 'import { casStore } from "xinshi/edge"; casStore({});', /SmsError: /],
  ["hookPath", 'import { hookPath } from "xinshi/edge"; hookPath("short", "main");', /SmsError: /],
  [
    "createSms",
    'import { createSms } from "xinshi"; createSms({ vendors: { main: { vendor: "x" } } });',
    /vendor is not one/,
  ],
  ["plan", 'import { countSegments } from "xinshi"; countSegments(7);', /Error: /],
  [
    "require",
    'const { createHandler } = require("xinshi/edge"); createHandler({ peper: "x" });',
    /there is no such field/,
  ],
]) {
  test(`${name} names the mistake in few, short lines`, () => {
    const type = code.startsWith("import") ? "module" : "commonjs";
    const { stderr, status } = spawnSync(process.execPath, [`--input-type=${type}`, "--eval", code], {
      cwd: root,
      encoding: "utf8",
    });
    assert.equal(status, 1);
    assert.match(stderr, message);
    const [longest] = stderr.split("\n").sort((one, other) => other.length - one.length);
    assert.ok(longest.length < 800, `${longest.length} characters: ${longest.slice(0, 200)}`);
  });
}
