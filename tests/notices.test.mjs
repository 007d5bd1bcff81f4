// The package contains the notices of everything that is linked into its WebAssembly. The test finds it by cargo's
// resolved graph, and not by the list that the notices are made from.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { outputOf, root } from "../scripts/run.mjs";

const written = readFileSync(fileURLToPath(new URL("../pkg/THIRD-PARTY-NOTICES.txt", import.meta.url)), "utf8");
/** Names and texts: each text stands below the names of its crates. */
const parts = written.split(`\n${"-".repeat(80)}\n\n`).slice(1);

/**
 * Whether a dependency is active: cargo's graph also has dependencies of a feature `name?/feature` that nothing
 * activates.
 */
function isOn(crate, features, dependency) {
  const nameOf = ({ rename, name }) => rename ?? name;
  // A crate may need for its tests what it does not need otherwise.
  const isIt = (entry) => entry.kind === null && nameOf(entry).replaceAll("-", "_") === dependency;
  const entries = crate.dependencies.filter(isIt);
  if (entries.length === 0 || entries.some(({ optional }) => !optional)) return true;
  const name = nameOf(entries[0]);
  const turnsOn = (entry) => entry === `dep:${name}` || entry === name || entry.startsWith(`${name}/`);
  return features.some((feature) => feature === name || (crate.features[feature] ?? []).some(turnsOn));
}

/** The crates linked into an entry's WebAssembly, without this repository's own. */
function linkedInto(door) {
  const args = ["metadata", "--format-version", "1", "--locked", "--offline", "--filter-platform"];
  args.push("wasm32-unknown-unknown", "--no-default-features", "--features", door);
  args.push("--manifest-path", path.join(root, "src", "js", "Cargo.toml"));
  const { packages, resolve } = JSON.parse(outputOf("cargo", args));
  const packageOf = new Map(packages.map((crate) => [crate.id, crate]));
  const nodes = new Map(resolve.nodes.map((node) => [node.id, node]));
  const isProcMacro = ({ targets }) => targets.some(({ kind }) => kind.includes("proc-macro"));
  const seen = new Set();
  const visit = (id) => {
    if (seen.has(id) || isProcMacro(packageOf.get(id))) return;
    seen.add(id);
    for (const dependency of nodes.get(id).deps) {
      const isNormal = dependency.dep_kinds.some(({ kind }) => kind === null);
      if (isNormal && isOn(packageOf.get(id), nodes.get(id).features, dependency.name)) visit(dependency.pkg);
    }
  };
  visit(packages.find(({ name }) => name === "xinshi-js").id);
  return [...seen].map((id) => packageOf.get(id)).filter(({ source }) => source !== null);
}

for (const door of ["client", "edge", "sandbox", "rules", "define", "work"]) {
  test(`every crate of ${door} is named with the text of its licence`, () => {
    const crates = linkedInto(door);
    assert.ok(crates.length > 3, `${crates.length} crates`);
    for (const { name, version, license, manifest_path: manifest } of crates) {
      const own = parts.filter((part) =>
        part
          .split("\n\n", 1)[0]
          .split("\n")
          .some((line) => line.startsWith(`${name} ${version} (${license})`)),
      );
      assert.ok(own.length > 0, `${name} ${version} is not named`);
      const texts = own.map((part) => part.slice(part.indexOf("\n\n")).trim());
      for (const text of texts) {
        assert.match(text, /permission is hereby granted|redistribution and use|copyright|licen[cs]e/i, name);
      }
      // The notices contain one of the crate's own licence files unchanged.
      const files = readdirSync(path.dirname(manifest)).filter((file) => /^(licen[cs]e|copying)/i.test(file));
      const brought = files.map((file) =>
        readFileSync(path.join(path.dirname(manifest), file), "utf8")
          .replaceAll("\r\n", "\n")
          .trim(),
      );
      if (brought.length > 0)
        assert.ok(
          texts.some((text) => brought.includes(text)),
          name,
        );
      else assert.match(texts.join(), /^MIT License\n\nCopyright \(c\) \S/, name);
    }
  });
}

test("the notices hold those that licences require, and name the standard library", () => {
  assert.match(written, /subtle \S+ \(BSD-3-Clause\)[\s\S]*Redistributions in binary form must reproduce/);
  assert.match(written, /encoding_rs [\s\S]*WHATWG/);
  assert.match(written, /Rust standard library .*\n\nMIT License\n\nCopyright \(c\) The Rust Project Contributors/);
});
