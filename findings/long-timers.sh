#!/usr/bin/env bash
# A timer of 2^31 ms and more fires at once, but not in every runtime, and an AbortSignal differs again.
#
# Expected: the HTML standard converts the delay to a signed 32-bit number, so setTimeout of 2^31 ms fires at once;
# AbortSignal.timeout takes an unsigned 64-bit one, so that 2^31 ms is 25 days.
# Seen: setTimeout fires at once in Node.js 24.21.0, Deno 2.9.6 and Bun 1.4.5, and waits in workerd 1.20260722.1.
# AbortSignal.timeout aborts at once in Node.js and Deno, and waits in Bun and workerd.
# Who is hurt: "no timeout" written as a month aborts each send before its reply. xinshi refuses a timeout above
# 2^31 - 1 ms.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --prefix . workerd@1.20260722.1 node@24.21.0 deno@2.9.6 bun@1.4.5 >/dev/null

cat > read.mjs <<'JS'
const LONG = 2 ** 31;
/** Tells what happens first: the timer, or 300 ms. */
const first = (start) => new Promise((resolve) => (setTimeout(resolve, 300, "waits"), start(() => resolve("fires at once"))));

export const read = async () =>
  `setTimeout ${await first((fire) => setTimeout(fire, LONG))}, AbortSignal ${await first((fire) => {
    AbortSignal.timeout(LONG).onabort = fire;
  })}`;
JS
cat > command.mjs <<'JS'
import { read } from "./read.mjs";
console.log(await read((globalThis.Deno?.args ?? process.argv.slice(2))[0]));
JS
cat > worker.mjs <<'JS'
import { read } from "./read.mjs";
export default { fetch: async (request) => new Response(await read(new URL(request.url).searchParams.get("vendor"))) };
JS
cat > config.capnp <<'CAPNP'
using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .worker), (name = "internet", network = (allow = ["private", "local"]))],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
const worker :Workerd.Worker = (
  modules = [(name = "worker", esModule = embed "worker.mjs"), (name = "read.mjs", esModule = embed "read.mjs")],
  compatibilityDate = "2026-07-01",
);
CAPNP
cat > probe.mjs <<'JS'
import { execFile, spawn } from "node:child_process";
import { createServer } from "node:net";
import { promisify } from "node:util";

const server = createServer(() => {}).listen(0, "127.0.0.1");
await new Promise((resolve) => server.on("listening", resolve));
const vendor = `http://127.0.0.1:${server.address().port}`;

const run = promisify(execFile);
for (const [name, args] of Object.entries({ node: [], deno: ["run", "-A"], bun: [] })) {
  const { stdout } = await run(`node_modules/.bin/${name}`, [...args, "command.mjs", vendor]);
  console.log(`${name}: ${stdout.trim()}`);
}
const child = spawn("node_modules/.bin/workerd", ["serve", "config.capnp", "--control-fd=3"], { stdio: ["ignore", 2, 2, "pipe"] });
const port = await new Promise((resolve) => child.stdio[3].on("data", (line) => resolve(JSON.parse(line).port)));
console.log(`workerd: ${await (await fetch(`http://127.0.0.1:${port}/?vendor=${vendor}`)).text()}`);
child.kill();
server.close();
process.exit();
JS
node_modules/.bin/node probe.mjs | tee seen.txt
diff seen.txt - <<'SEEN'
node: setTimeout fires at once, AbortSignal fires at once
deno: setTimeout fires at once, AbortSignal fires at once
bun: setTimeout fires at once, AbortSignal waits
workerd: setTimeout waits, AbortSignal waits
SEEN
