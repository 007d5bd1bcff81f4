// npm run bench: prints tables, the same as JSON, and at last what is better and worse than the figures that
// docs/benchmarks.md keeps. Not among the tests: timings vary too much to fail one.
//   -- --keep               replaces the kept figures
//   -- --against <folder>   compares with another built package, in one run, and does nothing else
import { readFileSync } from "node:fs";
import { cpus, release } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { build } from "../scripts/build.mjs";
import { main, root, step } from "../scripts/run.mjs";
import { setup } from "../scripts/setup.mjs";

/** The columns of a load's table: medians, then their ratios to the first row. */
const LOAD = ["a second", "p50, ms", "p99, ms", "processor, µs", "× a second", "× p99", "× processor"];

await main(async () => {
  const { values: options } = parseArgs({ options: { keep: { type: "boolean" }, against: { type: "string" } } });
  await setup();
  await build();
  if (options.against !== undefined) return printAgainst(options.against);
  const { benchBuilding } = await import("./build.mjs");
  const { benchNumbers, benchSending, benchStarting } = await import("./edge.mjs");
  const building = await step("building requests", async () => benchBuilding());
  print(
    ["building a request", "xinshi, µs", "by hand, µs", "times as fast", "at least"],
    building.map(({ name, xinshiMicroseconds, rivalMicroseconds, ratio, floor }) => [
      name,
      xinshiMicroseconds.toFixed(1),
      rivalMicroseconds.toFixed(1),
      ratio.toFixed(2),
      floor.toFixed(1),
    ]),
  );
  const { benchRules } = await import("./rules.mjs");
  const rules = await step("building with the rules", async () => benchRules());
  print(
    ["building with xinshi/rules", "with, µs", "without, µs", "more", "at most"],
    rules.map(({ name, withMicroseconds, withoutMicroseconds, more, most }) => [
      name,
      withMicroseconds.toFixed(1),
      withoutMicroseconds.toFixed(1),
      more.toFixed(2),
      most.toFixed(1),
    ]),
  );
  const sending = await step("sending codes in workerd", () => benchSending());
  print(
    ["POST /otp/send", ...LOAD, "xinshi's requests a second, times its"],
    sending.map((side) => [side.title, ...loadOf(side), range(side.xinshiPerSecond)]),
  );
  const { benchWork } = await import("./work.mjs");
  const work = await step("proofs of work in a slowed browser", () => benchWork());
  print(
    ["proof of work in Chromium", "candidates", "seconds", "at most"],
    work.map(({ rate, candidates, seconds, max }) => [
      `slowed ${rate} times`,
      String(candidates),
      seconds.toFixed(2),
      max.toFixed(1),
    ]),
  );
  const { benchWaiting } = await import("./waiting.mjs");
  const waiting = await step("waiting for the store", () => benchWaiting());
  print(
    ["before the vendor is called, with a store of 20 ms a call", "calls' time (middle half)", "at most"],
    waiting.map(({ title, calls, max }) => [title, range(calls), max.toFixed(1)]),
  );
  const numbers = await step("sending codes to many numbers", () => benchNumbers());
  print(
    ["POST /otp/send", ...LOAD],
    numbers.map((side) => [`${side.numbers} numbers`, ...loadOf(side)]),
  );
  const starting = await step("starting", () => benchStarting());
  print(
    ["a start", "ms (middle half)"],
    starting.map(({ title, milliseconds }) => [title, range(milliseconds)]),
  );
  const { benchRest } = await import("./rest.mjs");
  const rest = await step("memory and large bulks", () => benchRest([path.join(root, "pkg")]));
  const results = { building, rules, sending, work, waiting, numbers, starting, rest };
  process.stdout.write(`${JSON.stringify({ node: process.version, ...results })}\n\n`);
  const { COLUMNS, compared, figuresOf, keep } = await import("./figures.mjs");
  const figures = figuresOf(results);
  print(COLUMNS, compared(figures));
  if (options.keep) keep(figures, aboutRun());
});

async function printAgainst(other) {
  const { benchAgainst } = await import("./against.mjs");
  const results = await step("both packages in turns", () => benchAgainst(other));
  const cells = ({ name, unit, there, here, ratio, goal }) => [
    `${name}, ${unit}`,
    there.toFixed(1),
    here.toFixed(1),
    ratio.toFixed(2),
    goal ?? "",
  ];
  print(["this package beside another", "other", "this", "× other", "bound"], results.map(cells));
}

/** The machine and the versions of a run. */
function aboutRun() {
  const [{ model }] = cpus();
  const { version } = JSON.parse(readFileSync(path.join(root, "pkg", "package.json"), "utf8"));
  const day = new Date().toISOString().slice(0, 10);
  return `xinshi ${version}, ${day}: ${cpus().length} × ${model}, ${process.platform} ${release()}, Node.js ${process.versions.node}.`;
}

function loadOf({ perSecond, p50, p99, processorMicroseconds, ratios }) {
  return [
    perSecond.toFixed(0),
    p50.toFixed(1),
    p99.toFixed(1),
    processorMicroseconds.toFixed(0),
    range(ratios.perSecond),
    range(ratios.p99),
    range(ratios.processorMicroseconds),
  ];
}

function range({ median, from, to }) {
  return `${median.toFixed(2)} (${from.toFixed(2)}–${to.toFixed(2)})`;
}

function print(columns, rows) {
  const widths = columns.map((column, index) => Math.max(column.length, ...rows.map((row) => row[index].length)));
  for (const row of [columns, ...rows]) {
    const cells = row.map((cell, index) => (index === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[index])));
    process.stdout.write(`${cells.join("  ")}\n`);
  }
}
