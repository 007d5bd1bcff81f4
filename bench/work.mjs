// The longest proof of work in Chromium, slowed as by a weak phone: bounds in seconds, of docs/proof-of-work.md.
import { chromium } from "../tests/browser/browsers.mjs";
import { longestWork, openWorkPage } from "../tests/browser/work-page.mjs";

/** The fastest of some runs: what else runs on the machine only makes them longer. */
const RUNS = 3;

/** @returns {Promise<{ rate: number, candidates: number, seconds: number, max: number }[]>} */
export async function benchWork() {
  const { page, say, close } = await openWorkPage(chromium);
  const rows = [];
  try {
    for (const rate of [4, 6]) {
      await page.emulateCPUThrottling(rate);
      for (const [candidates, max] of [
        [256, 2],
        [640, 5],
      ]) {
        const times = [];
        for (let run = 0; run < RUNS; run += 1) times.push((await say(longestWork(candidates)))[0]);
        rows.push({ rate, candidates, seconds: Math.min(...times), max });
      }
    }
  } finally {
    await close();
  }
  return rows;
}
