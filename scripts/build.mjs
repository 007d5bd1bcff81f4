// npm run build: makes pkg, the publishable package, of src and pkg-template if they changed, and target/www of www.
import { createHash } from "node:crypto";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { brotliCompressSync, constants } from "node:zlib";
import { writeBundles } from "./bundles.mjs";
import { shortenImports } from "./imports.mjs";
import { NOTICES, notices } from "./notices.mjs";
import { buildPage, page } from "./page.mjs";
import { origin, repositoryFields } from "./repository.mjs";
import { main, root, run, step, tool } from "./run.mjs";
import { buildStd, buildStdEnv, cargoTool, toolchainEnv, WASM_TARGET, wasmToolchain } from "./toolchain.mjs";
import { writeVendors } from "./vendors.mjs";

const pkg = path.join(root, "pkg");
const stamp = path.join(root, "target", "pkg.stamp");
const pageStamp = path.join(root, "target", "www.stamp");

/** The sources of the package, and of its build. */
const SOURCES = ["src", "pkg-template", "scripts", "Cargo.toml", "Cargo.lock", "package-lock.json", "CHANGELOG.md"];

/** The entry points of the package: cargo features, and names of the WebAssembly files. */
const doors = ["client", "edge", "sandbox", "rules", "define"];

/** A WebAssembly of its own that `xinshi/otp` loads when a proof of work is required: it is no door. */
const WORK = "work";

/**
 * The features of WebAssembly that rustc uses by default, which every runtime has. `--all-features` would allow some
 * that none has.
 */
const features = [
  "bulk-memory",
  "mutable-globals",
  "multivalue",
  "nontrapping-float-to-int",
  "reference-types",
  "sign-ext",
];

const rustFlags = [
  "-Zunstable-options",
  "-Cpanic=immediate-abort",
  // Nothing that ships prints debug output. The debug output of texts in serde's errors, which nobody reads, would
  // bring tables of Unicode.
  "-Zfmt-debug=none",
  // Compiles SHA-256's rounds as a loop: a kilobyte of brotli less than unrolled, and no slower.
  '--cfg=sha2_backend_soft="compact"',
];

/** Builds the package if a source changed since the last build, and its page. */
export async function build() {
  const sources = fingerprint(SOURCES);
  if (!isOf(stamp, pkg, sources)) await rebuild(sources);
  link();
  const pageSources = fingerprint([...SOURCES, "www"]);
  if (isOf(pageStamp, page, pageSources)) return;
  rmSync(pageStamp, { force: true });
  await buildPage();
  writeFileSync(pageStamp, pageSources);
}

/** Whether a build exists and is of these sources. */
const isOf = (stamp, built, sources) =>
  existsSync(built) && existsSync(stamp) && readFileSync(stamp, "utf8") === sources;

async function rebuild(sources) {
  rmSync(stamp, { force: true });
  rmSync(pkg, { recursive: true, force: true });
  cpSync(path.join(root, "pkg-template"), pkg, { recursive: true });
  // The functions that the WebAssembly imports from its host: wasm-pack's package has them beside each entry's glue,
  // this package has them once.
  cpSync(path.join(root, "src", "js", "host"), pkg, { recursive: true });
  for (const license of ["LICENSE-MIT", "LICENSE-APACHE"]) cpSync(path.join(root, license), path.join(pkg, license));
  cpSync(path.join(root, "CHANGELOG.md"), path.join(pkg, "CHANGELOG.md"));
  const manifest = path.join(pkg, "package.json");
  const { name, version, description, keywords, license, ...rest } = JSON.parse(readFileSync(manifest, "utf8"));
  const about = { name, version, description, keywords, license, ...repositoryFields(origin()) };
  writeFileSync(manifest, `${JSON.stringify({ ...about, ...rest }, undefined, 2)}\n`);
  await step("listing the vendors", () => writeVendors(pkg));
  for (const door of [...doors, WORK]) await step(`building ${door}.wasm`, () => webAssembly(door));
  await writeBundles(pkg);
  // The build has downloaded every crate whose licence is copied.
  writeFileSync(path.join(pkg, NOTICES), notices());
  writeFileSync(stamp, sources);
}

/**
 * The sizes of everything that an import of an entry loads, in bytes, plain and in brotli, and its budget: a base and an
 * allowance for each vendor of the registry, in KB.
 */
