// The suite in workerd: bundled by wrangler exactly as for a deployment, run by miniflare.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { Miniflare } from "miniflare";
import { bundledWorker } from "../../scripts/bundled-worker.mjs";
import { names } from "./suite.mjs";
import { startWorld } from "./world.mjs";

test("the suite in workerd", async (t) => {
  const out = mkdtempSync(path.join(tmpdir(), "xinshi-workerd-"));
  t.after(() => rmSync(out, { recursive: true, force: true }));
  const worker = await bundledWorker(path.join(import.meta.dirname, "worker"), out);
  const compiled = worker.modules.filter(({ type }) => type === "CompiledWasm");
  assert.equal(compiled.length, 3, "each door is a compiled module of its own");

  const { world, close } = await startWorld();
  t.after(close);
  const miniflare = new Miniflare({
    ...worker,
    bindings: world,
  });
  t.after(() => miniflare.dispose());
  const response = await miniflare.dispatchFetch("http://suite/");
  assert.equal(response.status, 200);
  const results = await response.json();
  assert.equal(results.length, names.length, "every case ran");
  for (const { name, ok, error } of results) await t.test(name, () => assert.ok(ok, error));
});
