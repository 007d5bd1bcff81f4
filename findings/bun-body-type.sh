#!/usr/bin/env bash
# Bun 1.4.5 sends a POST of a string, and of empty URLSearchParams, without a Content-Type.
#
# Expected: the Fetch standard's "extract a body" gives a string `text/plain;charset=UTF-8` and URLSearchParams
# `application/x-www-form-urlencoded;charset=UTF-8`, also where they are empty; `new Request(...)` shows it.
# Seen: no header on the wire, and `headers.get("content-type")` of such a Request is null. URLSearchParams with a field
# have theirs. Node.js 24.21.0 and Deno 2.9.6 send the type in each case.
# Who is hurt: a gateway that picks its parser by the type refuses the body, or reads it as bytes, in Bun alone.
# xinshi names the type of each body that it sends.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --prefix . node@24.21.0 deno@2.9.6 bun@1.4.5 >/dev/null

cat > command.mjs <<'JS'
const [vendor] = globalThis.Deno?.args ?? process.argv.slice(2);
const bodies = { string: "a=1", fields: new URLSearchParams({ a: "1" }), "no fields": new URLSearchParams() };
const lines = [];
for (const [name, body] of Object.entries(bodies)) lines.push(`${name} ${await (await fetch(vendor, { method: "POST", body })).text()}`);
console.log(lines.join(", "));
JS
cat > probe.mjs <<'JS'
import { execFile } from "node:child_process";
import { createServer } from "node:http";
import { promisify } from "node:util";

const server = createServer((request, response) => {
  request.resume().on("end", () => response.end(request.headers["content-type"] ?? "none"));
}).listen(0, "127.0.0.1");
await new Promise((resolve) => server.on("listening", resolve));
for (const [name, args] of Object.entries({ node: [], deno: ["run", "-A"], bun: [] })) {
  const vendor = `http://127.0.0.1:${server.address().port}/`;
  const { stdout } = await promisify(execFile)(`node_modules/.bin/${name}`, [...args, "command.mjs", vendor]);
  console.log(`${name}: ${stdout.trim()}`);
}
process.exit();
JS
node_modules/.bin/node probe.mjs | tee seen.txt
diff seen.txt - <<'SEEN'
node: string text/plain;charset=UTF-8, fields application/x-www-form-urlencoded;charset=UTF-8, no fields application/x-www-form-urlencoded;charset=UTF-8
deno: string text/plain;charset=UTF-8, fields application/x-www-form-urlencoded;charset=UTF-8, no fields application/x-www-form-urlencoded;charset=UTF-8
bun: string none, fields application/x-www-form-urlencoded;charset=UTF-8, no fields none
SEEN