export async function sizes() {
  const budgets = JSON.parse(readFileSync(path.join(root, "size-budget.json"), "utf8"));
  const { vendors } = await import(pathToFileURL(path.join(pkg, "vendors", "index.js")).href);
  return Promise.all(
    doors.map(async (door) => {
      const files = [readFileSync(path.join(pkg, "wasm", `${door}_bg.wasm`)), await scripts(door)];
      const sum = (size) => files.map(size).reduce((sum, one) => sum + one);
      const { base, vendor } = budgets[door];
      const budget = (base + vendor * vendors.length) * 1024;
      return { door, plain: sum((file) => file.length), brotli: sum(brotli), budget };
    }),
  );
}

const brotli = (bytes) =>
  brotliCompressSync(bytes, {
    params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 24 },
  }).length;

/**
 * All the JavaScript that an import of an entry loads, bundled. A dynamic import, such as the handler's description of
 * its routes, is a file of its own.
 */
async function scripts(door) {
  const { build } = await import("esbuild");
  const entryPoints = [path.join(pkg, door, "browser.js")];
  const bundling = { bundle: true, splitting: true, minify: true, write: false, format: "esm", platform: "browser" };
  const { outputFiles, metafile } = await build({
    entryPoints,
    ...bundling,
    logLevel: "error",
    metafile: true,
    outdir: root,
    absWorkingDir: root,
  });
  const loaded = new Set();
  const load = (file) => {
    loaded.add(file);
    const imported = metafile.outputs[file].imports.filter(({ kind }) => kind === "import-statement");
    for (const { path: name } of imported) if (!loaded.has(name)) load(name);
  };
  load(Object.keys(metafile.outputs).find((file) => metafile.outputs[file].entryPoint));
  const files = outputFiles.filter((file) => loaded.has(path.relative(root, file.path)));
  return Buffer.concat(files.map(({ contents }) => contents));
}

/** Prints the sizes. Returns whether all are within their budget. */
export async function printSizes() {
  const kilobytes = (bytes) => `${(bytes / 1024).toFixed(1)} KB`;
  let isWithin = true;
  for (const { door, plain, brotli, budget } of await sizes()) {
    const line = `${door.padEnd(8)} ${kilobytes(plain)}, ${kilobytes(brotli)} in brotli of ${kilobytes(budget)}`;
    process.stdout.write(`${line}${brotli > budget ? ": over its budget" : ""}\n`);
    isWithin &&= brotli <= budget;
  }
  return isWithin;
}

/** The environment that compiles for WebAssembly. */
export const wasmEnvironment = () => ({
  ...toolchainEnv(wasmToolchain()),
  ...buildStdEnv,
  // The standard library is compiled with the crates, for size, and a panic is a trap: the messages that a panic would
  // print are a tenth of an entry.
  RUSTFLAGS: rustFlags.join(" "),
  PATH: [path.dirname(cargoTool("wasm-bindgen")), path.dirname(tool("x")), process.env.PATH].join(path.delimiter),
});

async function webAssembly(door) {
  const out = path.join(root, "target", "doors", door);
  rmSync(out, { recursive: true, force: true });
  const env = wasmEnvironment();
  const target = path.join(root, "target", "wasm");
  const args = ["build", "--quiet", "--release", "--locked", "--target", WASM_TARGET, "--target-dir", target];
  args.push("--package", "xinshi-js", "--no-default-features", "--features", door);
  args.push(...buildStd);
  // It is loaded by servers, beside every text: it may weigh a third more and takes a third of the time.
  if (door === "rules") args.push("--config", "profile.release.opt-level = 3");
  await run("cargo", args, { env, quiet: true });
  const compiled = path.join(target, WASM_TARGET, "release", "xinshi_js.wasm");
  const bind = [compiled, "--target", "web", "--omit-default-module-path", "--out-dir", out, "--out-name", door];
  // Allows replacing a broken instance: a fault ends the running calls, but not the later ones.
  if (door === "client" || door === "edge") bind.push("--experimental-reset-state-function");
  await run("wasm-bindgen", bind, { env, quiet: true });
  mkdirSync(path.join(pkg, "wasm"), { recursive: true });
  const wasm = `${door}_bg.wasm`;
  const bound = path.join(out, wasm);
  const short = shortenImports(readFileSync(bound), readFileSync(path.join(out, `${door}.js`), "utf8"));
  writeFileSync(bound, short.wasm);
  // Memory packing would split the data at its zeros, which brotli packs better.
  const optimise = [
    "-O3",
    "--converge",
    // By default wasm-opt copies a function that is not much larger than a call to every caller: a kilobyte more, and
    // no faster.
    "--flexible-inline-max-function-size=12",
    // Functions of one module are similar, and brotli notices it when they are adjacent.
    "--reorder-functions-by-name",
    // The first kilobyte is the far end of the stack and holds nothing else, so an address that wraps around traps.
    "--low-memory-unused",
    "--strip-debug",
    "--strip-producers",
    "--strip-target-features",
    "--skip-pass=memory-packing",
    // Repeated computations pack well, and an engine computes them once.
    "--skip-pass=local-cse",
    ...features.map((feature) => `--enable-${feature}`),
    bound,
  ];
  await run(tool("wasm-opt"), [...optimise, "-o", path.join(pkg, "wasm", wasm)], { quiet: true });
  // It takes and returns numbers only: a worker starts it without glue.
  if (door === WORK) return;
  // The types are for the project's own checks; .npmignore excludes them from the published package.
  cpSync(path.join(out, `${door}.d.ts`), path.join(pkg, "wasm", `${door}.d.ts`));
  const glue = withHost(forOtherRealms(short.glue), door);
  // Setup has installed esbuild before this line runs.
  const { transform } = await import("esbuild");
  // The glue's console output is about wrong calls, and about servers, for which hosts report the same.
  const { code } = await transform(glue, { minify: true, format: "esm", legalComments: "none", drop: ["console"] });
  writeFileSync(path.join(pkg, "wasm", `${door}.js`), code);
}

