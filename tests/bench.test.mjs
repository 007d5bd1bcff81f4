// The bench's last table compares a run with the figures that docs/benchmarks.md keeps.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { compared, keptFigures } from "../bench/figures.mjs";

test("the page of the benchmarks keeps figures, each with the direction that is better", () => {
  const page = readFileSync(new URL("../docs/benchmarks.md", import.meta.url), "utf8");
  const kept = keptFigures(page);
  assert.ok(kept.size > 15, `${kept.size} figures`);
  for (const [name, value] of kept) assert.ok(value > 0, name);
});

test("a run is better, worse or the same, whichever direction is better, and a tenth is noise", () => {
  const kept = new Map([
    ["speed", 2],
    ["time", 2],
  ]);
  const verdict = (name, value, better) => compared([{ name, value, better }], kept)[0].at(-1);
  assert.equal(verdict("speed", 2.3, "more"), "better");
  assert.equal(verdict("speed", 1.7, "more"), "worse");
  assert.equal(verdict("time", 1.7, "less"), "better");
  assert.equal(verdict("time", 2.3, "less"), "worse");
  assert.equal(verdict("time", 2.1, "less"), "the same");
  assert.equal(verdict("memory", 1, "less"), "new");
});
