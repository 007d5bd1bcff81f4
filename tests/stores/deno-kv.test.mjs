// The suite over Deno KV by the example's adapter, in Deno, from the packed tarball.
import assert from "node:assert/strict";
import { cpSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { root, tool } from "../../scripts/run.mjs";
import { packedProject, run } from "../runtimes/packed-project.mjs";
import { names } from "./suite.mjs";

test("the suite of stores over Deno KV", async (t) => {
  const project = packedProject("deno-kv");
  for (const directory of ["tests/runtimes", "tests/stores"]) {
    cpSync(path.join(root, directory), path.join(project, directory), { recursive: true });
  }
  cpSync(path.join(project, "node_modules/xinshi/examples"), path.join(project, "examples"), { recursive: true });
  const script = path.join(project, "tests/stores/print-deno-kv.mjs");
  const flags = ["run", "--quiet", "--unstable-kv", "--allow-all"];
  const output = run(tool("deno"), [...flags, script, path.join(project, "kv.sqlite")], project);
  const results = output
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));
  assert.equal(results.length, names.casStore.length, "every case ran");
  for (const { name, ok, error } of results) await t.test(name, () => assert.ok(ok, error));
});
