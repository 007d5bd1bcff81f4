// npm run soak: faults in real engines. Kills processes and cuts connections under load, then compares what is stored
// with a log kept outside, and prints the figures as JSON. Takes ten minutes for each engine; `-- --minutes 1 --engine redis` less.
//   --minutes <n>   of load for each engine (default 10)
//   --kills <n>     for each engine, spread over the minutes (default 70)
//   --engine <name> redis, workerd or deno-kv; may be repeated (default: all)
//   --seed <n>      of the network's faults and of the load's choices (default 1)
import { parseArgs } from "node:util";
import { build } from "../scripts/build.mjs";
import { main, step } from "../scripts/run.mjs";
import { setupForTests } from "../scripts/setup.mjs";

await main(async () => {
  const text = { type: "string" };
  const { values } = parseArgs({
    options: { minutes: text, kills: text, seed: text, engine: { ...text, multiple: true } },
  });
  await setupForTests();
  await build();
  const { engines } = await import("./soak/engines.mjs");
  const { soak } = await import("./soak/run.mjs");
  const { VIOLATIONS } = await import("./soak/verdict.mjs");
  const { minutes = "10", kills = "70", seed = "1", engine: chosen = Object.keys(engines) } = values;
  const what = { kills: Number(kills), msPerKill: (Number(minutes) * 60_000) / Number(kills), seed: Number(seed) };
  const results = [];
  for (const engine of chosen) {
    const { figures } = await step(`soaking ${engine}`, () => soak(engine, what));
    process.stdout.write(`${JSON.stringify(figures)}\n`);
    results.push(figures);
  }
  const broken = results.filter((figures) => VIOLATIONS.some((name) => figures[name] > 0));
  return broken.length > 0 ? 1 : 0;
});
