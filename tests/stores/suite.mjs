// The cases that every store must pass. The suite imports the package by its name and needs no test runner: `run`
// yields a result for each case.
import { createSandbox } from "xinshi/sandbox";
import { compareAndSwap } from "./cases/compare-and-swap.mjs";
import { crashes } from "./cases/crashes.mjs";
import { limits } from "./cases/limits.mjs";
import { marketing } from "./cases/marketing.mjs";
import { races } from "./cases/races.mjs";
import { receipts } from "./cases/receipts.mjs";

const ofStores = { ...limits, ...races, ...crashes, ...receipts, ...marketing };
const cases = { ...ofStores, ...compareAndSwap };

/** The names of the cases for a complete store, and for one over a compare-and-swap. */
export const names = { store: Object.keys(ofStores), casStore: Object.keys(cases) };

/**
 * Runs every case.
 * @param {object} engine `open(space)`: the store of a space; opened twice, it serves two processes. `kv(space)`: for
 * stores over a compare-and-swap, the argument of `casStore`. `forgets`: whether expired keys vanish at once.
 */
export async function* run(engine) {
  const consoleError = console.error;
  for (const [name, test] of Object.entries(engine.kv ? cases : ofStores)) {
    // Ordered faults print to the console; their lines are shown only if a case fails.
    const lines = [];
    console.error = (line) => lines.push(line);
    try {
      await test({ ...engine, space: name, sandbox: createSandbox() });
      yield { name, ok: true };
    } catch (error) {
      yield { name, ok: false, error: [error?.stack ?? error, ...lines.slice(-5)].join("\n") };
    } finally {
      console.error = consoleError;
    }
  }
}
