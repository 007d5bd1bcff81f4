// The threat model names the tests of each row, in both languages the same, and they exist.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { root } from "../scripts/run.mjs";

/** The rows of the table of attackers: lists of cells. */
function rows(language) {
  const text = readFileSync(path.join(root, "docs", language, "threats.md"), "utf8");
  const table = text.match(/^\|.*\|$/gm).map((line) => line.slice(2, -2).split(" | "));
  return table.slice(2);
}

const files = (cell) => [...cell.matchAll(/`(tests\/[^`]+)`/g)].map(([, file]) => file);

test("each attacker has a control, a test that exists and a word on what is left over", () => {
  for (const language of ["en", "zh"]) {
    const all = rows(language);
    assert.ok(all.length > 15, `${all.length} rows`);
    for (const cells of all) {
      assert.equal(cells.length, 5, cells[0]);
      for (const cell of cells) assert.notEqual(cell.trim(), "", cells[0]);
      const named = files(cells[3]);
      assert.ok(named.length > 0, cells[0]);
      for (const file of named) assert.ok(existsSync(path.join(root, file)), `${cells[0]}: ${file}`);
    }
  }
});

test("both languages name the same tests, row by row", () => {
  const [en, zh] = ["en", "zh"].map((language) => rows(language).map((cells) => files(cells[3])));
  assert.deepEqual(zh, en);
});
