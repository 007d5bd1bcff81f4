// The examples of testing, from the packed tarball: vitest in one process, Playwright with a browser and the sandbox in
// another.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cpSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { environment, root, tool } from "../../scripts/run.mjs";
import { chromium } from "../browser/browsers.mjs";
import { packedProject } from "./packed-project.mjs";
import { unusedOrigin } from "./world.mjs";

function projectOf(name) {
  const project = packedProject(`testing-${name}`);
  cpSync(path.join(root, "pkg-template", "examples", name), project, { recursive: true });
  return project;
}

/** Runs a test program in a project; its output is in the error of a failure. */
async function runTests(program, args, project, variables = {}) {
  const options = { cwd: project, env: environment({ CI: "1", NO_COLOR: "1", ...variables }), timeout: 120_000 };
  const { stdout } = await promisify(execFile)(tool("node"), [tool(program), ...args], options);
  return stdout;
}

test("the example vitest tests a login, code included", async () => {
  assert.match(await runTests("vitest", ["run"], projectOf("vitest")), /Tests {2}1 passed/);
});

test("the example playwright tests a login page, code included", async () => {
  const variables = {
    CHROMIUM: chromium.executablePath,
    ORIGIN: await unusedOrigin(),
    XINSHI_SANDBOX: await unusedOrigin(),
  };
  assert.match(
    await runTests("playwright", ["test", "--reporter=line"], projectOf("playwright"), variables),
    /1 passed/,
  );
});
