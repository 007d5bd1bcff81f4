// Checks that the licence of every crate and npm package that this project uses is allowed. Needs no network. cargo deny
// is stricter about the crates that ship: deny.toml.
import { readFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { main, outputOf, root } from "./run.mjs";

/** Licences that anything here may have. */
const ALLOWED = new Set([
  "0BSD",
  "Apache-2.0",
  "Apache-2.0 WITH LLVM-exception",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "BlueOak-1.0.0",
  "CC0-1.0",
  "ISC",
  "MIT",
  "Python-2.0",
  "Unicode-3.0",
  "Unlicense",
  "Zlib",
]);

/** Other licences of development tools, which ship with nothing, by the names of the packages. */
const TOOLS = [
  { names: /^@img\/sharp-/, licence: "LGPL-3.0-or-later", why: "libvips, which Next.js and miniflare can call" },
  { names: /^(lightningcss|axe-core$)/, licence: "MPL-2.0", why: "a tool of Vite, and one of the page's tests" },
  { names: /^@logto\//, licence: "MPL-2.0", why: "a connector that tests post from" },
  { names: /^caniuse-lite$/, licence: "CC-BY-4.0", why: "data about browsers, which Next.js reads" },
  { names: /^(busboy|streamsearch)$/, licence: undefined, why: "MIT, by their old field `licenses`" },
  { names: /./, licence: "Apache License 2.0", why: "Apache-2.0, misspelt" },
];

/**
 * Whether an SPDX expression can be met by allowed licences.
 * @param {string} expression @param {(licence: string) => boolean} isAllowed
 */
export function isMet(expression, isAllowed) {
  const tokens = expression.replaceAll("/", " OR ").match(/[()]|[^\s()]+(?: WITH [^\s()]+)?/g) ?? [];
  let at = 0;
  const one = () => {
    const token = tokens[at++];
    if (token !== "(") return token !== undefined && isAllowed(token);
    const met = any();
    if (tokens[at++] !== ")") throw new Error(`${expression} is no SPDX expression`);
    return met;
  };
  const series = (operator, next, join) => () => {
    let met = next();
    while (tokens[at] === operator) {
      at += 1;
      const other = next();
      met = join(met, other);
    }
    return met;
  };
  const all = series("AND", one, (met, other) => met && other);
  const any = series("OR", all, (met, other) => met || other);
  const met = any();
  if (at !== tokens.length) throw new Error(`${expression} is no SPDX expression`);
  return met;
}

/** Whether a package may be used. @param {{ name: string, licence: string | undefined }} used */
export function isAllowed({ name, licence }) {
  const exceptions = TOOLS.filter(({ names }) => names.test(name)).map(({ licence }) => licence);
  if (exceptions.includes(licence)) return true;
  return licence !== undefined && isMet(licence, (one) => ALLOWED.has(one) || exceptions.includes(one));
}

/** The packages of a lock file of npm. */
function npmPackages(lock) {
  const { packages } = JSON.parse(readFileSync(path.join(root, lock), "utf8"));
  return Object.entries(packages)
    .filter(([where, { link }]) => where !== "" && !link)
    .map(([where, { license }]) => ({ name: where.replace(/^.*node_modules\//, ""), licence: license }));
}

/** All crates, also those of tests and of other platforms. */
function crates() {
  const output = outputOf("cargo", ["metadata", "--format-version", "1", "--locked", "--offline", "--all-features"]);
  if (output === undefined) throw new Error("cargo metadata failed");
  return JSON.parse(output).packages.map(({ name, license }) => ({ name, licence: license ?? undefined }));
}

/** Throws an error that names every package whose licence is not allowed. */
export function checkLicences() {
  const all = [...npmPackages("package-lock.json"), ...npmPackages("docs/package-lock.json"), ...crates()];
  const refused = all.filter((used) => !isAllowed(used)).map(({ name, licence }) => `${name}: ${licence}`);
  if (refused.length > 0)
    throw new Error(`licences that scripts/licences.mjs does not allow:\n  ${refused.join("\n  ")}`);
  return all.length;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  await main(async () => {
    process.stdout.write(`${checkLicences()} licences are allowed\n`);
  });
}
