#!/usr/bin/env bash
# Deno 2.9.6 makes any request twice, and Bun 1.4.5 a GET, if the server closes a kept connection when it arrives.
#
# Expected: RFC 9112 section 9.3.1 forbids a client to repeat a request with a method that is not idempotent, unless it
# knows that the server did not act on it, and has it not repeat even a safe one without end.
# Seen: for one fetch over a kept connection the server reads two requests. Node.js 24.21.0 and workerd 1.20260722.1
# make one and reject.
# Who is hurt: vendors send texts on a GET as well as on a POST; the text is sent and paid for twice. xinshi uses no kept
# connection in Deno and Bun.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --prefix . workerd@1.20260722.1 node@24.21.0 deno@2.9.6 bun@1.4.5 >/dev/null

cat > read.mjs <<'JS'
/** Uses a connection once, then sends over it; returns how many requests the vendor got for each method. */
export async function read(vendor) {
  const lines = [];
  for (const method of ["GET", "POST"]) {
    await (await fetch(vendor)).text();
    await fetch(`${vendor}/send`, { method }).catch(() => {});
    lines.push(`${await (await fetch(`${vendor}/count`)).text()} ${method}`);
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

let sends = 0;
const server = createServer((socket) => {
  socket.on("error", () => {});
  socket.on("data", (data) => {
    const path = String(data).split(" ")[1];
    if (path === "/send") {
      sends += 1;
      socket.destroy();
    } else if (path === "/count") {
      socket.end(`HTTP/1.1 200 OK\r\nContent-Length: 1\r\nConnection: close\r\n\r\n${sends}`);
      sends = 0;
    } else socket.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
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
node: 1 GET, 1 POST
deno: 2 GET, 2 POST
bun: 2 GET, 1 POST
workerd: 1 GET, 1 POST
SEEN
