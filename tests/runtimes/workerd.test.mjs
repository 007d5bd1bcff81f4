// The suite in workerd: bundled by wrangler exactly as a deployment is, run by miniflare.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { Miniflare } from "miniflare";
import { tool } from "../../scripts/run.mjs";
import { names } from "./suite.mjs";
import { startWorld } from "./world.mjs";

test("the suite in workerd", async (t) => {
  const out = mkdtempSync(path.join(tmpdir(), "xinshi-workerd-"));
  t.after(() => rmSync(out, { recursive: true, force: true }));
  const project = path.join(import.meta.dirname, "workerd");
  const env = { ...process.env, WRANGLER_SEND_METRICS: "false", WRANGLER_LOG_PATH: out, CI: "1" };
  execFileSync(tool("wrangler"), ["deploy", "--dry-run", "--outdir", out], { cwd: project, env, stdio: "pipe" });
  const modules = readdirSync(out).filter((name) => /\.(js|wasm)$/.test(name));
  assert.equal(modules.filter((name) => name.endsWith(".wasm")).length, 3, "each door is a compiled module of its own");

  const { world, close } = await startWorld();
  t.after(close);
  const miniflare = new Miniflare({
    modules: modules
      .sort((a, b) => a.endsWith(".wasm") - b.endsWith(".wasm"))
      .map((name) => ({ type: name.endsWith(".wasm") ? "CompiledWasm" : "ESModule", path: path.join(out, name) })),
    modulesRoot: out,
    compatibilityDate: "2026-07-01",
    bindings: world,
  });
  t.after(() => miniflare.dispose());
  const response = await miniflare.dispatchFetch("http://suite/");
  assert.equal(response.status, 200);
  const results = await response.json();
  assert.equal(results.length, names.length, "every case ran");
  for (const { name, ok, error } of results) await t.test(name, () => assert.ok(ok, error));
});
