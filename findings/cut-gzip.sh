#!/usr/bin/env bash
# Node.js 24.21.0 reads a gzip body that is cut short as if it were whole; the other runtimes reject it.
#
# Expected: a gzip member ends with a checksum and a length (RFC 1952 section 2.3.1), so that a body without them is
# known to be incomplete, also where no Content-Length says how long it is.
# Seen: Node.js resolves with the part that it could inflate. Deno 2.9.6, Bun 1.4.5 and workerd 1.20260722.1 reject.
# Who is hurt: a list of reports that the connection lost half of looks complete; a pull that erases what it answers
# loses the other half, and nothing says so.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --prefix . workerd@1.20260722.1 node@24.21.0 deno@2.9.6 bun@1.4.5 >/dev/null

cat > read.mjs <<'JS'
/** Tells whether the body was taken for complete, and whether it is. */
export async function read(vendor) {
  const text = await (await fetch(vendor)).text().catch(() => null);
  return text === null ? "rejects" : text.endsWith("end") ? "resolves, whole" : "resolves, cut short";
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
import { gzipSync } from "node:zlib";

const body = gzipSync(`${Array.from({ length: 500 }, (_, index) => `report ${index * 7919}`).join(";")};end`);
const server = createServer((socket) => {
  socket.on("error", () => {});
  socket.once("data", () => {
    const head = "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nConnection: close\r\n\r\n";
    socket.end(Buffer.concat([Buffer.from(head), body.subarray(0, body.length / 2)]));
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
node: resolves, cut short
deno: rejects
bun: rejects
workerd: rejects
SEEN
