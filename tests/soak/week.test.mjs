// A week of virtual traffic leaves memory flat: rows expire, and the process keeps nothing of a code but what its bounded
// caches hold.
import assert from "node:assert/strict";
import path from "node:path";
import { test } from "node:test";
import { outputOf, root, tool } from "../../scripts/run.mjs";

const CODES = 200;
/** The caches of the WebAssembly hold 20,000 keys each; a week of this traffic has fewer addresses. */
const MOST_CACHED_BYTES_A_CODE = 260;
/** The size by which a heap differs from one collection to the next. */
const NOISE_BYTES = 400_000;

test("after a week of virtual traffic no row is left over, and the process holds its caches alone", () => {
  const program = path.join(root, "bench", "process", "week.mjs");
  const output = outputOf(tool("node"), ["--expose-gc", program, path.join(root, "pkg"), String(CODES), "8"]);
  const days = output.split("\n").map((line) => JSON.parse(line));
  assert.equal(days.length, 8);
  for (const { sent, verified, reported } of days) {
    assert.deepEqual([sent, reported], [CODES, CODES]);
    assert.ok(verified > CODES / 2, `${verified} verified`);
  }
  // Limits of a day and the sums of five minutes fill in the first day.
  const [second, last] = [days[1], days[7]];
  assert.ok(last.rows <= second.rows, `${second.rows} rows, then ${last.rows}`);
  assert.ok(last.rowBytes <= second.rowBytes * 1.01, `${second.rowBytes} bytes, then ${last.rowBytes}`);
  const cached = 6 * CODES * MOST_CACHED_BYTES_A_CODE;
  const grown = last.heapUsed + last.external - second.heapUsed - second.external;
  assert.ok(grown <= cached + NOISE_BYTES, `${grown} bytes more`);
});
