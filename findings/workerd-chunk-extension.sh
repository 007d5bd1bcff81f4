#!/usr/bin/env bash
# workerd 1.20260722.1 takes no chunk extension, neither in a request it serves nor in a reply that its fetch reads.
#
# Expected: RFC 9112 section 7.1.1 has a recipient ignore chunk extensions that it does not know (`2;a=b`).
# Seen: a request with one is answered 500; the body of a reply with one rejects. Node.js 24.21.0, Deno 2.9.6 and
# Bun 1.4.5 read both.
# Who is hurt: a push is answered 500 and made again or lost; the reply to a send that the vendor accepted cannot be
# read. xinshi reports such a send as `unknown` and never sends it again.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --prefix . workerd@1.20260722.1 node@24.21.0 deno@2.9.6 bun@1.4.5 >/dev/null

cat > handle.mjs <<'JS'
/** Answers a GET with what fetch reads from the vendor, and a POST with the body it got. */
export async function handle(request) {
  if (request.method === "POST") return new Response(await request.text());
  try {
    return new Response(await (await fetch(new URL(request.url).searchParams.get("vendor"))).text());
  } catch (error) {
    return new Response(`rejects with ${error.name}`);
  }
}
JS
cat > worker.mjs <<'JS'
import { handle } from "./handle.mjs";
export default { fetch: handle };
JS
cat > config.capnp <<'CAPNP'
using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = .worker),
    (name = "internet", network = (allow = ["private", "local"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
const worker :Workerd.Worker = (
  modules = [(name = "worker", esModule = embed "worker.mjs"), (name = "handle.mjs", esModule = embed "handle.mjs")],
  compatibilityDate = "2026-07-01",
);
CAPNP
cat > deno.mjs <<'JS'
import { handle } from "./handle.mjs";
Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: ({ port }) => console.log(JSON.stringify({ port })) }, handle);
JS
cat > bun.mjs <<'JS'
import { handle } from "./handle.mjs";
console.log(JSON.stringify({ port: Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: handle }).port }));
JS
cat > node.mjs <<'JS'
import { createServer } from "node:http";
import { handle } from "./handle.mjs";
const server = createServer(async (request, response) => {
  const body = request.method === "POST" ? await new Response(request).text() : undefined;
  const answer = await handle(new Request(`http://127.0.0.1${request.url}`, { method: request.method, body }));
  response.end(await answer.text());
}).listen(0, "127.0.0.1", () => console.log(JSON.stringify({ port: server.address().port })));
JS
cat > probe.mjs <<'JS'
import { spawn } from "node:child_process";
import { createServer, connect } from "node:net";

const chunked = "Transfer-Encoding: chunked\r\n\r\n2;a=b\r\nok\r\n0\r\n\r\n";
const vendor = createServer((socket) => {
  socket.on("error", () => {});
  socket.once("data", () => socket.write(`HTTP/1.1 200 OK\r\n${chunked}`));
}).listen(0, "127.0.0.1");
await new Promise((resolve) => vendor.on("listening", resolve));

const push = (port) =>
  new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => socket.write(`POST / HTTP/1.1\r\nHost: a\r\n${chunked}`));
    socket.once("data", (data) => (socket.destroy(), resolve(data.toString().split(" ")[1])));
    socket.on("error", reject);
  });

const runtimes = {
  workerd: ["workerd", "serve", "config.capnp", "--control-fd=3"],
  deno: ["deno", "run", "-A", "deno.mjs"],
  bun: ["bun", "bun.mjs"],
  node: ["node", "node.mjs"],
};
for (const [name, [command, ...args]] of Object.entries(runtimes)) {
  const child = spawn(`node_modules/.bin/${command}`, args, { stdio: ["ignore", "pipe", "ignore", "pipe"] });
  const port = await new Promise((resolve, reject) => {
    for (const stream of [child.stdout, child.stdio[3]])
      stream.on("data", (data) => /"port":/.test(data) && resolve(JSON.parse(String(data).trim()).port));
    child.on("exit", () => reject(new Error(`${name} ended`)));
  });
  const reply = await (await fetch(`http://127.0.0.1:${port}/?vendor=http://127.0.0.1:${vendor.address().port}/`)).text();
  console.log(`${name}: a push is answered ${await push(port)}, a reply ${reply === "ok" ? "is read" : reply}`);
  child.removeAllListeners("exit");
  child.kill();
}
vendor.close();
process.exit();
JS
node_modules/.bin/node probe.mjs | tee seen.txt
diff seen.txt - <<'SEEN'
workerd: a push is answered 500, a reply rejects with Error
deno: a push is answered 200, a reply is read
bun: a push is answered 200, a reply is read
node: a push is answered 200, a reply is read
SEEN
