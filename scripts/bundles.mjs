// Files of the package for Node.js that hold all modules of an entry. For `import`, of entries that programs load which start
// often: reading some twenty modules takes longer than all the rest of a start. For `require`: Jest without its experimental
// flag, and Node.js before 20.19 and 22.12, cannot load ES modules by it.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";

/** The entries of programs that start often, such as functions and commands. Deno and Bun load their file for Node.js too. */
const IN_ONE_FILE = ["client/node", "rules/node", "define/node"];

/** The file that `require` of each entry loads: the one for Node.js, or the only one. */
const ENTRIES = [
  ...IN_ONE_FILE,
  "edge/node",
  "sandbox/node",
  "otp/index",
  "otp/worker",
  "country/index",
  "node/index",
  "vendors/index",
];

/** The modules that all entries share: the error class, and the place where the client finds the rules. */
const SHARED = ["sms-error", "rules-hook"];

/** The directories whose declarations a CommonJS module may import. */
const DECLARATIONS = ["", "client", "edge", "sandbox", "rules", "define", "otp", "country", "node", "vendors"];

/**
 * Writes a `.cjs` file beside each entry of the built package and a `.d.cts` file beside each declaration, and puts the
 * modules of entries that start often into their file.
 */
export async function writeBundles(pkg) {
  // Setup has installed esbuild before this line runs.
  const { build } = await import("esbuild");
  const options = (extension) => ({
    absWorkingDir: pkg,
    outdir: pkg,
    outExtension: { ".js": extension },
    bundle: true,
    platform: "node",
    target: "node20",
    legalComments: "none",
    // An optional peer dependency, which has a CommonJS build.
    external: ["libphonenumber-js"],
    plugins: [sharedFiles(extension)],
  });
  await build({
    ...options(".cjs"),
    entryPoints: [...ENTRIES, ...SHARED].map((entry) => `${entry}.js`),
    format: "cjs",
    banner: { js: 'const moduleUrl = require("node:url").pathToFileURL(__filename);' },
    define: { "import.meta.url": "moduleUrl" },
  });
  // Last, since the bundles replace their sources.
  await build({
    ...options(".js"),
    entryPoints: IN_ONE_FILE.map((entry) => `${entry}.js`),
    format: "esm",
    allowOverwrite: true,
  });
  for (const directory of DECLARATIONS) {
    for (const name of readdirSync(path.join(pkg, directory)).filter((name) => name.endsWith(".d.ts"))) {
      const file = path.join(pkg, directory, name);
      const declarations = readFileSync(file, "utf8").replaceAll(/("\.{1,2}\/[^"]+)\.js"/g, '$1.cjs"');
      writeFileSync(file.replace(/\.d\.ts$/, ".d.cts"), declarations);
    }
  }
}

/** Keeps modules in one file that all entries load: `instanceof SmsError` holds across them, and the client finds the rules. */
const sharedFiles = (extension) => ({
  name: "shared-files",
  setup({ onResolve }) {
    onResolve({ filter: /\/(sms-error|rules-hook)\.js$/ }, ({ kind, path: name }) =>
      kind === "entry-point" ? undefined : { path: `../${path.basename(name, ".js")}${extension}`, external: true },
    );
  },
});
