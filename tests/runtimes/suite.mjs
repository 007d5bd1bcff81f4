// The cases that must pass on every runtime. The suite imports the package by its name and needs no test runner: `run`
// yields a result for each case.
import { init } from "xinshi";
import { bulk } from "./cases/bulk.mjs";
import { edge } from "./cases/edge.mjs";
import { edgeFaults } from "./cases/edge-faults.mjs";
import { faults } from "./cases/faults.mjs";
import { gbk } from "./cases/gbk.mjs";
import { jsonpCases } from "./cases/jsonp.mjs";
import { queries } from "./cases/queries.mjs";
import { send } from "./cases/send.mjs";
import { transport } from "./cases/transport.mjs";
import { written } from "./cases/written.mjs";

const cases = {
  ...send,
  ...gbk,
  ...bulk,
  ...queries,
  ...jsonpCases,
  ...transport,
  ...faults,
  ...edge,
  ...edgeFaults,
  ...written,
};

/** The names of all cases, so that a run that ended early is noticed. */
export const names = Object.keys(cases);

/**
 * Runs every case.
 * @param {object} world `sandbox`: origin of `xinshi sandbox`; `hostile`: origin of the hostile server; `closed`: an
 * origin where nothing listens; `tellsRejections`: whether this runtime's fetch reports that a connection was refused;
 * `redirectStatus`: the status it shows for a 307; `byScript`: whether JSONP uses a script tag; `skips`: reasons, by
 * the names of cases that cannot pass there.
 */
export async function* run(world) {
  await init();
  for (const [name, test] of Object.entries(cases)) {
    if (world.skips?.[name]) {
      yield { name, skipped: world.skips[name] };
      continue;
    }
    try {
      await test(world);
      yield { name, ok: true };
    } catch (error) {
      yield { name, ok: false, error: String(error?.stack ?? error) };
    }
  }
}
