// The suite in the Node.js that runs this file. `npm test` runs it in Node.js 20 and 24.
import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import { run } from "./suite.mjs";
import { startWorld } from "./world.mjs";

globalThis.inspectForTest = (value) =>
  inspect(value, { depth: Number.POSITIVE_INFINITY, showHidden: true, showProxy: true });

test(`the suite in Node.js ${process.versions.node}`, async (t) => {
  const { world, close } = await startWorld();
  t.after(close);
  for await (const { name, ok, error } of run({ ...world, tellsRefusals: true })) {
    await t.test(name, () => assert.ok(ok, error));
  }
});
