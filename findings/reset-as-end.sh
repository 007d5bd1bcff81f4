#!/usr/bin/env bash
# Node.js 24.21.0 and Bun 1.4.5 take a reset connection for the end of a body without a length.
#
# Expected: a body without Content-Length and chunks ends when the server closes the connection (RFC 9112 section 6.3).
# A reset is no close but a failure, and the call rejects, as it does when the same reset comes before the headers.
# Seen: both resolve with what had come. Deno 2.9.6 and workerd 1.20260722.1 reject.
# Who is hurt: a vendor's process that dies while it writes its reply (HTTP/1.0 style, without a length) leaves a
# shorter reply that looks whole. xinshi reads a JSON reply that ends early as `unknown`; plain text has no end to miss.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --prefix . workerd@1.20260722.1 node@24.21.0 deno@2.9.6 bun@1.4.5 >/dev/null

cat > read.mjs <<'JS'
/** Tells whether the body of a connection that is reset in the middle is taken for complete. */
export async function read(vendor) {
  const response = await fetch(vendor);
  return response.text().then((text) => `resolves with ${JSON.stringify(text)}`, () => "rejects");
}
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

const server = createServer((socket) => {
  socket.on("error", () => {});
  socket.once("data", () => {
    // The reset follows only after the first part had time to be read by itself.
    socket.write("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n0,", () => setTimeout(() => socket.resetAndDestroy(), 300));
  });
}).listen(0, "127.0.0.1");
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
node: resolves with "0,"
deno: rejects
bun: resolves with "0,"
workerd: rejects
SEEN
