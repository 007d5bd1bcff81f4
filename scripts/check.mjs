// npm run check: checks the format, lints and types of everything, and the licences of the crates that ship.
import path from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "./build.mjs";
import { checkNames } from "./duplicate-names.mjs";
import { checkLicences } from "./licences.mjs";
import { main, outputOf, root, run, step, together, tool } from "./run.mjs";
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

/** Given by its path, since the older TypeScript of a test installs a program of the same name. */
const typescript = path.join(root, "node_modules", "typescript", "bin", "tsc");

/** Runs every check. */
export const check = () => together(checkRust, checkJavaScript);

/** Runs the checks of Rust, and stops at the first failure. */
export async function checkRust() {
  await step("cargo fmt", () => run("cargo", ["fmt", "--check"], { quiet: true }));
  await step("clippy", () => clippy(["--workspace", "--all-targets", "--all-features"]));
  await step("links of Rust's documents", documentLinks);
  for (const door of ["client", "edge", "sandbox", "rules", "define", "work"]) await wasmLints(door);
  await step("cargo deny", () =>
    run(cargoTool("cargo-deny"), ["check", "bans", "licenses", "sources"], { quiet: true }),
  );
  await step("licences", checkLicences);
}

/** Runs the checks of JavaScript, and of the names in Rust, and stops at the first failure. */
export async function checkJavaScript() {
  await step("one name, one meaning", checkNames);
  await step("biome", () => run(tool("biome"), ["check", "--error-on-warnings", "."], { quiet: true }));
  // The bundles for Node.js have lost their types: their sources are checked in their place.
  for (const project of ["tsconfig.json", "tsconfig.package.json", "tsconfig.page.json"]) {
    await step(`tsc --strict, ${project}`, () => run(typescript, ["-p", project], { quiet: true }));
  }
}

/**
 * Debian's compiler comes without clippy. There rustc's own lints check this code, and clippy has checked all other
 * code natively.
 */
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
  // A newer Rust has new pedantic lints, which would fail code that did not change.
  const known = outputOf("rustc", ["--version"])?.includes(` ${LINTED_WITH}.`);
  const lints = known ? ["-D", "warnings"] : ["-D", "warnings", "-A", "clippy::pedantic"];
  const all = ["clippy", "--quiet", "--locked", "--target-dir", target, ...args, "--", ...lints];
  return run("cargo", all, { env: buildStdEnv, quiet: true });
}

/** A comment that links to a name which is gone misleads, and no other check reads it. */
function documentLinks() {
  const args = ["--workspace", "--all-features", "--no-deps", "--document-private-items"];
  const target = path.join(root, "target", "lint");
  const env = { RUSTDOCFLAGS: "-D rustdoc::broken_intra_doc_links -A rustdoc::private_intra_doc_links" };
  return run("cargo", ["doc", "--quiet", "--locked", "--target-dir", target, ...args], { env, quiet: true });
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  await main(async () => {
    await setupForTests();
    await build();
    await check();
  });
}
