#!/usr/bin/env bash
# workerd 1.20260722.1 keeps a connection open after it answered `Connection: close`, and after it answered HTTP/1.0.
#
# Expected: RFC 9112 section 9.6 has a server close the connection after the final response to a request with the
# `close` option; an HTTP/1.0 request without `keep-alive` is the same (section 9.3).
# Seen: workerd answers with a Content-Length and closes nothing. Node.js 24.21.0, given the same bytes, closes at once.
# Who is hurt: a vendor's push client that reads until the connection ends (many old PHP and C clients do) waits for
# its own timeout and counts the push as failed. A proxy before workerd closes for it.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --prefix . workerd@1.20260722.1 node@24.21.0 >/dev/null

cat > worker.mjs <<'JS'
export default { fetch: () => new Response("ok") };
JS
cat > config.capnp <<'CAPNP'
using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .worker)],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
const worker :Workerd.Worker = (modules = [(name = "worker", esModule = embed "worker.mjs")], compatibilityDate = "2026-07-01");
CAPNP
cat > probe.mjs <<'JS'
import { spawn } from "node:child_process";
import { createServer } from "node:http";
import { connect } from "node:net";

/** Sends the bytes and resolves to "closed" or, when a later request on the same connection is answered, "open". */
const probe = (port, bytes) =>
  new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => socket.write(bytes));
    let answers = 0;
    socket.on("data", (data) => {
      answers += data.toString("latin1").split("HTTP/1.1 ").length - 1;
      if (answers === 1) setTimeout(() => socket.writable && socket.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), 500);
      if (answers === 2) socket.destroy(), resolve("open");
    });
    socket.on("end", () => resolve("closed"));
    socket.on("error", reject);
  });

const child = spawn("node_modules/.bin/workerd", ["serve", "config.capnp", "--control-fd=3"], { stdio: ["ignore", 2, 2, "pipe"] });
const workerd = await new Promise((resolve, reject) => {
  child.stdio[3].on("data", (line) => resolve(JSON.parse(line).port));
  child.on("exit", () => reject(new Error("workerd ended")));
});
const server = createServer((_, response) => response.end("ok")).listen(0, "127.0.0.1");
await new Promise((resolve) => server.on("listening", resolve));

const close = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
const old = "GET / HTTP/1.0\r\nHost: a\r\n\r\n";
const seen = [];
for (const [name, port] of [["workerd", workerd], ["node", server.address().port]])
  seen.push(`${name}: close ${await probe(port, close)}, HTTP/1.0 ${await probe(port, old)}`);
child.kill();
server.close();
console.log(seen.join("\n"));
JS
node_modules/.bin/node probe.mjs | tee seen.txt
diff seen.txt - <<'SEEN'
workerd: close open, HTTP/1.0 open
node: close closed, HTTP/1.0 closed
SEEN
