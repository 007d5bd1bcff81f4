#!/usr/bin/env bash
# workerd 1.20260722.1 knows the content coding `gzip` in small letters alone, and neither it nor Deno 2.9.6 knows `x-gzip`.
#
# Expected: RFC 9110 section 8.4.1 has content codings be case-insensitive, and section 8.4.1.3 has a recipient treat
# `x-gzip` as `gzip`.
# Seen: Node.js 24.21.0 and Bun 1.4.5 decode all three; Deno hands the compressed bytes of `x-gzip` over as the body, and
# workerd those of `x-gzip` and of `GZIP`, without an error.
# Who is hurt: the reply to an accepted text is read as noise. xinshi reports such a send as `unknown`.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --prefix . workerd@1.20260722.1 node@24.21.0 deno@2.9.6 bun@1.4.5 >/dev/null

cat > read.mjs <<'JS'
/** Tells for each spelling whether the body of the reply was decoded. */
export async function read(vendor) {
  const lines = [];
  for (const coding of ["gzip", "GZIP", "x-gzip"]) {
    const text = await (await fetch(`${vendor}/${coding}`)).text();
    lines.push(`${coding} ${text === "accepted" ? "decoded" : text.startsWith("\u001f") ? "compressed" : "something else"}`);
  }
  return lines.join(", ");
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

const body = gzipSync("accepted");
const replies = Object.fromEntries(["gzip", "GZIP", "x-gzip"].map((coding) => [coding, { headers: `Content-Encoding: ${coding}`, body }]));
const server = createServer((socket) => {
  socket.on("error", () => {});
  socket.once("data", (data) => {
    const { headers, body } = replies[String(data).split(" ")[1].slice(1)];
    const head = `HTTP/1.1 200 OK\r\n${headers}\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n`;
    socket.end(Buffer.concat([Buffer.from(head, "latin1"), body]));
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
node: gzip decoded, GZIP decoded, x-gzip decoded
deno: gzip decoded, GZIP decoded, x-gzip compressed
bun: gzip decoded, GZIP decoded, x-gzip decoded
workerd: gzip decoded, GZIP compressed, x-gzip compressed
SEEN
