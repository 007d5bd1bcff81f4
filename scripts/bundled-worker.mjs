// Bundles a Worker with wrangler, exactly as for a deployment, for miniflare to run.
import { readdirSync } from "node:fs";
import path from "node:path";
import { run, tool } from "./run.mjs";

const COMPATIBILITY_DATE = "2026-07-01";

/**
 * Bundles the Worker of a project into a directory. Returns miniflare's options for it.
 * @param {string} project
 * @param {string} out
 */
export async function bundledWorker(project, out) {
  const env = { WRANGLER_SEND_METRICS: "false", WRANGLER_LOG_PATH: out, CI: "1" };
  await run(tool("wrangler"), ["deploy", "--dry-run", "--outdir", out], { cwd: project, env, quiet: true });
  const files = readdirSync(out).filter((name) => /\.(js|wasm)$/.test(name));
  // The program comes first; it imports the WebAssembly.
  const modules = files
    .sort((a, b) => a.endsWith(".wasm") - b.endsWith(".wasm"))
    .map((name) => ({ type: name.endsWith(".wasm") ? "CompiledWasm" : "ESModule", path: path.join(out, name) }));
  return { modules, modulesRoot: out, compatibilityDate: COMPATIBILITY_DATE };
}
