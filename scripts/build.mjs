// npm run build: src and pkg-template become pkg, the publishable package, where they changed; and www becomes target/www.
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
import { writeCommonJs } from "./commonjs.mjs";
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

/** What the package is made of, and how. */
const SOURCES = ["src", "pkg-template", "scripts", "Cargo.toml", "Cargo.lock", "package-lock.json", "CHANGELOG.md"];

/** The doors: cargo features, and names of the WebAssembly files. */
const doors = ["client", "edge", "sandbox", "rules"];

/** What rustc uses of WebAssembly by default, and every runtime has. `--all-features` would let in what none has. */
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
  // Nothing that leaves is printed for debugging; that of texts, in errors of serde's that nobody reads, brings all of Unicode.
  "-Zfmt-debug=none",
  // SHA-256 with its rounds in a loop: a kilobyte of brotli less than one after the other, and no slower.
  '--cfg=sha2_backend_soft="compact"',
];

/** Builds the package where a source changed since it was last built, and the page of it. */
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

/** Whether what was built is there, and of these sources. */
const isOf = (stamp, built, sources) =>
  existsSync(built) && existsSync(stamp) && readFileSync(stamp, "utf8") === sources;

async function rebuild(sources) {
  rmSync(stamp, { force: true });
  rmSync(pkg, { recursive: true, force: true });
  cpSync(path.join(root, "pkg-template"), pkg, { recursive: true });
  // What the WebAssembly asks of its host: beside each door's glue in wasm-pack's package, and once here.
  cpSync(path.join(root, "src", "js", "host"), pkg, { recursive: true });
  for (const license of ["LICENSE-MIT", "LICENSE-APACHE"]) cpSync(path.join(root, license), path.join(pkg, license));
  cpSync(path.join(root, "CHANGELOG.md"), path.join(pkg, "CHANGELOG.md"));
  const manifest = path.join(pkg, "package.json");
  const { name, version, description, keywords, license, ...rest } = JSON.parse(readFileSync(manifest, "utf8"));
  const about = { name, version, description, keywords, license, ...repositoryFields(origin()) };
  writeFileSync(manifest, `${JSON.stringify({ ...about, ...rest }, undefined, 2)}\n`);
  await step("listing the vendors", () => writeVendors(pkg));
  for (const door of doors) await step(`building ${door}.wasm`, () => webAssembly(door));
  await writeCommonJs(pkg);
  // By now cargo has every crate whose licence is copied.
  writeFileSync(path.join(pkg, NOTICES), notices());
  writeFileSync(stamp, sources);
}

/** Sizes in bytes of all that an import of a door loads, plain and in brotli, and what the door may weigh. */
export async function sizes() {
  const budgets = JSON.parse(readFileSync(path.join(root, "size-budget.json"), "utf8"));
  return Promise.all(
    doors.map(async (door) => {
      const files = [readFileSync(path.join(pkg, "wasm", `${door}_bg.wasm`)), await scripts(door)];
      const sum = (size) => files.map(size).reduce((sum, one) => sum + one);
      return { door, plain: sum((file) => file.length), brotli: sum(brotli), budget: budgets[door] * 1024 };
    }),
  );
}

const brotli = (bytes) =>
  brotliCompressSync(bytes, {
    params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 24 },
  }).length;

/**
 * All the JavaScript that an import of a door loads, as a bundler leaves it. What is imported when it is asked for, as the handler's
 * description of its routes is, is a file of its own.
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

/** Prints the sizes, and says whether all are within their budget. */
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

