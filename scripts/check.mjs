// npm run check: format, lints and types of everything, and the licences of what ships.
import path from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "./build.mjs";
import { ask, main, root, run, step, tool } from "./run.mjs";
import { setupForTests } from "./setup.mjs";
import {
  buildStd,
  buildStdEnv,
  cargoTool,
  hasLibrarySource,
  LINTED_WITH,
  toolchainEnv,
  WASM_TARGET,
  wasmToolchain,
} from "./toolchain.mjs";

/** By its path: the older TypeScript that a test uses has a program of the same name. */
const typescript = path.join(root, "node_modules", "typescript", "bin", "tsc");

/** Runs every check; the first that fails ends it. */
export async function check() {
  await step("cargo fmt", () => run("cargo", ["fmt", "--check"], { quiet: true }));
  await step("clippy", () => clippy(["--workspace", "--all-targets", "--all-features"]));
  for (const door of ["client", "edge", "sandbox", "rules"]) await wasmLints(door);
  await step("cargo deny", () =>
    run(cargoTool("cargo-deny"), ["check", "bans", "licenses", "sources"], { quiet: true }),
  );
  await step("biome", () => run(tool("biome"), ["check", "--error-on-warnings", "."], { quiet: true }));
  for (const project of ["tsconfig.json", "tsconfig.package.json", "tsconfig.page.json"]) {
    await step(`tsc --strict, ${project}`, () => run(typescript, ["-p", project], { quiet: true }));
  }
}

/** Debian's compiler comes without clippy: there rustc's own lints are checked, and clippy has read everything natively. */
async function wasmLints(door) {
  const args = [
    "--package",
    "xinshi-js",
    "--target",
    WASM_TARGET,
    "--no-default-features",
    "--features",
    door,
    ...buildStd,
  ];
  if (hasLibrarySource(undefined)) {
    await step(`clippy, ${WASM_TARGET}, ${door}`, () => clippy(args));
  } else {
    const env = { ...toolchainEnv(wasmToolchain()), ...buildStdEnv, RUSTFLAGS: "-D warnings" };
    const target = path.join(root, "target", "check");
    await step(`rustc's lints, ${WASM_TARGET}, ${door}`, () =>
      run("cargo", ["check", "--quiet", "--locked", "--target-dir", target, ...args], { env, quiet: true }),
    );
  }
}

function clippy(args) {
  const target = path.join(root, "target", "lint");
  // A new Rust brings new pedantic lints, which are no fault of a change that did not touch them.
  const known = ask("rustc", ["--version"])?.includes(` ${LINTED_WITH}.`);
  const lints = known ? ["-D", "warnings"] : ["-D", "warnings", "-A", "clippy::pedantic"];
  const all = ["clippy", "--quiet", "--locked", "--target-dir", target, ...args, "--", ...lints];
  return run("cargo", all, { env: buildStdEnv, quiet: true });
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  await main(async () => {
    await setupForTests();
    await build();
    await check();
  });
}
