#!/usr/bin/env bash
# Which content codings fetch undoes differs by runtime, and what it cannot undo it hands over as the body, without an error.
#
# Expected: RFC 9110 section 8.4.1 has codings be case-insensitive, section 8.4.1.3 has `x-gzip` be `gzip`, section
# 8.4.1.2 defines `deflate` as zlib, and section 8.4 allows several codings one after the other.
# Seen: workerd 1.20260722.1 undoes `gzip` in small letters and `br`; Deno 2.9.6 those and `GZIP`; Bun 1.4.5 all but two
# codings at once; Node.js 24.21.0 all.
# Who is hurt: a reply in a coding that the client did not ask for, or from a proxy that spells it in its own way, is
# read as noise although the vendor accepted the text. xinshi reports such a send as `unknown`.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --prefix . workerd@1.20260722.1 node@24.21.0 deno@2.9.6 bun@1.4.5 >/dev/null

cat > read.mjs <<'JS'
/** Tells for each coding whether the body of the reply was decoded. */
export async function read(vendor) {
  const lines = [];
  for (const coding of ["gzip", "GZIP", "x-gzip", "br", "deflate", "zstd", "deflate, gzip"]) {
    const text = await (await fetch(`${vendor}/${encodeURIComponent(coding)}`)).text();
    if (text !== "accepted") lines.push(coding);
  }
  return lines.length === 0 ? "decodes all" : `leaves ${lines.join("; ")}`;
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
import zlib from "node:zlib";

const text = "accepted";
const replies = {
  gzip: ["Content-Encoding: gzip", zlib.gzipSync(text)],
  GZIP: ["Content-Encoding: GZIP", zlib.gzipSync(text)],
  "x-gzip": ["Content-Encoding: x-gzip", zlib.gzipSync(text)],
  br: ["Content-Encoding: br", zlib.brotliCompressSync(text)],
  deflate: ["Content-Encoding: deflate", zlib.deflateSync(text)],
  zstd: ["Content-Encoding: zstd", zlib.zstdCompressSync(text)],
  "deflate, gzip": ["Content-Encoding: deflate, gzip", zlib.gzipSync(zlib.deflateSync(text))],
};
const server = createServer((socket) => {
  socket.on("error", () => {});
  socket.once("data", (data) => {
    const [headers, body] = replies[decodeURIComponent(String(data).split(" ")[1].slice(1))];
    const head = `HTTP/1.1 200 OK\r\n${headers}\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n`;
    socket.end(Buffer.concat([Buffer.from(head), body]));
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
node: decodes all
deno: leaves x-gzip; deflate; zstd; deflate, gzip
bun: leaves deflate, gzip
workerd: leaves GZIP; x-gzip; deflate; zstd; deflate, gzip
SEEN
