#!/usr/bin/env bash
# workerd 1.20260722.1 rejects `formData()` of a form whose type names a charset other than UTF-8, whatever the form holds.
#
# Expected: the Fetch standard's `formData()` takes the essence of the type alone and reads the body as UTF-8.
# Seen: `application/x-www-form-urlencoded; charset=gb2312` rejects, also where each byte is ASCII and no value needs a
# charset. Node.js 24.21.0, Deno 2.9.6 and Bun 1.4.5 read it.
# Who is hurt: vendors' pushes name GB2312 as a rule; a worker that reads them by `formData()` answers an error to each.
# xinshi reads the bytes and decodes them as the vendor's document says.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --prefix . workerd@1.20260722.1 node@24.21.0 deno@2.9.6 bun@1.4.5 >/dev/null

cat > read.mjs <<'JS'
/** Tells what `formData` does with one form under three types. */
export async function read() {
  const lines = [];
  for (const charset of ["", "; charset=utf-8", "; charset=gb2312"]) {
    const headers = { "content-type": `application/x-www-form-urlencoded${charset}` };
    const push = new Request("http://push.example/", { method: "POST", headers, body: "mobile=13800138000&stat=DELIVRD" });
    const outcome = await push.formData().then((form) => form.get("stat"), (error) => `rejects with ${error.name}`);
    lines.push(outcome);
  }
  return lines.join(", ");
}
JS
cat > command.mjs <<'JS'
import { read } from "./read.mjs";
console.log(await read());
JS
cat > worker.mjs <<'JS'
import { read } from "./read.mjs";
export default { fetch: async () => new Response(await read()) };
JS
cat > config.capnp <<'CAPNP'
using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .worker)],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
const worker :Workerd.Worker = (
  modules = [(name = "worker", esModule = embed "worker.mjs"), (name = "read.mjs", esModule = embed "read.mjs")],
  compatibilityDate = "2026-07-01",
);
CAPNP
cat > probe.mjs <<'JS'
import { execFile, spawn } from "node:child_process";
import { promisify } from "node:util";

for (const [name, args] of Object.entries({ node: [], deno: ["run", "-A"], bun: [] })) {
  const { stdout } = await promisify(execFile)(`node_modules/.bin/${name}`, [...args, "command.mjs"]);
  console.log(`${name}: ${stdout.trim()}`);
}
const child = spawn("node_modules/.bin/workerd", ["serve", "config.capnp", "--control-fd=3"], { stdio: ["ignore", 2, 2, "pipe"] });
const port = await new Promise((resolve) => child.stdio[3].on("data", (line) => resolve(JSON.parse(line).port)));
console.log(`workerd: ${await (await fetch(`http://127.0.0.1:${port}/`)).text()}`);
child.kill();
process.exit();
JS
node_modules/.bin/node probe.mjs | tee seen.txt
diff seen.txt - <<'SEEN'
node: DELIVRD, DELIVRD, DELIVRD
deno: DELIVRD, DELIVRD, DELIVRD
bun: DELIVRD, DELIVRD, DELIVRD
workerd: DELIVRD, DELIVRD, rejects with TypeError
SEEN
