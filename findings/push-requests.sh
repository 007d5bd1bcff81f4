#!/usr/bin/env bash
# Three old habits of push clients are answered differently by each server: raw GBK in the URL, HTTP/1.0 without Host, and
# Expect: 100-continue.
#
# Expected: raw bytes above 7F are refused with 400 or handed over unchanged; HTTP/1.0 needs no Host (RFC 9112 section
# 3.2); a server that waits for the body answers `Expect` with 100 (RFC 9110 section 10.1.1).
# Seen: Node.js 24.21.0 and Deno 2.9.6 answer raw GBK with 400; Bun 1.4.5 and workerd 1.20260722.1 serve it and put U+FFFD
# in for the bytes. Without Host workerd answers 400, and Bun's `request.url` is a path alone, which `new URL` rejects.
# workerd never answers `Expect`, so that a client that waits for it (curl does, for a second) loses its wait.
# Who is hurt: the text of a reply is lost, or the push is. xinshi reads Bun's URL without a host; for raw GBK in a URL
# the handler needs a proxy in front that escapes it.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --prefix . workerd@1.20260722.1 node@24.21.0 deno@2.9.6 bun@1.4.5 >/dev/null

cat > handle.mjs <<'JS'
export const handle = async (request) => {
  await request.text();
  return new Response(`serves ${request.url.replace(/:[0-9]+/, "")};`);
};
JS
cat > worker.mjs <<'JS'
import { handle } from "./handle.mjs";
export default { fetch: handle };
JS
cat > config.capnp <<'CAPNP'
using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .worker)],
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
const server = createServer((request, response) => request.resume().on("end", () => response.end(`serves ${request.url};`)));
server.listen(0, "127.0.0.1", () => console.log(JSON.stringify({ port: server.address().port })));
JS
cat > probe.mjs <<'JS'
import { spawn } from "node:child_process";
import { connect } from "node:net";

/** Sends a head, and the body once the server asks for it or a second is over; resolves to what the server answered. */
const push = (port, head, body) =>
  new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => socket.write(head, "latin1"));
    const late = body && setTimeout(() => socket.write(body), 1_000);
    let answer = "";
    let asked = "";
    socket.on("data", (data) => {
      answer += data;
      if (/^HTTP\/1.1 100 .*\r\n\r\n/.test(answer)) {
        clearTimeout(late);
        asked = "100, then ";
        answer = "";
        socket.write(body);
      }
      if (!/ 400 |serves .*;/.test(answer)) return;
      socket.destroy();
      const served = /serves (.*);/.exec(answer)?.[1];
      resolve(`${asked}${answer.split(" ")[1]}${served ? ` for ${served.replace(/[^ -~]+/g, encodeURI)}` : ""}`);
    });
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
  console.log(`${name}: raw GBK ${await push(port, "GET /push?text=\xb3\xc9 HTTP/1.1\r\nHost: a\r\n\r\n")}`);
  console.log(`${name}: no Host ${await push(port, "GET /push HTTP/1.0\r\n\r\n")}`);
  const expect = "POST /push HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n";
  console.log(`${name}: Expect ${await push(port, expect, "a")}`);
  child.removeAllListeners("exit");
  child.kill();
}
process.exit();
JS
node_modules/.bin/node probe.mjs | tee seen.txt
diff seen.txt - <<'SEEN'
workerd: raw GBK 200 for http://a/push?text=%EF%BF%BD%EF%BF%BD
workerd: no Host 400
workerd: Expect 200 for http://a/push
deno: raw GBK 400
deno: no Host 200 for http://localhost/push
deno: Expect 100, then 200 for http://a/push
bun: raw GBK 200 for http://a/push?text=%EF%BF%BD%EF%BF%BD
bun: no Host 200 for /push
bun: Expect 100, then 200 for http://a/push
node: raw GBK 400
node: no Host 200 for /push
node: Expect 100, then 200 for /push
SEEN