/**
 * Makes the glue import its host's functions from the package's one copy, so that all entries share one error class.
 * Also replaces the global queueMicrotask, so that futures are polled under the guard.
 */
function withHost(glue, door) {
  const passed = new Set();
  const spare = [];
  // wasm-bindgen passes a module once for each function of it; bundlers warn of an object with a name twice.
  const once = glue.replaceAll(/^ +("\.\/snippets\/[^"]+"): (import\d+),$/gm, (line, module, name) => {
    if (passed.has(module)) spare.push(name);
    else passed.add(module);
    return spare.includes(name) ? "" : line;
  });
  const named = spare.reduce(
    (text, name) => text.replace(new RegExp(`^import \\* as ${name} from .*$`, "m"), ""),
    once,
  );
  const hosted = named.replaceAll(/( from ["'])\.\/snippets\/xinshi-js-[0-9a-f]+\/host\//g, "$1../");
  if (door !== "client") return hosted;
  if (!hosted.includes("queueMicrotask(")) throw new Error("wasm-bindgen-futures has changed: see withHost");
  // Each closure is called once and then freed. Registering it with the garbage collector took a fifth of a send.
  const watches = "const CLOSURE_DTORS = (typeof FinalizationRegistry === 'undefined')";
  if (!hosted.includes(watches)) throw new Error("wasm-bindgen's closures have changed: see withHost");
  return `import { queueMicrotask } from "../guard.js";\n${hosted.replace(watches, "const CLOSURE_DTORS = (true)")}`;
}

/**
 * Next.js compiles the WebAssembly in one realm and instantiates it in another, where `instanceof` fails for the
 * module. Its string tag is the same in both.
 */
function forOtherRealms(glue) {
  const denied = "!(module instanceof WebAssembly.Module)";
  const tagOfModule = 'Object.prototype.toString.call(module) !== "[object WebAssembly.Module]"';
  if (!glue.includes(denied)) throw new Error("wasm-bindgen's glue has changed: see forOtherRealms");
  return glue.replaceAll(denied, tagOfModule);
}

/**
 * Links the package by its name, so that scripts and tests import it as a user does. npm removes the link at each
 * installation.
 */
function link() {
  const name = path.join(root, "node_modules", "xinshi");
  if (existsSync(name) && realpathSync(name) === pkg) return;
  rmSync(name, { recursive: true, force: true });
  symlinkSync(pkg, name, "dir");
}

/** A hash of files, and of all files in directories. */
function fingerprint(sources) {
  const hash = createHash("sha256").update(`${origin()}\0`);
  const visit = (file) => {
    const full = path.join(root, file);
    if (statSync(full).isDirectory()) {
      for (const name of readdirSync(full).sort()) visit(path.join(file, name));
    } else {
      hash.update(`${file}\0`).update(readFileSync(full)).update("\0");
    }
  };
  for (const source of sources) visit(source);
  return hash.digest("hex");
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  await main(async () => {
    await build();
    await printSizes();
  });
}
