#!/usr/bin/env bash
# `request.url` is not a serialised URL in Deno 2.9.6, and in workerd 1.20260722.1 only in part.
#
# Expected: the Fetch standard's `Request.url` is the URL parsed and serialised: small letters in the host, no dot
# segments, `"`, `<` and `>` of a query escaped. Routing and signatures over `request.url` count on it.
# Seen: Bun 1.4.5 does that. Deno hands over host, path and query as the client wrote them; workerd drops dot segments
# and leaves the host and the query as they came.
# Who is hurt: a push whose query the vendor left unescaped is matched or signed differently from one runtime to the
# next. `new URL(request.url).href` is the same in all three.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --prefix . workerd@1.20260722.1 node@24.21.0 deno@2.9.6 bun@1.4.5 >/dev/null

cat > handle.mjs <<'JS'
export const handle = (request) => new Response(`${request.url} then ${new URL(request.url).href};`);
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
cat > probe.mjs <<'JS'
import { spawn } from "node:child_process";
import { connect } from "node:net";

const push = (port) =>
  new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => socket.write('GET /a/../push?text="<5>" HTTP/1.1\r\nHost: Push.Example\r\n\r\n'));
    let answer = "";
    socket.on("data", (data) => {
      answer += data;
      if (!answer.includes(";")) return;
      socket.destroy();
      resolve(/http:.*(?=;)/.exec(answer)[0]);
    });
    socket.on("error", reject);
  });

const runtimes = {
  workerd: ["workerd", "serve", "config.capnp", "--control-fd=3"],
  deno: ["deno", "run", "-A", "deno.mjs"],
  bun: ["bun", "bun.mjs"],
};
for (const [name, [command, ...args]] of Object.entries(runtimes)) {
  const child = spawn(`node_modules/.bin/${command}`, args, { stdio: ["ignore", "pipe", "ignore", "pipe"] });
  const port = await new Promise((resolve, reject) => {
    for (const stream of [child.stdout, child.stdio[3]])
      stream.on("data", (data) => /"port":/.test(data) && resolve(JSON.parse(String(data).trim()).port));
    child.on("exit", () => reject(new Error(`${name} ended`)));
  });
  console.log(`${name}: ${await push(port)}`);
  child.removeAllListeners("exit");
  child.kill();
}
process.exit();
JS
node_modules/.bin/node probe.mjs | tee seen.txt
diff seen.txt - <<'SEEN'
workerd: http://Push.Example/push?text="<5>" then http://push.example/push?text=%22%3C5%3E%22
deno: http://Push.Example/a/../push?text="<5>" then http://push.example/push?text=%22%3C5%3E%22
bun: http://push.example/push?text=%22%3C5%3E%22 then http://push.example/push?text=%22%3C5%3E%22
SEEN
