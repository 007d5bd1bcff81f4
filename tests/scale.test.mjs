// docs/scale.md is true: the handler's operations, and their cost.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { root } from "../scripts/run.mjs";
import { codes, dollars, everyMinute } from "../scripts/scale.mjs";

const page = readFileSync(path.join(root, "docs", "scale.md"), "utf8");
const rows = page
  .split("\n")
  .filter((line) => line.startsWith("| "))
  .map((line) => line.slice(2, -2).split(" | "));
const COLUMNS = ["requests", "texts", "calls", "rowsRead", "rowsWritten", "queueOperations"];

/** A line of the table of counts. */
function counted(beginning) {
  const [, ...numbers] = rows.find(([what, ...more]) => what.includes(beginning) && more.length === COLUMNS.length);
  return Object.fromEntries(numbers.map((number, index) => [COLUMNS[index], Number(number.replaceAll(",", ""))]));
}

/** A line of the table of costs. */
const priced = (beginning) => rows.find(([what, price]) => what.includes(beginning) && price.startsWith("$"))[1];

/** The operations that are not counted, by the assumptions of scripts/scale.mjs. */
const whole = (counts) => ({ ...counts, cpuMs: 2 * counts.requests, gbSeconds: counts.calls * 0.001 * 0.128 });
const written = (cost) => `$${cost.toFixed(2)}`;

test("a code and an idle day cost the calls and rows that the page says", async () => {
  const some = await codes(100);
  const idle = await everyMinute();
  for (const [name, number] of Object.entries(counted("1,000,000 codes"))) assert.equal(some[name], number, name);
  for (const [name, number] of Object.entries(counted("the cron trigger"))) assert.equal(idle[name], number, name);
});

test("the page's costs follow from its counts", () => {
  const [codes, idle] = [whole(counted("1,000,000 codes")), whole(counted("the cron trigger"))];
  const both = Object.fromEntries(Object.keys(codes).map((name) => [name, codes[name] + idle[name]]));
  assert.equal(priced("a month of 1,000,000 codes"), written(dollars(both)));
  for (const what of ["100,000 addresses, one number", "1,000 numbers", "any number", "`total` of 20,000"]) {
    assert.equal(priced(what), written(dollars(whole(counted(what)), { days: 1, isExtra: true })), what);
  }
});
