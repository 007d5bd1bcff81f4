// What must hold of every store. Imports the package by its name and knows no test runner: `run` yields a result a case.
import { createSandbox } from "xinshi/sandbox";
import { compareAndSwap } from "./cases/compare-and-swap.mjs";
import { crashes } from "./cases/crashes.mjs";
import { limits } from "./cases/limits.mjs";
import { races } from "./cases/races.mjs";
import { receipts } from "./cases/receipts.mjs";

const ofStores = { ...limits, ...races, ...crashes, ...receipts };
const cases = { ...ofStores, ...compareAndSwap };

/** Names of the cases that a store of its own, and one over a compare-and-swap, must pass. */
export const names = { store: Object.keys(ofStores), casStore: Object.keys(cases) };

/**
 * Runs every case.
 * @param {object} engine `open(space)`: the store of a space; opened twice, it is what two processes have. `kv(space)`, for
 *   one over a compare-and-swap: what is given to `casStore`. `forgets`: whether what expired is gone at once.
 */
export async function* run(engine) {
  const told = console.error;
  for (const [name, test] of Object.entries(engine.kv ? cases : ofStores)) {
    // Faults that are made are told on the console; they are worth reading only where a case fails.
    const lines = [];
    console.error = (line) => lines.push(line);
    try {
      await test({ ...engine, space: name, sandbox: createSandbox() });
      yield { name, ok: true };
    } catch (error) {
      yield { name, ok: false, error: [error?.stack ?? error, ...lines.slice(-5)].join("\n") };
    } finally {
      console.error = told;
    }
  }
}
