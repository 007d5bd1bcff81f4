// The suite in Deno and in Bun, with the packed tarball, as a project that installed it.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { before, test } from "node:test";
import { environment, root, tool } from "../../scripts/run.mjs";
import { packedProject } from "./packed-project.mjs";
import { names } from "./suite.mjs";
import { startWorld } from "./world.mjs";

const runtimes = { Deno: ["deno", "run", "--quiet", "--allow-all"], Bun: ["bun", "run"] };

let project;

before(() => {
  project = packedProject("deno-bun");
  for (const directory of ["scripts", "tests/runtimes"]) {
    cpSync(path.join(root, directory), path.join(project, directory), { recursive: true });
  }
  // The suite breaks the modules of the installed package.
  for (const module of ["wasm/client.js", "wasm/edge.js", "edge/load.js"]) {
    const file = path.join(project, "pkg", module);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, `export * from "../../node_modules/xinshi/${module}";\n`);
  }
});

for (const [name, [program, ...args]] of Object.entries(runtimes)) {
  test(`the suite in ${name}`, async (t) => {
    const { world, close } = await startWorld();
    t.after(close);
    const script = path.join(project, "tests/runtimes/print-suite.mjs");
    const child = spawn(tool(program), [...args, script, JSON.stringify({ ...world, tellsRejections: true })], {
      cwd: project,
      env: environment({ DENO_NO_UPDATE_CHECK: "1", NO_COLOR: "1" }),
      stdio: ["ignore", "pipe", "inherit"],
    });
    const exited = once(child, "exit");
    let output = "";
    for await (const chunk of child.stdout) output += chunk;
    await exited;
    const results = output
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line));
    assert.equal(child.exitCode, 0, `the suite in ${name} did not end: ${output}`);
    assert.equal(results.length, names.length, "every case ran");
    for (const { name, ok, error } of results) await t.test(name, () => assert.ok(ok, error));
  });
}
