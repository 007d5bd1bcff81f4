// Runs workers in workerd itself, bundled as for a deployment, without the layers of a development server.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { build } from "esbuild";
import { tool } from "../../scripts/run.mjs";

/** A directory in memory, where the system has one; otherwise the disk would be measured. */
export function folder() {
  return mkdtempSync(path.join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "xinshi-bench-"));
}

/** Bundles a worker of this folder, with another package if one is named. Returns the path of the bundle. */
export async function bundle(name, within, pkg) {
  const outdir = path.join(within, pkg === undefined ? name : `${name}-beside`);
  await build({
    ...(pkg !== undefined && { alias: { "xinshi/edge": path.join(pkg, "edge", "workerd.js") } }),
    entryPoints: { worker: path.join(import.meta.dirname, `${name}.worker.mjs`) },
    bundle: true,
    format: "esm",
    target: "es2022",
    conditions: ["workerd", "worker", "browser"],
    external: ["cloudflare:*", "node:*"],
    loader: { ".wasm": "copy" },
    assetNames: "[name]",
    outdir,
    outExtension: { ".js": ".mjs" },
    logLevel: "error",
  });
  return outdir;
}

/** Starts a bundled worker in a process of its own, with objects of class `Ledger` on an empty disk. */
export async function start(bundled, within, bindings = {}, options = []) {
  const home = mkdtempSync(path.join(within, "worker-"));
  mkdirSync(path.join(home, "objects"));
  const file = path.join(home, "config.capnp");
  writeFileSync(file, configured(bundled, path.join(home, "objects"), bindings));
  const started = performance.now();
  const child = spawn(tool("workerd"), ["serve", "--control-fd=3", "--import-path=/", ...options, file], {
    stdio: ["ignore", "ignore", "inherit", "pipe"],
  });
  const port = await listening(child);
  return {
    port,
    pid: child.pid,
    started,
    async stop() {
      child.kill();
      await once(child, "exit");
      rmSync(home, { recursive: true, force: true });
    },
  };
}

function listening(child) {
  return new Promise((resolve, reject) => {
    let output = "";
    child.once("exit", (status) => reject(new Error(`workerd ended with status ${status}`)));
    child.once("error", reject);
    child.stdio[3].setEncoding("utf8").on("data", (part) => {
      output += part;
      const port = /"event":"listen","socket":"http","port":(\d+)/.exec(output)?.[1];
      if (port) resolve(Number(port));
    });
  });
}

function configured(bundled, disk, bindings) {
  const files = readdirSync(bundled).sort((one, other) => one.endsWith(".wasm") - other.endsWith(".wasm"));
  const modules = files.map((name) => {
    const kind = name.endsWith(".wasm") ? "wasm" : "esModule";
    return `(name = ${text(`./${name}`)}, ${kind} = embed ${text(path.join(bundled, name))})`;
  });
  const texts = Object.entries(bindings).map(([name, value]) => `(name = ${text(name)}, text = ${text(value)})`);
  const hasObjects = texts.length > 0;
  const objects = `
  durableObjectNamespaces = [(className = "Ledger", uniqueKey = "ledger", enableSql = true)],
  durableObjectStorage = (localDisk = "disk"),`;
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "worker", worker = .worker),
    (name = "network", network = (allow = ["public", "private"])),
    (name = "disk", disk = (path = ${text(disk)}, writable = true)),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "worker")],
);
const worker :Workerd.Worker = (
  modules = [${modules.join(", ")}],
  compatibilityDate = "2026-07-01",
  globalOutbound = "network",${hasObjects ? objects : ""}
  bindings = [${[...texts, ...(hasObjects ? ['(name = "LEDGER", durableObjectNamespace = "Ledger")'] : [])].join(", ")}],
);
`;
}

/** A text in Cap'n Proto's schema language. */
const text = (value) => JSON.stringify(value);
