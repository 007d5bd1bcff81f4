// Asks for known weaknesses of the crates (RustSec) and of the npm packages. Both need a network: where the database
// cannot be had, the result says so, and nothing was checked. git's `url.<mirror>.insteadOf` names a mirror of RustSec's.
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { environment, root } from "./run.mjs";
import { cargoTool } from "./toolchain.mjs";

/**
 * @typedef {{ of: string, isChecked: boolean, found: string[], why?: string }} Advisories What was found; `why` nothing
 * was checked.
 */

/** The advisories about all crates, those of tests too. @returns {Advisories} */
export function crateAdvisories() {
  const folder = path.join(root, "target", "advisories");
  mkdirSync(folder, { recursive: true });
  const config = path.join(folder, "deny.toml");
  writeFileSync(config, `[advisories]\ndb-path = ${JSON.stringify(path.join(folder, "db"))}\nyanked = "allow"\n`);
  const args = ["--format", "json", "--all-features", "--locked", "--config", config, "check", "advisories"];
  return readDeny(ran(cargoTool("cargo-deny"), args));
}

/** Reads what cargo deny printed: a line of JSON for each finding. @returns {Advisories} */
export function readDeny({ status, output }) {
  const of = "crates (RustSec)";
  const lines = output.split("\n").filter((line) => line.startsWith("{"));
  const events = lines.map((line) => JSON.parse(line));
  // A check that ran ends with a summary.
  const isChecked = events.some(({ type }) => type === "summary");
  if (!isChecked) {
    const why = events.findLast(({ type }) => type === "log")?.fields.message ?? output;
    return { of, isChecked, found: [], why: lastWords(why) };
  }
  const errors = events.filter(({ type, fields }) => type === "diagnostic" && fields.severity === "error");
  const found = errors.map(({ fields }) => [fields.advisory?.id, fields.message].filter(Boolean).join(": "));
  if (status !== 0 && found.length === 0) found.push(lastWords(output));
  return { of, isChecked, found };
}

/** The advisories about the npm packages of the lock file: development tools, since the package has no dependency. */
export function npmAdvisories() {
  return readAudit(ran("npm", ["audit", "--package-lock-only", "--json"]));
}

/** Reads what npm audit printed. @returns {Advisories} */
export function readAudit({ output }) {
  const of = "npm packages";
  let audit;
  try {
    audit = JSON.parse(output.slice(output.indexOf("{"), output.lastIndexOf("}") + 1));
  } catch {
    return { of, isChecked: false, found: [], why: lastWords(output) };
  }
  if (audit.metadata === undefined) return { of, isChecked: false, found: [], why: audit.message ?? lastWords(output) };
  const found = Object.values(audit.vulnerabilities).map(({ name, severity }) => `${name}: ${severity}`);
  return { of, isChecked: true, found };
}

const lastWords = (output) => output.trim().split("\n").at(-1) || "it printed nothing";

function ran(program, args) {
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    cwd: root,
    env: environment(),
    encoding: "utf8",
    timeout: 120_000,
    maxBuffer: 1 << 26,
  });
  return { status, output: error ? error.message : `${stdout}\n${stderr}` };
}
