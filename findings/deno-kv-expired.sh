#!/usr/bin/env bash
# Deno KV (2.9.6) goes on to answer a key after its `expireIn`, until the collector comes.
#
# Expected: a key that expired reads as absent, as in Redis, whenever it is removed from the disk.
# Seen: `get` and `list` answer it, and an atomic check that it is absent fails, for up to about a minute.
# Who is hurt: a code or a lease that is over is still found. xinshi keeps each row's end in the row, and decides by that.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --prefix . deno@2.9.6 >/dev/null

cat > probe.ts <<'TS'
const kv = await Deno.openKv("probe.sqlite");
await kv.set(["lease"], "of a worker that is gone", { expireIn: 100 });
await new Promise((resolve) => setTimeout(resolve, 1_100));
console.log("get", (await kv.get(["lease"])).value === null ? "absent" : "answers it");
console.log("list", (await Array.fromAsync(kv.list({ prefix: [] }))).length);
const check = { key: ["lease"], versionstamp: null };
console.log("check that it is absent", (await kv.atomic().check(check).commit()).ok ? "holds" : "fails");
kv.close();
TS
node_modules/.bin/deno run -A --unstable-kv probe.ts | tee seen.txt
diff seen.txt - <<'SEEN'
get answers it
list 1
check that it is absent fails
SEEN
