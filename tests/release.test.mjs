// The release: what stops it, what it writes, and that a dry run needs no network.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { readAudit, readDeny } from "../scripts/advisories.mjs";
import { isAllowed, isMet } from "../scripts/licences.mjs";
import { differences, problemsOf } from "../scripts/release.mjs";
import { environment, root } from "../scripts/run.mjs";
import { checkSbom, sbom } from "../scripts/sbom.mjs";

const READY = {
  status: "",
  versions: { "pkg-template/package.json": "1.2.3", "Cargo.toml": "1.2.3" },
  changelog: "# Changelog\n\n## [Unreleased]\n\n## [1.2.3] - 2026-12-01\n\n### Added\n\n- A thing.\n",
  origin: "https://github.com/team/xinshi",
  env: { ACTIONS_ID_TOKEN_REQUEST_URL: "https://ci.example" },
};

test("a release is stopped by a changed file, another version, the changelog, the origin and the place", () => {
  assert.deepEqual(problemsOf(READY), []);
  const changes = [
    [{ status: " M README.md\n" }, "the tree is not clean: M README.md"],
    [{ versions: { ...READY.versions, "Cargo.toml": "1.2.2" } }, "Cargo.toml has version 1.2.2"],
    [{ changelog: "## [Unreleased]\n\n- A thing.\n\n## [1.2.2] - 2026-11-01\n" }, 'has no section "## [1.2.3]'],
    [{ changelog: READY.changelog.replace(" - 2026-12-01", "") }, "section of 1.2.3 has no date"],
    [{ changelog: READY.changelog.replace("[Unreleased]\n", "[Unreleased]\n\n- More.\n") }, "lines under [Unreleased]"],
    [{ origin: "/home/me/xinshi" }, "no public address"],
    [{ env: {} }, "no CI"],
  ];
  for (const [change, problem] of changes) {
    const problems = problemsOf({ ...READY, ...change });
    assert.equal(problems.length, 1, problems.join("\n"));
    assert.ok(problems[0].includes(problem), problems[0]);
  }
});

test("two builds are compared by every file, in both directions", (t) => {
  const folders = [0, 1].map(() => mkdtempSync(path.join(tmpdir(), "xinshi-builds-")));
  t.after(() => {
    for (const folder of folders) rmSync(folder, { recursive: true });
  });
  const [one, other] = folders;
  for (const folder of folders) writeFileSync(path.join(folder, "same"), "same");
  assert.deepEqual(differences(one, other), []);
  writeFileSync(path.join(one, "a"), "1");
  writeFileSync(path.join(other, "a"), "2");
  writeFileSync(path.join(one, "b"), "");
  writeFileSync(path.join(other, "c"), "");
  assert.deepEqual(differences(one, other), ["a", "b", "c"]);
});

test("the bill of materials is CycloneDX, names every noticed crate with its hash, and is the same each time", async () => {
  const bom = sbom();
  await checkSbom(bom);
  assert.deepEqual(sbom(), bom);
  const notices = readFileSync(path.join(root, "pkg", "THIRD-PARTY-NOTICES.txt"), "utf8");
  const noticed = [...notices.matchAll(/^([\w-]+) (\d\S*) \([^)]*.*\)(?:, https?:.*)?$/gm)].map(
    ([, name, version]) => `pkg:cargo/${name}@${version}`,
  );
  const crates = bom.components.filter(({ purl }) => purl?.startsWith("pkg:cargo/"));
  assert.deepEqual(crates.map(({ purl }) => purl).sort(), [...new Set(noticed)].sort());
  for (const { name, hashes, licenses } of crates) {
    assert.match(hashes[0].content, /^[0-9a-f]{64}$/, name);
    assert.ok(licenses[0].expression, name);
  }
  const refs = new Set([bom.metadata.component, ...bom.components].map((component) => component["bom-ref"]));
  for (const { ref, dependsOn } of bom.dependencies) {
    for (const one of [ref, ...dependsOn]) assert.ok(refs.has(one), one);
  }
  const [first, ...others] = bom.components;
  const broken = { ...bom, components: [{ ...first, name: undefined }, ...others] };
  await assert.rejects(checkSbom(broken), /is not CycloneDX/);
});

