// Writes the notices that the licences of the linked crates require, from the crates' own files.
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { linkedCrates } from "./linked-crates.mjs";
import { root } from "./run.mjs";

/** The file's name in the package. */
export const NOTICES = "THIRD-PARTY-NOTICES.txt";

const HEAD = `The WebAssembly of this package is compiled from the crates named below. Each stands above the text of its licence; of
several that its authors offer, xinshi has it under MIT.
`;

/** The standard library, which rustc links into every program. The compiler's own sources have its licence. */
const RUST = {
  name: "Rust standard library",
  version: "core, alloc, std and what they are built from",
  license: "MIT OR Apache-2.0",
  repository: "https://github.com/rust-lang/rust",
  authors: ["The Rust Project Contributors"],
};

/** The text of the file. */
export function notices() {
  /** The crates of each text: most crates share one. */
  const crates = new Map();
  const add = (texts, line) => {
    for (const text of texts) crates.set(text, [...(crates.get(text) ?? []), line]);
  };
  for (const crate of linkedCrates()) add(licences(crate), title(crate));
  add([mit(RUST)], title(RUST));
  const parts = [...crates].map(([text, names]) => `${names.join("\n")}\n\n${text}\n`);
  return [HEAD, ...parts].join(`\n${"-".repeat(80)}\n\n`);
}

const title = ({ name, version, license, repository }) =>
  `${name} ${version} (${license})${repository ? `, ${repository}` : ""}`;

/** The texts of a crate's licences: all its licence files, except alternatives to MIT. */
function licences(crate) {
  const directory = path.dirname(crate.manifest_path);
  const files = readdirSync(directory)
    .filter((name) => /^(licen[cs]e|copying|copyright|notice|unlicense)/i.test(name))
    .sort();
  const hasMit = files.some((name) => /mit/i.test(name));
  const needed = hasMit ? files.filter((name) => !/apache|unlicense/i.test(name)) : files;
  const texts = needed.map((name) => readFileSync(path.join(directory, name), "utf8").replaceAll("\r\n", "\n").trim());
  // Skips a file that only names licences.
  const whole = texts.filter((text) => text !== crate.license);
  return whole.length === 0 ? [mit(crate)] : whole;
}

/** The text of MIT, for a crate that names this licence and has no file with its text. */
function mit({ name, license, authors }) {
  if (!/\bMIT\b/.test(license) || authors.length === 0) throw new Error(`${name} brings no licence, and names no MIT`);
  const people = authors.map((author) => author.replace(/ <.*>$/, "")).join(", ");
  const text = readFileSync(path.join(root, "LICENSE-MIT"), "utf8").trim();
  const [, ...rest] = text.split(/^Copyright .*$/m);
  if (rest.length !== 1) throw new Error("LICENSE-MIT has another form");
  return `MIT License\n\nCopyright (c) ${people}\n\n${rest[0].trim()}`;
}
