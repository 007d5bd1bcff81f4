// Serves the handler in workerd over a sandbox: node scripts/handler/serve.mjs <port> <origin of the
// sandbox> <directory of its state, which stays>.
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { Miniflare } from "miniflare";
import { createSandbox } from "xinshi/sandbox";
import { main, root, run, tool } from "../run.mjs";

const VENDORS = ["smsadmin", "apiv1", "binstd", "liasmart", "liupai"];

await main(async () => {
  const [port, sandbox, state] = process.argv.slice(2);
  const out = mkdtempSync(path.join(tmpdir(), "xinshi-handler-"));
  const project = path.join(root, "scripts", "handler");
  const env = { WRANGLER_SEND_METRICS: "false", WRANGLER_LOG_PATH: out, CI: "1" };
  await run(tool("wrangler"), ["deploy", "--dry-run", "--outdir", out], { cwd: project, env, quiet: true });
  const files = readdirSync(out).filter((name) => /\.(js|wasm)$/.test(name));
  const modules = files
    .sort((a, b) => a.endsWith(".wasm") - b.endsWith(".wasm"))
    .map((name) => ({ type: name.endsWith(".wasm") ? "CompiledWasm" : "ESModule", path: path.join(out, name) }));
  const { config } = createSandbox();
  const account = (vendor) => ({ ...config(vendor), baseUrl: `${sandbox}/${vendor}` });
  const miniflare = new Miniflare({
    host: "127.0.0.1",
    port: Number(port),
    modules,
    modulesRoot: out,
    compatibilityDate: "2026-07-01",
    bindings: { VENDORS: Object.fromEntries(VENDORS.map((vendor) => [vendor, account(vendor)])) },
    durableObjects: { LEDGER: { className: "Ledger", useSQLite: true } },
    durableObjectsPersist: state,
  });
  const end = async () => {
    await miniflare.dispose();
    rmSync(out, { recursive: true, force: true });
    process.exit(0);
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.once(signal, end);
  await miniflare.ready;
  process.stdout.write(`xinshi handler on http://127.0.0.1:${port}\n`);
  await new Promise(() => {});
});
