// npm test: everything that CI runs.
import path from "node:path";
import { build, printSizes } from "./build.mjs";
import { check } from "./check.mjs";
import { main, root, run, step, tool } from "./run.mjs";
import { setupForTests } from "./setup.mjs";
import { nodeOf, nodeReleases } from "./toolchain.mjs";

/** The tests that need the newest Node.js, as wrangler does; one run of the other runtimes is enough. */
const everything = ["tests/**/*.test.mjs"];
/** The tests that must pass on each Node.js that the package supports. */
const package_ = [
  "tests/sandbox.test.mjs",
  "tests/cli.test.mjs",
  "tests/runtimes/node.test.mjs",
  "tests/runtimes/commonjs.test.mjs",
  "tests/node/servers.test.mjs",
  "tests/node/uncaught.test.mjs",
];

await main(async () => {
  await setupForTests();
  await build();
  await check();
  await step("publint", () => run(tool("publint"), ["run", "pkg", "--strict"], { quiet: true }));
  const types = ["--pack", "pkg", "--no-color"];
  await step("are the types wrong?", () => run(tool("attw"), types, { quiet: true }));
  await step("cargo test", () => run("cargo", ["test", "--quiet", "--locked", "--all-features"]));
  await step("tests in Node.js 24", () => run(tool("node"), ["--test", ...everything]));
  await step("schemathesis", () => run(tool("node"), ["tests/schemathesis/run.mjs"]));
  for (const release of nodeReleases) {
    await step(`tests in Node.js ${release.version}`, () =>
      run(nodeOf(release), ["--test", ...package_.map((file) => path.join(root, file))]),
    );
  }
  if (!(await printSizes())) throw new Error("a door is over its budget: see size-budget.json");
});
