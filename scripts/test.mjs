// npm test: everything that CI runs.
import { readdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import path from "node:path";
import { build, printSizes } from "./build.mjs";
import { checkJavaScript, checkRust } from "./check.mjs";
import { main, root, run, step, together, tool } from "./run.mjs";
import { setupForTests } from "./setup.mjs";
import { nodeOf, nodeReleases } from "./toolchain.mjs";

/** All tests need the newest Node.js, as wrangler does; one run of the other runtimes is enough. */
const files = readdirSync(path.join(root, "tests"), { recursive: true })
  .filter((file) => file.endsWith(".test.mjs"))
  .map((file) => path.join("tests", file));
const isOfBrowsers = (file) => file.startsWith(path.join("tests", "browser"));
/** The tests that must pass on each Node.js that the package supports. */
const packageTests = [
  "tests/sandbox.test.mjs",
  "tests/cli.test.mjs",
  "tests/runtimes/node.test.mjs",
  "tests/runtimes/commonjs.test.mjs",
  "tests/node/servers.test.mjs",
  "tests/node/uncaught.test.mjs",
];

/** By default Node.js leaves a core for itself, and runs one file at a time where there are two. */
const FILES_AT_ONCE = `--test-concurrency=${availableParallelism()}`;

async function rust() {
  await checkRust();
  await step("cargo test", () => run("cargo", ["test", "--quiet", "--locked", "--all-features"]));
}

async function pack() {
  await build();
  await checkJavaScript();
  await step("publint", () => run(tool("publint"), ["run", "pkg", "--strict"], { quiet: true }));
  const types = ["--pack", "pkg", "--no-color"];
  await step("are the types wrong?", () => run(tool("attw"), types, { quiet: true }));
}

async function javascript() {
  // A browser is several processes, so its tests run one file at a time.
  await step("tests in browsers", () =>
    run(tool("node"), ["--test", "--test-concurrency=1", ...files.filter(isOfBrowsers)]),
  );
  await step("tests in Node.js 24", () =>
    run(tool("node"), ["--test", FILES_AT_ONCE, ...files.filter((file) => !isOfBrowsers(file))]),
  );
  await step("schemathesis", () => run(tool("node"), ["tests/schemathesis/run.mjs"]));
  for (const release of nodeReleases) {
    await step(`tests in Node.js ${release.version}`, () =>
      run(nodeOf(release), ["--test", FILES_AT_ONCE, ...packageTests.map((file) => path.join(root, file))]),
    );
  }
  if (!(await printSizes())) throw new Error("a door is over its budget: see size-budget.json");
}

await main(async () => {
  await setupForTests();
  // The tests in Rust need no package. Those in JavaScript have the machine for themselves.
  await together(rust, pack);
  await javascript();
});
