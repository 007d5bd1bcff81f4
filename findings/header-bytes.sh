#!/usr/bin/env bash
# workerd 1.20260722.1 decodes header values as UTF-8, so that GBK in a header is lost; the other runtimes keep the bytes.
#
# Expected: the Fetch standard's header values are byte sequences, read by isomorphic decoding, one code unit a byte.
# Seen: Node.js 24.21.0, Deno 2.9.6 and Bun 1.4.5 give b3 c9 b9 a6 for those four bytes; workerd gives U+FFFD, U+0279
# (two of the bytes happen to be UTF-8) and U+FFFD.
# Who is hurt: a gateway that puts its message in a header (`X-Message: <GBK bytes>`) can be read everywhere but in a
# worker. xinshi decides by the body alone.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --prefix . workerd@1.20260722.1 node@24.21.0 deno@2.9.6 bun@1.4.5 >/dev/null

cat > read.mjs <<'JS'
/** Resolves to the code units of the header that the vendor answers with. */
export async function read(vendor) {
  const response = await fetch(`${vendor}/header`);
  return [...response.headers.get("x-message")].map((unit) => unit.charCodeAt(0).toString(16)).join(" ");
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

const replies = { header: { headers: "X-Message: \xb3\xc9\xb9\xa6", body: Buffer.from("ok") } };
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
node: b3 c9 b9 a6
deno: b3 c9 b9 a6
bun: b3 c9 b9 a6
workerd: fffd 279 fffd
SEEN
