// Where the Rust tools are, at the versions that the project is built with.
import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";
import { ask, root } from "./run.mjs";

/** Tools are kept outside the clone, so that the next clone need not compile them, and by version, so that none is changed. */
const cache = path.join(process.env.XDG_CACHE_HOME || path.join(homedir(), ".cache"), "xinshi");

/** Programs that cargo installs. wasm-bindgen must be the very version of the crate. */
export const cargoTools = [
  { crate: "wasm-bindgen-cli", program: "wasm-bindgen", version: lockedVersion("wasm-bindgen") },
  { crate: "wasm-pack", program: "wasm-pack", version: "0.15.1" },
  { crate: "cargo-deny", program: "cargo-deny", version: "0.20.2" },
].map((tool) => ({ ...tool, root: path.join(cache, `${tool.program}-${tool.version}`) }));

/** Older Node.js that the package supports, beside the newest among the development dependencies. */
const nodes = { 20: "20.20.2", 22: "22.23.3" };

/** The Node.js releases to install for the tests: the machine's own is taken where it is of that major version. */
export const nodeReleases = Object.entries(nodes)
  .filter(([major]) => process.versions.node.split(".")[0] !== major)
  .map(([major, version]) => ({ version, root: path.join(cache, `node-${version}`), major: Number(major) }));

/** The program of a major version of Node.js. */
export function nodeOf(major) {
  const release = nodeReleases.find((release) => release.major === major);
  return release ? path.join(release.root, "node_modules", ".bin", "node") : process.execPath;
}

export const WASM_TARGET = "wasm32-unknown-unknown";
/** The name under which rustup knows Debian's compiler. */
export const DEBIAN = "debian-wasm";

/** A program that cargo installed. */
export const cargoTool = (program) => {
  const { root } = cargoTools.find((tool) => tool.program === program);
  return path.join(root, "bin", program);
};

/** Whether a toolchain has the standard library for wasm32; the default one where none is named. */
export function hasWasmLibrary(toolchain) {
  const libraries = ask("rustc", ["--print", "target-libdir", "--target", WASM_TARGET], toolchainEnv(toolchain));
  return libraries !== undefined && existsSync(libraries);
}

/** The toolchain that compiles for wasm32: `undefined` for the default one, Debian's, or null where there is none yet. */
export function wasmToolchain() {
  if (hasWasmLibrary(undefined)) return undefined;
  return hasWasmLibrary(DEBIAN) ? DEBIAN : null;
}

/** The environment that chooses a toolchain. */
export const toolchainEnv = (toolchain) => (toolchain ? { RUSTUP_TOOLCHAIN: toolchain } : {});

function lockedVersion(crate) {
  const lock = readFileSync(path.join(root, "Cargo.lock"), "utf8");
  const entry = lock.match(new RegExp(`name = "${crate}"\nversion = "([^"]+)"`));
  if (!entry) throw new Error(`Cargo.lock does not hold ${crate}`);
  return entry[1];
}
