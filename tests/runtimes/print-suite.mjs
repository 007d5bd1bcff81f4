// Runs the suite and prints a line of JSON for each case, for runtimes without Node's test runner. `argv[2]` is the
// world.
import { inspect } from "node:util";
import { run } from "./suite.mjs";

globalThis.inspectForTest = globalThis.Deno
  ? (value) => globalThis.Deno.inspect(value, { depth: 100, showHidden: true })
  : (value) => (globalThis.Bun ?? { inspect }).inspect(value, { depth: 100 });

for await (const result of run(JSON.parse(process.argv[2]))) console.log(JSON.stringify(result));
// Open keep-alive connections would keep the process alive for seconds.
process.exit(0);
