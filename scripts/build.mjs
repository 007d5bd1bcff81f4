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
import { NOTICES, notices } from "./notices.mjs";
import { buildPage, page } from "./page.mjs";
import { origin, repositoryFields } from "./repository.mjs";
import { main, root, run, step, tool } from "./run.mjs";
import { cargoTool, toolchainEnv, wasmToolchain } from "./toolchain.mjs";

const pkg = path.join(root, "pkg");
const stamp = path.join(root, "target", "pkg.stamp");
const pageStamp = path.join(root, "target", "www.stamp");

/** What the package is made of, and how. */
const SOURCES = ["src", "pkg-template", "scripts", "Cargo.toml", "Cargo.lock", "package-lock.json", "CHANGELOG.md"];

/** The doors: cargo features, and names of the WebAssembly files. */
const doors = ["client", "edge", "sandbox"];

/** What rustc uses of WebAssembly by default, and every runtime has. `--all-features` would let in what none has. */
const features = [
  "bulk-memory",
  "mutable-globals",
  "multivalue",
  "nontrapping-float-to-int",
  "reference-types",
  "sign-ext",
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
  for (const license of ["LICENSE-MIT", "LICENSE-APACHE"]) cpSync(path.join(root, license), path.join(pkg, license));
  cpSync(path.join(root, "CHANGELOG.md"), path.join(pkg, "CHANGELOG.md"));
  const manifest = path.join(pkg, "package.json");
  const { name, version, description, keywords, license, ...rest } = JSON.parse(readFileSync(manifest, "utf8"));
  const about = { name, version, description, keywords, license, ...repositoryFields(origin()) };
  writeFileSync(manifest, `${JSON.stringify({ ...about, ...rest }, undefined, 2)}\n`);
  for (const door of doors) await step(`building ${door}.wasm`, () => webAssembly(door));
  await writeCommonJs(pkg);
  // By now cargo has every crate whose licence is copied.
  writeFileSync(path.join(pkg, NOTICES), notices());
  writeFileSync(stamp, sources);
}

/** What does for the WebAssembly what it would else do itself: weighed with it. */
const beside = { client: ["client/gbk.js"] };

/** Sizes in bytes of each door's WebAssembly and its glue, plain and in brotli, and what the door may weigh. */
export function sizes() {
  const budgets = JSON.parse(readFileSync(path.join(root, "size-budget.json"), "utf8"));
  return doors.map((door) => {
    const names = [`wasm/${door}_bg.wasm`, `wasm/${door}.js`, ...(beside[door] ?? [])];
    const files = names.map((name) => readFileSync(path.join(pkg, name)));
    const brotli = (bytes) =>
      brotliCompressSync(bytes, {
        params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 24 },
      }).length;
    const sum = (size) => files.map(size).reduce((sum, one) => sum + one);
    return { door, plain: sum((file) => file.length), brotli: sum(brotli), budget: budgets[door] * 1024 };
  });
}

/** Prints the sizes, and says whether all are within their budget. */
export function printSizes() {
  const kilobytes = (bytes) => `${(bytes / 1024).toFixed(1)} KB`;
  const heavy = sizes().filter(({ door, plain, brotli, budget }) => {
    const line = `${door.padEnd(8)} ${kilobytes(plain)}, ${kilobytes(brotli)} in brotli of ${kilobytes(budget)}`;
    process.stdout.write(`${line}${brotli > budget ? ": over its budget" : ""}\n`);
    return brotli > budget;
  });
  return heavy.length === 0;
}

async function webAssembly(door) {
  const out = path.join(root, "target", "doors", door);
  rmSync(out, { recursive: true, force: true });
  const env = {
    ...toolchainEnv(wasmToolchain()),
    PATH: [path.dirname(cargoTool("wasm-bindgen")), path.dirname(tool("x")), process.env.PATH].join(path.delimiter),
  };
  const args = [
    "build",
    path.join(root, "src", "js"),
    "--release",
    "--target",
    "web",
    "--mode",
    "no-install",
    "--no-pack",
  ];
  args.push("--out-dir", out, "--out-name", door, "--", "--no-default-features", "--features", door, "--locked");
  // SHA-256 with its rounds in a loop: a kilobyte of brotli less than one after the other, and no slower.
  args.push("--config", `target.wasm32-unknown-unknown.rustflags = ["--cfg", 'sha2_backend_soft="compact"']`);
  await run(cargoTool("wasm-pack"), args, { env, quiet: true });
  await bindAgain(out, door, env);
  mkdirSync(path.join(pkg, "wasm"), { recursive: true });
  const wasm = `${door}_bg.wasm`;
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
    path.join(out, wasm),
  ];
  await run(tool("wasm-opt"), [...optimise, "-o", path.join(pkg, "wasm", wasm)], { quiet: true });
  // The types are for the project's own check: .npmignore keeps them out of what is published.
  cpSync(path.join(out, `${door}.d.ts`), path.join(pkg, "wasm", `${door}.d.ts`));
  const glue = forOtherRealms(readFileSync(path.join(out, `${door}.js`), "utf8"));
  // Setup has installed it by now.
  const { transform } = await import("esbuild");
  // What it would write to a console is about how it is called, and about servers that a host tells of as well.
  const { code } = await transform(glue, { minify: true, format: "esm", legalComments: "none", drop: ["console"] });
  writeFileSync(path.join(pkg, "wasm", `${door}.js`), code);
}

/**
 * Binds a door as wasm-pack cannot ask wasm-bindgen to: every door is told where its WebAssembly is, and a broken instance of
 * the edge can be replaced, since a handler must answer the next request whatever the last one did.
 */
async function bindAgain(out, door, env) {
  const compiled = path.join(root, "target", "wasm32-unknown-unknown", "release", "xinshi_js.wasm");
  const options = ["--target", "web", "--omit-default-module-path", "--out-dir", out, "--out-name", door];
  if (door === "edge") options.push("--experimental-reset-state-function");
  await run("wasm-bindgen", [compiled, ...options], { env, quiet: true });
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
    printSizes();
  });
}
