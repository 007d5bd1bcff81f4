// The Rust tools and others, at the versions that the project is built with.
import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";
import { outputOf, root } from "./run.mjs";

/**
 * Tools are stored outside the clone, so that the next clone need not compile them, and by version, so that none is
 * overwritten.
 */
const cache = path.join(process.env.XDG_CACHE_HOME || path.join(homedir(), ".cache"), "xinshi");

const tool = (crate, program, version, flags = []) => ({
  crate,
  program,
  version,
  flags,
  root: path.join(cache, `${program}-${version}`),
});

/** Where the tools are compiled: they have many crates in common, and each is compiled once. */
export const toolsTarget = path.join(cache, "tools-target");

/**
 * The tool that builds the package; it must have exactly the version of the crate. Its default features are TLS, for a
 * runner of tests that is not used here.
 */
export const wasmBindgen = tool("wasm-bindgen-cli", "wasm-bindgen", lockedVersion("wasm-bindgen"), [
  "--no-default-features",
  "--bin",
  "wasm-bindgen",
]);

/** The tool whose package of the crate a test tries. */
export const wasmPack = tool("wasm-pack", "wasm-pack", "0.15.1");

/** The tool that checks the licences of the crates that ship. */
export const cargoDeny = tool("cargo-deny", "cargo-deny", "0.20.2");

/** The last stable Rust whose pedantic lints the code passes. */
export const LINTED_WITH = "1.95";

/** Older releases of Node.js that the package supports; the newest is a development dependency. */
export const nodeReleases = [
  { major: 20, version: "20.20.2" },
  { major: 22, version: "22.23.3" },
].map((release) => ({ ...release, root: path.join(cache, `node-${release.version}`) }));

/** The program of such a release. */
export const nodeOf = ({ root }) => path.join(root, "node_modules", ".bin", "node");

/**
 * A Python tool in an environment of its own, with all dependencies at fixed versions. pip writes `last` at the end.
 */
const pythonTool = (name, version, tests, last) => {
  const home = path.join(cache, `${name}-${version}`);
  const requirements = path.join(root, "tests", tests, "requirements.txt");
  return { name, version, requirements, root: home, last: path.join(home, last) };
};

/** The tool that tests the handler against its own description; below, a JWT library that checks its proofs. */
export const schemathesis = pythonTool("schemathesis", "4.32.5", "schemathesis", "bin/schemathesis");
export const pyjwt = pythonTool("pyjwt", "2.15.1", "jwt", ".complete");

/** The program of Schemathesis. */
export const schemathesisProgram = schemathesis.last;
/** The Python that has PyJWT. */
export const pyjwtPython = path.join(pyjwt.root, "bin", "python");

export const WASM_TARGET = "wasm32-unknown-unknown";
/** rustup's name of Debian's compiler. */
export const DEBIAN = "debian-wasm";

/** The path of a program that cargo installed. */
export const cargoTool = (program) => {
  const { root } = [wasmBindgen, wasmPack, cargoDeny].find((tool) => tool.program === program);
  return path.join(root, "bin", program);
};

/**
 * Whether a toolchain has the source of the standard library, which is compiled with the package; without a name, the
 * default toolchain.
 */
export function hasLibrarySource(toolchain) {
  const sysroot = outputOf("rustc", ["--print", "sysroot"], toolchainEnv(toolchain))?.trim();
  return sysroot !== undefined && existsSync(path.join(sysroot, "lib", "rustlib", "src", "rust", "library", "std"));
}

/** The toolchain that compiles for wasm32: `undefined` for the default one, Debian's by name, or null for none. */
export function wasmToolchain() {
  if (hasLibrarySource(undefined)) return undefined;
  return hasLibrarySource(DEBIAN) ? DEBIAN : null;
}

/** Options that compile the standard library with the crates, for size, on any released compiler. */
export const buildStd = ["-Zbuild-std=std,panic_abort", "-Zbuild-std-features=optimize_for_size"];
export const buildStdEnv = { RUSTC_BOOTSTRAP: "1" };

/** The environment that selects a toolchain. */
export const toolchainEnv = (toolchain) => (toolchain ? { RUSTUP_TOOLCHAIN: toolchain } : {});

function lockedVersion(crate) {
  const lock = readFileSync(path.join(root, "Cargo.lock"), "utf8");
  const entry = lock.match(new RegExp(`name = "${crate}"\nversion = "([^"]+)"`));
  if (!entry) throw new Error(`Cargo.lock does not hold ${crate}`);
  return entry[1];
}
