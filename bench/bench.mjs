// npm run bench: prints tables, then the same as JSON. Not among the tests: timings vary too much to fail one.
import { build } from "../scripts/build.mjs";
import { main, step } from "../scripts/run.mjs";
import { setup } from "../scripts/setup.mjs";

/** The columns of a load's table: medians, then their ratios to the first row. */
const LOAD = ["a second", "p50, ms", "p99, ms", "processor, µs", "× a second", "× p99", "× processor"];

await main(async () => {
  await setup();
  await build();
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
  process.stdout.write(
    `${JSON.stringify({ node: process.version, building, rules, sending, waiting, numbers, starting })}\n`,
  );
});

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
