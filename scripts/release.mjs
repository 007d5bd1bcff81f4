// npm run release: checks the sources, builds twice and compares, packs, writes the bill of materials and publishes with
// provenance, which npm gives in a CI that it knows.
//   -- --dry-run   does all but publish, needs no network, and says at the end what would stop a release
//   -- --built     with --dry-run: takes `pkg` as it is instead of building twice
import { createHash } from "node:crypto";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { crateAdvisories, npmAdvisories } from "./advisories.mjs";
import { checkLicences } from "./licences.mjs";
import { origin, repositoryFields } from "./repository.mjs";
import { main, outputOf, root, run, step } from "./run.mjs";
import { checkSbom, sbom } from "./sbom.mjs";

const out = path.join(root, "target", "release-package");

/**
 * What stops a release of these sources.
 * @param {{ status: string, versions: Record<string, string>, changelog: string, origin?: string, env: NodeJS.ProcessEnv }} about
 * `status` is that of `git status --porcelain`, `versions` has the version in each file.
 */
export function problemsOf({ status, versions, changelog, origin, env }) {
  const problems = [];
  if (status.trim() !== "")
    problems.push(
      `the tree is not clean: ${status
        .trim()
        .split(/\s*\n\s*/)
        .join(", ")}`,
    );
  const [version] = Object.values(versions);
  for (const [file, other] of Object.entries(versions)) {
    if (other !== version) problems.push(`${file} has version ${other}, and ${Object.keys(versions)[0]} ${version}`);
  }
  const section = changelog.split(/^## /m).find((part) => part.startsWith(`[${version}]`));
  if (section === undefined) problems.push(`CHANGELOG.md has no section "## [${version}] - <date>"`);
  else if (!/^\[[^\]]+\] - \d{4}-\d{2}-\d{2}$/m.test(section.split("\n")[0])) {
    problems.push(`CHANGELOG.md's section of ${version} has no date`);
  }
  const unreleased = changelog.split(/^## /m).find((part) => part.startsWith("[Unreleased]"));
  if (section !== undefined && /^- /m.test(unreleased ?? "")) {
    problems.push("CHANGELOG.md has lines under [Unreleased], which belong to this version");
  }
  if (repositoryFields(origin).repository === undefined) {
    problems.push("the origin is no public address, which provenance would name");
  }
  if (!env.ACTIONS_ID_TOKEN_REQUEST_URL && !env.SIGSTORE_ID_TOKEN) {
    problems.push("this is no CI that can prove where a package was built: npm would reject --provenance");
  }
  return problems;
}

/** The SHA-256 of each file of a folder, by its name. @param {string} folder */
export function hashesOf(folder) {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const names = files.map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name))).sort();
  const hash = (name) =>
    createHash("sha256")
      .update(readFileSync(path.join(folder, name)))
      .digest("hex");
  return new Map(names.map((name) => [name, hash(name)]));
}

/** The files that differ between two folders, or are in one of them. */
export function differences(one, other) {
  const [these, those] = [hashesOf(one), hashesOf(other)];
  return [...new Set([...these.keys(), ...those.keys()])].filter((name) => these.get(name) !== those.get(name)).sort();
}

/** Builds the committed sources in two fresh folders. Returns the package of the first, if both are the same. */
async function buildTwice(within) {
  const packages = [];
  for (const name of ["one", "another-with-a-longer-name"]) {
    const clone = path.join(within, name);
    await run("git", ["clone", "--quiet", "--no-hardlinks", root, clone], { quiet: true });
    if (origin()) await run("git", ["-C", clone, "remote", "set-url", "origin", origin()], { quiet: true });
    cpSync(path.join(root, "node_modules"), path.join(clone, "node_modules"), {
      recursive: true,
      verbatimSymlinks: true,
      // The link to this clone's own package.
      filter: (file) => file !== path.join(root, "node_modules", "xinshi"),
    });
    await step(`building in ${clone}`, () =>
      run(process.execPath, ["scripts/build.mjs"], { cwd: clone, quiet: true, env: { CARGO_TARGET_DIR: undefined } }),
    );
    packages.push(path.join(clone, "pkg"));
  }
  const differing = differences(packages[0], packages[1]);
  if (differing.length > 0) throw new Error(`two builds of the same sources differ: ${differing.join(", ")}`);
  return packages[0];
}

function readVersions() {
  const manifest = JSON.parse(readFileSync(path.join(root, "pkg-template", "package.json"), "utf8"));
  const cargo = /^version = "([^"]+)"/m.exec(readFileSync(path.join(root, "Cargo.toml"), "utf8"));
  return { "pkg-template/package.json": manifest.version, "Cargo.toml": cargo?.[1] ?? "none" };
}

/** Packs a package and writes its bill of materials beside it. */
async function pack(pkg, say) {
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  const [packed] = JSON.parse(await run("npm", ["pack", pkg, "--json", "--pack-destination", out], { quiet: true }));
  say(`packed ${packed.filename}: ${packed.entryCount} files, ${packed.size} bytes, ${packed.integrity}`);
  const bom = sbom();
  await checkSbom(bom);
  const file = path.join(out, `${packed.name}-${packed.version}.cdx.json`);
  writeFileSync(file, `${JSON.stringify(bom, undefined, 2)}\n`);
  say(`wrote ${path.relative(root, file)}: ${bom.components.length} components, CycloneDX ${bom.specVersion}, valid`);
  return path.join(out, packed.filename);
}

/** Says what advisories there are; returns whether one is about a crate. */
function tellAdvisories(say) {
  const all = [crateAdvisories(), npmAdvisories()];
  for (const { of, isChecked, found, why } of all) {
    if (!isChecked) say(`advisories of ${of}: NOT CHECKED, the database could not be had: ${why}`);
    else say(`advisories of ${of}: ${found.length === 0 ? "none" : found.join("; ")}`);
  }
  return all[0].found.length > 0;
}

export async function release({ dryRun, built, say }) {
  if (built && !dryRun) throw new Error("--built is for --dry-run: a release is built twice from committed sources");
  const status = outputOf("git", ["status", "--porcelain"]) ?? "git status failed";
  const changelog = readFileSync(path.join(root, "CHANGELOG.md"), "utf8");
  const problems = problemsOf({ status, versions: readVersions(), changelog, origin: origin(), env: process.env });
  if (problems.length > 0 && !dryRun) throw new Error(problems.join("\n"));
  say(`${checkLicences()} licences are allowed`);
  if (tellAdvisories(say)) problems.push("a crate has an advisory");
  const within = mkdtempSync(path.join(tmpdir(), "xinshi-release-"));
  try {
    const pkg = built ? path.join(root, "pkg") : await buildTwice(within);
    say(built ? "two builds: SKIPPED, packing pkg as it is" : "two builds in two folders are the same");
    const tarball = await pack(pkg, say);
    const publishing = ["publish", tarball, "--provenance", "--access", "public"];
    if (!dryRun) {
      if (problems.length > 0) throw new Error(problems.join("\n"));
      await run("npm", publishing);
      return;
    }
    say(`would run: npm ${publishing.join(" ").replace(`${root}${path.sep}`, "")}`);
  } finally {
    rmSync(within, { recursive: true, force: true });
  }
  say(problems.length === 0 ? "nothing would stop this release" : "what would stop this release:");
  for (const problem of problems) say(`- ${problem}`);
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  await main(async () => {
    const flag = { type: "boolean", default: false };
    const { values } = parseArgs({ options: { "dry-run": flag, built: flag } });
    const say = (line) => process.stdout.write(`${line}\n`);
    await release({ dryRun: values["dry-run"], built: values.built, say });
  });
}