test("a licence is allowed by its expression, and others only for the tools that are named", () => {
  const free = (licence) => licence === "MIT" || licence === "Zlib";
  for (const [expression, met] of [
    ["MIT", true],
    ["GPL-3.0-only", false],
    ["MIT OR GPL-3.0-only", true],
    ["MIT AND GPL-3.0-only", false],
    ["GPL-3.0-only/MIT", true],
    ["(GPL-3.0-only OR MIT) AND Zlib", true],
    ["GPL-3.0-only OR MIT AND Apache-2.0", false],
  ]) {
    assert.equal(isMet(expression, free), met, expression);
  }
  for (const wrong of ["MIT Zlib", "", "(MIT"]) assert.throws(() => isMet(wrong, free), /no SPDX expression/);
  assert.equal(isAllowed({ name: "caniuse-lite", licence: "CC-BY-4.0" }), true);
  assert.equal(isAllowed({ name: "another", licence: "CC-BY-4.0" }), false);
  assert.equal(isAllowed({ name: "another", licence: undefined }), false);
});

test("advisories are found, absent, or not checked", () => {
  const summary = JSON.stringify({ type: "summary", fields: { advisories: { errors: 0 } } });
  const found = { severity: "error", message: "a weakness", advisory: { id: "RUSTSEC-2026-0001" } };
  const diagnostic = JSON.stringify({ type: "diagnostic", fields: found });
  const failed = JSON.stringify({ type: "log", fields: { message: "failed to fetch\nno such host" } });
  const deny = (status, output) => readDeny({ status, output });
  assert.deepEqual(deny(0, summary), { of: "crates (RustSec)", isChecked: true, found: [] });
  assert.deepEqual(deny(1, `${diagnostic}\n${summary}`).found, ["RUSTSEC-2026-0001: a weakness"]);
  assert.deepEqual(deny(1, failed), { of: "crates (RustSec)", isChecked: false, found: [], why: "no such host" });
  const audit = (value) => readAudit({ output: `${JSON.stringify(value)}\nnpm warn` });
  const vulnerabilities = { one: { name: "one", severity: "high" } };
  assert.deepEqual(audit({ vulnerabilities, metadata: {} }).found, ["one: high"]);
  assert.equal(audit({ message: "405 Method Not Allowed" }).why, "405 Method Not Allowed");
  assert.equal(readAudit({ output: "no network" }).isChecked, false);
});

test("a dry run packs, lists and checks without a network, and publishes nothing", () => {
  const nowhere = {
    npm_config_registry: "http://127.0.0.1:9/",
    npm_config_fetch_retries: "0",
    GIT_CONFIG_COUNT: "1",
    GIT_CONFIG_KEY_0: "url.file:///nowhere/.insteadOf",
    GIT_CONFIG_VALUE_0: "https://",
  };
  const args = ["scripts/release.mjs", "--dry-run", "--built"];
  const options = { cwd: root, env: environment(nowhere), encoding: "utf8" };
  const { status, stdout, stderr } = spawnSync(process.execPath, args, options);
  assert.equal(status, 0, stderr);
  for (const line of [
    /^\d+ licences are allowed$/m,
    /^advisories of crates \(RustSec\): NOT CHECKED, the database could not be had: ./m,
    /^advisories of npm packages: NOT CHECKED, the database could not be had: ./m,
    /^two builds: SKIPPED/m,
    /^packed xinshi-[\d.]+\.tgz: \d+ files/m,
    /\.cdx\.json: \d+ components, CycloneDX 1\.6, valid$/m,
    /^would run: npm publish target\/release-package\/xinshi-[\d.]+\.tgz --provenance --access public$/m,
    /stop this release/,
  ]) {
    assert.match(stdout, line);
  }
  const real = spawnSync(process.execPath, ["scripts/release.mjs", "--built"], options);
  assert.equal(real.status, 1);
  assert.match(real.stderr, /--built is for --dry-run/);
});
