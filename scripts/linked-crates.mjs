// The crates that are linked into the package's WebAssembly.
import path from "node:path";
import { outputOf, root } from "./run.mjs";
import { WASM_TARGET } from "./toolchain.mjs";

/** The cargo features of all WebAssembly builds of the package. */
const FEATURES = "client,edge,sandbox,rules,define,work";

/**
 * The crates linked into any entry that are not of this repository, from `cargo metadata`; each with `needs`, the
 * names and versions of the linked crates that it uses. Needs no network once the crates are downloaded.
 */
export function linkedCrates() {
  const target = ["--locked", "--offline", "--no-default-features", "--features", FEATURES];
  const tree = ["tree", "--package", "xinshi-js", "--target", WASM_TARGET, ...target];
  tree.push("--edges", "normal,no-proc-macro", "--prefix", "none", "--format", "{p}");
  const named = new Set(lines(tree).map((line) => line.replace(/ \(.*$/, "")));
  const manifest = path.join(root, "src", "js", "Cargo.toml");
  const metadata = ["metadata", "--format-version", "1", "--filter-platform", WASM_TARGET, ...target];
  const { packages, resolve } = JSON.parse(lines([...metadata, "--manifest-path", manifest]).join("\n"));
  const linked = new Map();
  for (const crate of packages) if (named.delete(`${crate.name} v${crate.version}`)) linked.set(crate.id, crate);
  if (named.size > 0) throw new Error(`cargo metadata does not list ${[...named].join(", ")}`);
  const needsOf = (id) => {
    const { deps } = resolve.nodes.find((node) => node.id === id);
    const normal = deps.filter(({ dep_kinds }) => dep_kinds.some(({ kind }) => kind === null));
    return normal.flatMap(({ pkg }) => (linked.has(pkg) ? [linked.get(pkg)] : []));
  };
  return [...linked.values()]
    .filter(({ source }) => source !== null)
    .map((crate) => ({ ...crate, needs: needsOf(crate.id).map(({ name, version }) => ({ name, version })) }));
}

/** @param {string[]} args */
function lines(args) {
  const output = outputOf("cargo", args);
  if (output === undefined) throw new Error(`cargo ${args[0]} failed`);
  return output.split("\n").filter((line) => line !== "");
}