/** What compiles for WebAssembly is run in. */
export const wasmEnvironment = () => ({
  ...toolchainEnv(wasmToolchain()),
  ...buildStdEnv,
  // The standard library is compiled with the rest, for size, and where it would panic it stops: the sentences that a panic
  // would print are a tenth of a door.
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
  // What broke can be replaced: a fault costs the answers under way, and not those that follow.
  if (door === "client" || door === "edge") bind.push("--experimental-reset-state-function");
  await run("wasm-bindgen", bind, { env, quiet: true });
  mkdirSync(path.join(pkg, "wasm"), { recursive: true });
  const wasm = `${door}_bg.wasm`;
  const bound = path.join(out, wasm);
  const short = shortenImports(readFileSync(bound), readFileSync(path.join(out, `${door}.js`), "utf8"));
  writeFileSync(bound, short.wasm);
  // Memory packing splits the data at its zeros, which brotli packs better.
  const optimise = [
    "-O3",
    "--converge",
    // By default what is not much larger than a call is copied wherever it is called: a kilobyte, and nothing faster.
    "--flexible-inline-max-function-size=12",
    // Those of one module are alike, and brotli finds it where they stand together.
    "--reorder-functions-by-name",
    // The first kilobyte is the far end of the stack: nothing else lies there, so an address that wraps round is a fault.
    "--low-memory-unused",
    "--strip-debug",
    "--strip-producers",
    "--strip-target-features",
    "--skip-pass=memory-packing",
    // What is computed twice is alike, and an engine computes it once.
    "--skip-pass=local-cse",
    ...features.map((feature) => `--enable-${feature}`),
    bound,
  ];
  await run(tool("wasm-opt"), [...optimise, "-o", path.join(pkg, "wasm", wasm)], { quiet: true });
  // The types are for the project's own check: .npmignore keeps them out of what is published.
  cpSync(path.join(out, `${door}.d.ts`), path.join(pkg, "wasm", `${door}.d.ts`));
  const glue = withHost(forOtherRealms(short.glue), door);
  // Setup has installed it by now.
  const { transform } = await import("esbuild");
  // What it would write to a console is about how it is called, and about servers that a host tells of as well.
  const { code } = await transform(glue, { minify: true, format: "esm", legalComments: "none", drop: ["console"] });
  writeFileSync(path.join(pkg, "wasm", `${door}.js`), code);
}

/**
 * What the glue asks of its host, where the package has it: once for all doors, so that an error is of one class. Futures are
 * polled under the guard, which stands in the place of the global function of that name.
 */
function withHost(glue, door) {
  const handed = new Set();
  const spare = [];
  // wasm-bindgen hands a module over once for each function of it: bundlers warn of a name that an object has twice.
  const once = glue.replaceAll(/^ +("\.\/snippets\/[^"]+"): (import\d+),$/gm, (line, module, name) => {
    if (handed.has(module)) spare.push(name);
    else handed.add(module);
    return spare.includes(name) ? "" : line;
  });
  const named = spare.reduce(
    (text, name) => text.replace(new RegExp(`^import \\* as ${name} from .*$`, "m"), ""),
    once,
  );
  const hosted = named.replaceAll(/( from ["'])\.\/snippets\/xinshi-js-[0-9a-f]+\/host\//g, "$1../");
  if (door !== "client") return hosted;
  if (!hosted.includes("queueMicrotask(")) throw new Error("wasm-bindgen-futures has changed: see withHost");
  // Each closure of ours is called once and let go of then: to have it watched by the garbage collector took a fifth of a send.
  const watches = "const CLOSURE_DTORS = (typeof FinalizationRegistry === 'undefined')";
  if (!hosted.includes(watches)) throw new Error("wasm-bindgen's closures have changed: see withHost");
  return `import { queueMicrotask } from "../guard.js";\n${hosted.replace(watches, "const CLOSURE_DTORS = (true)")}`;
}

/**
 * Next.js compiles the WebAssembly in one realm and starts it in another, whose `instanceof` denies that it is a module.
 * What it says of itself holds in both.
 */
function forOtherRealms(glue) {
  const denied = "!(module instanceof WebAssembly.Module)";
  const asked = 'Object.prototype.toString.call(module) !== "[object WebAssembly.Module]"';
  if (!glue.includes(denied)) throw new Error("wasm-bindgen's glue has changed: see forOtherRealms");
  return glue.replaceAll(denied, asked);
}

/** Lets scripts and tests import the package by its name, as a user would. npm removes the link whenever it installs. */
function link() {
  const name = path.join(root, "node_modules", "xinshi");
  if (existsSync(name) && realpathSync(name) === pkg) return;
  rmSync(name, { recursive: true, force: true });
  symlinkSync(pkg, name, "dir");
}

/** Files, and all that is in directories, as a hash. */
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
