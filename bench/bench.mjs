// npm run bench: prints a table, and the same as JSON. Kept out of the tests: timings decide nothing there.
import { build } from "../scripts/build.mjs";
import { main, step } from "../scripts/run.mjs";
import { setup } from "../scripts/setup.mjs";

await main(async () => {
  await setup();
  await build();
  const { benchBuilding } = await import("./build.mjs");
  const results = await step("building requests", async () => benchBuilding());
  const columns = ["building a request", "xinshi, µs", "by hand, µs", "times as fast", "at least"];
  const rows = results.map(({ name, xinshiMicroseconds, rivalMicroseconds, ratio, floor }) => [
    name,
    xinshiMicroseconds.toFixed(1),
    rivalMicroseconds.toFixed(1),
    ratio.toFixed(2),
    floor.toFixed(1),
  ]);
  const widths = columns.map((column, index) => Math.max(column.length, ...rows.map((row) => row[index].length)));
  for (const row of [columns, ...rows]) {
    const cells = row.map((cell, index) => (index === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[index])));
    process.stdout.write(`${cells.join("  ")}\n`);
  }
  process.stdout.write(`${JSON.stringify({ node: process.version, building: results })}\n`);
});
