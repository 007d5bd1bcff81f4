// node bench/objects.mjs [seconds]: compares one object for each key with keys hashed onto a fixed number of objects.
// Measures sends a second in a local workerd, to new numbers and to known ones, in memory and on disk.
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { main } from "../scripts/run.mjs";
import { bundle, startWorkerd } from "../tests/workerd/workerd.mjs";

const BUDGET_MS = Number(process.argv[2] ?? 4) * 1000;
const OBJECTS = [1, 16, 32, 64, 256, 0];
const NUMBERS = [100, 20_000];
const TOGETHER = 32;
const PART = 100;
const none = [{ limit: 1_000, windowSeconds: 86_400 }];
const handler = {
  vendors: { smsadmin: { vendor: "smsadmin", uid: "u", pwd: "p", baseUrl: "http://127.0.0.1:1" } },
  pepper: "a pepper of a bench, of thirty-two bytes or more",
  proof: { key: "a key of a bench, of thirty-two bytes or more", audience: "bench" },
  brand: "信使",
  captcha: undefined,
  acceptGuessRisk: true,
  limits: { cooldownSeconds: 0, number: none, ip: none },
};

await main(async () => {
  const modules = bundle(path.join(import.meta.dirname, "objects"));
  const disks = { memory: "/dev/shm", disk: tmpdir() };
  const results = [];
  for (const [medium, parent] of Object.entries(disks)) {
    if (!existsSync(parent)) continue;
    for (const numbers of NUMBERS) {
      for (const objects of OBJECTS) {
        const result = { medium, numbers, objects, ...(await measure(modules, parent, numbers, objects)) };
        results.push(result);
        const { first, firstMs, again } = result;
        const name = objects === 0 ? "one a key" : `${objects} a kind`;
        const cells = [medium, `${numbers} numbers`, name, `new ${first}/s, ${firstMs} ms each`, `known ${again}/s`];
        process.stdout.write(`${cells.map((cell) => cell.padEnd(24)).join("")}\n`);
      }
    }
  }
  process.stdout.write(`${JSON.stringify(results)}\n`);
});

async function measure(modules, parent, numbers, objects) {
  const disk = mkdtempSync(path.join(parent, "xinshi-bench-"));
  const worker = await startWorkerd({ modules, disk, options: { handler, objects, numbers } });
  /** Sends until the time is over, or until each number got one text. Returns the cost of a send. */
  const run = async (from, most) => {
    let [ms, done] = [0, 0];
    while (ms < BUDGET_MS && done < most) {
      const count = Math.min(PART, most - done);
      const part = await worker.test("bench", { from: from + done, count, together: TOGETHER });
      if (part.statuses[202] !== count) throw new Error(JSON.stringify(part.statuses));
      ms += part.ms;
      done += count;
    }
    return { ms, done };
  };
  try {
    const first = await run(0, numbers);
    // The same numbers and addresses again, as many as the first round reached.
    const again = await run(0, first.done);
    return {
      first: Math.round((first.done * 1000) / first.ms),
      firstMs: ((first.ms * TOGETHER) / first.done).toFixed(1),
      again: Math.round((again.done * 1000) / again.ms),
      touched: first.done,
    };
  } finally {
    await worker.kill();
    rmSync(disk, { recursive: true, force: true });
  }
}
