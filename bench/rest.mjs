// npm run bench: memory, and the time of a start and of large bulks. Each measurement is a process of its own, and
// several packages take turns.
import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { spread } from "./edge.mjs";

/** The program of each measurement, its unit and a divisor to it, its maximum, and its rounds. */
const MEASUREMENTS = [
  { name: "a number in the memory store, with its address", program: "number", unit: "bytes", per: 1, rounds: 1 },
  { name: "a bulk of a million, above the start", program: "recipients", unit: "MB", per: 1e6, most: 64, rounds: 3 },
  { name: "sendMany to 100,000, processor", program: "send-many", unit: "ms", per: 1, rounds: 5 },
  { name: "the client's import and first plan", program: "first-plan", unit: "ms", per: 1, rounds: 15 },
];

/** Measures packages, by their folders. `values` has the median of each. */
export async function benchRest(packages) {
  const results = [];
  for (const { name, program, unit, per, most, rounds } of MEASUREMENTS) {
    const values = packages.map(() => []);
    for (let round = 0; round < rounds; round += 1) {
      for (let turn = 0; turn < packages.length; turn += 1) {
        const at = (round + turn) % packages.length;
        values[at].push((await measure(program, packages[at])) / per);
      }
    }
    results.push({ name, unit, most, values: values.map((all) => spread(all).median) });
  }
  return results;
}

async function measure(program, pkg) {
  const file = path.join(import.meta.dirname, "process", `${program}.mjs`);
  const child = spawn(process.execPath, ["--expose-gc", file, pkg], { stdio: ["ignore", "pipe", "inherit"] });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (part) => (output += part));
  const [status] = await once(child, "close");
  if (status !== 0) throw new Error(`${program} ended with status ${status}`);
  return Number(output);
}
