// npm run release writes a bill of materials of the package in CycloneDX 1.6: what is linked into its WebAssembly. The
// same sources give the same bytes.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { linkedCrates } from "./linked-crates.mjs";
import { main, outputOf, root } from "./run.mjs";
import { toolchainEnv, wasmToolchain } from "./toolchain.mjs";

const SPEC = "1.6";

/** The bill of materials, as an object. The JavaScript of the package is its own; it has no dependencies. */
export function sbom() {
  const { name, version, license, description } = JSON.parse(
    readFileSync(path.join(root, "pkg-template", "package.json"), "utf8"),
  );
  const checksums = lockedChecksums();
  const crates = linkedCrates().sort((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1));
  const purl = `pkg:npm/${name}@${version}`;
  const std = standardLibrary();
  const components = [
    ...crates.map((crate) => ({
      type: "library",
      "bom-ref": purlOf(crate),
      name: crate.name,
      version: crate.version,
      ...(crate.description && { description: crate.description.trim().replaceAll(/\s+/g, " ") }),
      hashes: [{ alg: "SHA-256", content: checksums.get(keyOf(crate)) }],
      licenses: [{ expression: crate.license.replaceAll(/ ?\/ ?/g, " OR ") }],
      purl: purlOf(crate),
    })),
    std,
  ];
  const needed = new Set(crates.flatMap(({ needs }) => needs.map(purlOf)));
  const direct = crates.map(purlOf).filter((ref) => !needed.has(ref));
  const content = {
    metadata: {
      component: {
        type: "library",
        "bom-ref": purl,
        name,
        version,
        description,
        licenses: [{ expression: license }],
        purl,
      },
    },
    components,
    dependencies: [
      { ref: purl, dependsOn: [...direct, std["bom-ref"]] },
      ...crates.map((crate) => ({ ref: purlOf(crate), dependsOn: crate.needs.map(purlOf).sort() })),
    ],
  };
  const head = {
    bomFormat: "CycloneDX",
    specVersion: SPEC,
    serialNumber: serialOf(JSON.stringify(content)),
    version: 1,
  };
  return { ...head, ...content };
}

const keyOf = ({ name, version }) => `${name} ${version}`;
const purlOf = ({ name, version }) => `pkg:cargo/${name}@${version}`;

/** The standard library, which is compiled with the crates. */
function standardLibrary() {
  const version = outputOf("rustc", ["--version"], toolchainEnv(wasmToolchain()))?.split(" ")[1];
  if (version === undefined) throw new Error("rustc --version failed");
  const licenses = [{ expression: "MIT OR Apache-2.0" }];
  return { type: "library", "bom-ref": `rust-std@${version}`, name: "rust-std", version, licenses };
}

/** The SHA-256 of each crate, from Cargo.lock. */
function lockedChecksums() {
  const lock = readFileSync(path.join(root, "Cargo.lock"), "utf8");
  const entries = lock.matchAll(
    /name = "([^"]+)"\nversion = "([^"]+)"\nsource = "[^"]+"\nchecksum = "([0-9a-f]{64})"/g,
  );
  return new Map([...entries].map(([, name, version, checksum]) => [`${name} ${version}`, checksum]));
}

/** A UUID (RFC 9562, version 8) of the content. */
function serialOf(content) {
  const hex = createHash("sha256").update(content).digest("hex");
  const parts = [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `9${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ];
  return `urn:uuid:${parts.join("-")}`;
}

/** Checks a bill of materials against the schema of CycloneDX. @param {object} bom */
export async function checkSbom(bom) {
  const { Spec, Validation } = await import("@cyclonedx/cyclonedx-library");
  const errors = await new Validation.JsonStrictValidator(Spec.Version.v1dot6).validate(JSON.stringify(bom));
  if (errors !== null) throw new Error(`the bill of materials is not CycloneDX ${SPEC}: ${JSON.stringify(errors)}`);
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  await main(async () => {
    const bom = sbom();
    await checkSbom(bom);
    process.stdout.write(`${JSON.stringify(bom, undefined, 2)}\n`);
  });
}
