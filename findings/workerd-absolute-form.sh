#!/usr/bin/env bash
# workerd 1.20260722.1 answers 500 to a request in absolute form, before the worker runs.
#
# Expected: RFC 9112 section 3.2.2 has a server accept `POST http://host/path HTTP/1.1`, which a client behind a
# forward proxy sends and a simple proxy passes on as it came.
# Seen: `500 Internal Server Error`, and the worker is not called. Node.js 24.21.0, Deno 2.9.6 and Bun 1.4.5 serve it;
# Node.js hands `request.url` over in absolute form.
# Who is hurt: a vendor that pushes through such a proxy gets 500 for each push until it gives up.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --prefix . workerd@1.20260722.1 node@24.21.0 deno@2.9.6 bun@1.4.5 >/dev/null

cat > handle.mjs <<'JS'
export const handle = (request) => new Response(`serves ${request.url}`);
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
const server = createServer((request, response) => response.end(`serves ${request.url}`));
server.listen(0, "127.0.0.1", () => console.log(JSON.stringify({ port: server.address().port })));
JS
cat > probe.mjs <<'JS'
import { spawn } from "node:child_process";
import { connect } from "node:net";

const push = (port, target) =>
  new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => socket.write(`POST ${target} HTTP/1.1\r\nHost: push.example\r\nContent-Length: 0\r\n\r\n`));
    let answer = "";
    socket.on("data", (data) => {
      answer += data;
      if (!/\r\n\r\n./s.test(answer)) return;
      socket.destroy();
      resolve(`${answer.split(" ")[1]} ${/serves .*/.exec(answer)?.[0] ?? "-"}`);
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
  console.log(`${name}: ${await push(port, "/report")} | ${await push(port, "http://push.example/report")}`);
  child.removeAllListeners("exit");
  child.kill();
}
process.exit();
JS
node_modules/.bin/node probe.mjs | tee seen.txt
diff seen.txt - <<'SEEN'
workerd: 200 serves http://push.example/report | 500 -
deno: 200 serves http://push.example/report | 200 serves http://push.example/report
bun: 200 serves http://push.example/report | 200 serves http://push.example/report
node: 200 serves /report | 200 serves http://push.example/report
SEEN
