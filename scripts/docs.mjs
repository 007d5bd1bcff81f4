// npm run docs: the site of the documents in target/docs, with the API from the types of the built package.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "./build.mjs";
import { main, root, run, step } from "./run.mjs";
import { setup } from "./setup.mjs";

const docs = path.join(root, "docs");

/** The directory of the built site. */
export const site = path.join(root, "target", "docs");

/** Builds the site on the last build of the package. Fails for a link to a page that does not exist. */
export async function buildDocs() {
  await packages();
  const tool = (name) => path.join(docs, "node_modules", ".bin", name);
  rmSync(path.join(docs, "api"), { recursive: true, force: true });
  await step("the API from the types", () => run(tool("typedoc"), ["--logLevel", "Error"], { cwd: docs, quiet: true }));
  await step("the site of the documents", () => run(tool("vitepress"), ["build"], { cwd: docs, quiet: true }));
}

/**
 * Installs what the site needs. It is a project of its own, since TypeDoc takes an older TypeScript than the workbench
 * has, and VitePress an older Vite.
 */
async function packages() {
  const stamp = path.join(docs, "node_modules", ".xinshi-lock");
  const lock = readFileSync(path.join(docs, "package-lock.json"), "utf8");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === lock) return;
  await step("npm packages for the documents", () =>
    run("npm", ["install", "--no-save", "--no-audit", "--no-fund", "--loglevel=error"], { cwd: docs, quiet: true }),
  );
  mkdirSync(path.dirname(stamp), { recursive: true });
  writeFileSync(stamp, lock);
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  await main(async () => {
    await setup();
    await build();
    await buildDocs();
    process.stdout.write("The documents are in target/docs; npm start serves them below /docs/.\n");
  });
}
