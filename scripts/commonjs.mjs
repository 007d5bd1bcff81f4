// The package for `require`: Jest without its experimental flag, and Node.js below 20.19 and 22.12, load no ES module that way.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";

/** What a door is where it is required: its entry for Node.js, or its only one. */
const ENTRIES = ["client/node", "edge/node", "sandbox/node", "rules/node", "otp/index", "country/index", "vendors/index"];

/** What all doors must have one of: the error's class, and where the client finds the rules. */
const SHARED = ["sms-error", "rules-hook"];

/** The directories whose declarations a CommonJS module may import. */
const DECLARATIONS = ["", "client", "edge", "sandbox", "rules", "otp", "country", "vendors"];

/** Writes a `.cjs` file beside each entry of the built package, and a `.d.cts` file beside each declaration. */
export async function writeCommonJs(pkg) {
  // Setup has installed it by now.
  const { build } = await import("esbuild");
  await build({
    absWorkingDir: pkg,
    entryPoints: [...ENTRIES, ...SHARED].map((entry) => `${entry}.js`),
    outdir: pkg,
    outExtension: { ".js": ".cjs" },
    bundle: true,
    format: "cjs",
    platform: "node",
    target: "node20",
    legalComments: "none",
    // An optional peer, which has an entry for `require`.
    external: ["libphonenumber-js"],
    plugins: [sharedFiles],
    banner: { js: 'const moduleUrl = require("node:url").pathToFileURL(__filename);' },
    define: { "import.meta.url": "moduleUrl" },
  });
  for (const directory of DECLARATIONS) {
    for (const name of readdirSync(path.join(pkg, directory)).filter((name) => name.endsWith(".d.ts"))) {
      const file = path.join(pkg, directory, name);
      const declarations = readFileSync(file, "utf8").replaceAll(/("\.{1,2}\/[^"]+)\.js"/g, '$1.cjs"');
      writeFileSync(file.replace(/\.d\.ts$/, ".d.cts"), declarations);
    }
  }
}

/** `instanceof SmsError` holds across the doors, and the rules reach the client, where all of them load one file. */
const sharedFiles = {
  name: "shared-files",
  setup({ onResolve }) {
    onResolve({ filter: /\/(sms-error|rules-hook)\.js$/ }, ({ kind, path: name }) =>
      kind === "entry-point" ? undefined : { path: `../${path.basename(name, ".js")}.cjs`, external: true },
    );
  },
};
