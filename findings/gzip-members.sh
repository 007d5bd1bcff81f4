#!/usr/bin/env bash
# Deno 2.9.6 drops all but the first member of a gzip body, without an error.
#
# Expected: RFC 1952 section 2.2 has a gzip file consist of members one after the other, and RFC 9110 section 8.4.1.3
# takes the coding from there. A server or proxy that compresses each write by itself sends such bodies.
# Seen: Node.js 24.21.0, Bun 1.4.5 and workerd 1.20260722.1 read both members; Deno resolves with the first one's text.
# Who is hurt: a pull that erases what it answers loses every record after the first member, and nothing says so.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --prefix . workerd@1.20260722.1 node@24.21.0 deno@2.9.6 bun@1.4.5 >/dev/null

cat > read.mjs <<'JS'
/** Resolves to the text of a reply of two members, "report 1;" and "report 2;". */
export const read = async (vendor) => (await fetch(`${vendor}/members`)).text();
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

const replies = {
  members: { headers: "Content-Encoding: gzip", body: Buffer.concat([gzipSync("report 1;"), gzipSync("report 2;")]) },
};
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
node: report 1;report 2;
deno: report 1;
bun: report 1;report 2;
workerd: report 1;report 2;
SEEN
