#!/usr/bin/env bash
# No runtime's fetch gives back a reason phrase in GBK, and Deno 2.9.6 gives back no reason phrase at all.
#
# Expected: the Fetch standard's `statusText` is the isomorphic decoding of the status message, one code unit a byte,
# so that a caller can turn `HTTP/1.1 200 <GBK bytes>` (obs-text, RFC 9112 section 4) back into its bytes.
# Seen: Node.js 24.21.0, Bun 1.4.5 and workerd 1.20260722.1 decode the phrase as UTF-8 and put U+FFFD in; Deno shows
# the name that it knows for the status, or nothing, whatever the server wrote, also where the phrase is ASCII.
# Who is hurt: a gateway that writes its outcome into the status line (`HTTP/1.1 200 <success in GBK>`) cannot be read
# by fetch. xinshi decides by the body alone.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --prefix . workerd@1.20260722.1 node@24.21.0 deno@2.9.6 bun@1.4.5 >/dev/null

cat > read.mjs <<'JS'
/** Resolves to the code units of each reply's status text. */
export async function read(vendor) {
  const lines = [];
  for (const path of ["ascii", "gbk"]) {
    const response = await fetch(`${vendor}/${path}`);
    await response.text();
    lines.push(`${path} ${[...response.statusText].map((unit) => unit.charCodeAt(0).toString(16)).join(" ") || "nothing"}`);
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

const phrases = { ascii: Buffer.from("Sent"), gbk: Buffer.from([0xb3, 0xc9, 0xb9, 0xa6]) };
const server = createServer((socket) => {
  socket.on("error", () => {});
  socket.once("data", (data) => {
    const phrase = phrases[String(data).split(" ")[1].slice(1)];
    socket.end(Buffer.concat([Buffer.from("HTTP/1.1 200 "), phrase, Buffer.from("\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")]));
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
node: ascii 53 65 6e 74, gbk fffd 279 fffd
deno: ascii 4f 4b, gbk 4f 4b
bun: ascii 53 65 6e 74, gbk fffd 279 fffd
workerd: ascii 53 65 6e 74, gbk fffd 279 fffd
SEEN
