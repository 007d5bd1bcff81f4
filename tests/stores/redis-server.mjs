// Debian's redis-server on a free port of 127.0.0.1, with its data in a directory of its own.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { unusedOrigin } from "../runtimes/world.mjs";

/** Starts a server; `stop` ends it and removes its data. */
export async function startRedis() {
  const directory = mkdtempSync(path.join(tmpdir(), "xinshi-redis-"));
  const { port } = new URL(await unusedOrigin());
  let child;
  const start = async () => {
    const listens = ["--bind", "127.0.0.1", "--port", port, "--dir", directory, "--daemonize", "no"];
    const keeps = ["--save", "", "--appendonly", "yes", "--appendfsync", "always", "--maxmemory-policy", "noeviction"];
    child = spawn("redis-server", [...listens, ...keeps], { stdio: ["ignore", "pipe", "inherit"] });
    let output = "";
    await new Promise((resolve, reject) => {
      child.once("error", reject);
      child.once("exit", () => reject(new Error(`redis-server ended: ${output}`)));
      child.stdout.on("data", (chunk) => {
        output += chunk;
        if (output.includes("Ready to accept connections")) resolve();
      });
    });
  };
  const kill = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill("SIGKILL");
    await once(child, "exit");
  };
  await start();
  return {
    url: `redis://127.0.0.1:${port}`,
    /** Kills it, and starts it again over the same data. */
    kill,
    start,
    /** Pauses it with its connections open, and resumes it. */
    freeze: () => child.kill("SIGSTOP"),
    thaw: () => child.kill("SIGCONT"),
    stop: async () => {
      await kill();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
