// Builds the page: target/www, static files that work under any path of any host; npm start serves them too.
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { origin, repositoryFields } from "./repository.mjs";
import { main, root } from "./run.mjs";

const source = path.join(root, "www");

/** The directory of the built page. */
export const page = path.join(root, "target", "www");

/** The page's Content-Security-Policy: everything from its own origin, nothing from others. */
export const POLICY = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "worker-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");

const COPIED = ["icon.svg", "manifest.webmanifest"];
/** The package's README, as text. */
const README = "readme.txt";

/** Builds the page on the last build of the package. */
export async function buildPage() {
  rmSync(page, { recursive: true, force: true });
  mkdirSync(path.join(page, "assets"), { recursive: true });
  mkdirSync(path.join(page, "wasm"));
  // The page names a worker by its file, so workers are built first. The package's own reads its WebAssembly beside its directory.
  const { work } = await bundle({ work: "../pkg/otp/worker.js" }, {});
  write("wasm/work_bg.wasm", readFileSync(path.join(root, "pkg/wasm/work_bg.wasm")));
  const named = { WORK: JSON.stringify(`./${path.basename(work)}`) };
  const { simulation } = await bundle({ simulation: "attack/simulation.js" }, named);
  const entries = { page: "page.js", style: "style/page.css" };
  const built = await bundle(entries, {
    SIMULATION: JSON.stringify(`./${path.basename(simulation)}`),
    SOURCES: JSON.stringify(repositoryFields(origin()).homepage ?? ""),
  });
  const html = readFileSync(path.join(source, "index.html"), "utf8");
  write("index.html", fill(html, { POLICY, SCRIPT: built.page, STYLE: built.style }));
  for (const file of COPIED) write(file, readFileSync(path.join(source, file)));
  // With a byte order mark, since a static host may name no charset.
  write(README, `\uFEFF${readFileSync(path.join(root, "pkg-template", "README.md"), "utf8")}`);
  // The answer of a host without a handler; a host with one answers differently.
  write("backend.json", '{ "handler": false }\n');
  const files = [
    "index.html",
    ...COPIED,
    "wasm/work_bg.wasm",
    README,
    ...readdirSync(path.join(page, "assets")).map((name) => `assets/${name}`),
  ];
  const hash = createHash("sha256");
  for (const file of files) hash.update(file).update(readFileSync(path.join(page, file)));
  const version = hash.digest("hex").slice(0, 12);
  const define = { FILES: JSON.stringify(files), VERSION: JSON.stringify(version) };
  const worker = await bundle({ "service-worker": "service-worker.js" }, define, {
    entryNames: "[name]",
    outdir: page,
  });
  if (!worker["service-worker"]) throw new Error("the service worker was not built");
}

/** Bundles entries. Returns the file of each by name, relative to the page. */
async function bundle(entries, define, options = {}) {
  // Setup has installed esbuild before this line runs.
  const { build } = await import("esbuild");
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: Object.fromEntries(Object.entries(entries).map(([name, file]) => [name, path.join(source, file)])),
    outdir: path.join(page, "assets"),
    entryNames: "[name]-[hash]",
    chunkNames: "[name]-[hash]",
    assetNames: "[name]-[hash]",
    bundle: true,
    splitting: true,
    minify: true,
    format: "esm",
    target: "es2022",
    conditions: ["browser"],
    loader: { ".wasm": "file" },
    legalComments: "none",
    metafile: true,
    define,
    ...options,
  });
  const outputs = Object.entries(metafile.outputs).filter(([, output]) => output.entryPoint);
  return Object.fromEntries(
    Object.entries(entries).map(([name, file]) => {
      const [output] =
        outputs.find(([, { entryPoint }]) => path.join(root, entryPoint) === path.join(source, file)) ?? [];
      return [name, output && path.relative(page, path.join(root, output))];
    }),
  );
}

function fill(html, values) {
  return Object.entries(values).reduce((filled, [name, value]) => {
    if (!filled.includes(`{${name}}`)) throw new Error(`index.html has no {${name}}`);
    return filled.replaceAll(`{${name}}`, value);
  }, html);
}

const write = (file, content) => writeFileSync(path.join(page, file), content);

if (import.meta.url === pathToFileURL(process.argv[1]).href) await main(buildPage);
