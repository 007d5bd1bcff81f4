#!/usr/bin/env bash
# Deno KV (2.9.6): `sum`, `min` and `max` take a key's expiry away.
#
# Expected: a counter that was set with `expireIn` goes on to expire after a `sum`, as after INCR in Redis.
# Seen: the key stays for good. A key that only `set` wrote is gone; a `set` without `expireIn` takes the expiry away
# too, which the documents say.
# Who is hurt: a rate limit that counts with `sum` under a key that expires refuses a number for ever and keeps a row
# for each number it ever met. xinshi writes each row whole, with its expiry.
# Time: the collector of expired keys runs about once a minute; the script waits for it.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --prefix . deno@2.9.6 >/dev/null

cat > probe.ts <<'TS'
const kv = await Deno.openKv("probe.sqlite");
const one = new Deno.KvU64(1n);
for (const name of ["set", "sum", "min", "max"]) await kv.set([name], one, { expireIn: 1_000 });
await kv.atomic().sum(["sum"], 1n).min(["min"], 1n).max(["max"], 1n).commit();
// `set` is a key of the same age: once the collector took it, it had its chance to take the others.
while ((await kv.get(["set"])).value !== null) await new Promise((resolve) => setTimeout(resolve, 1_000));
for (const name of ["set", "sum", "min", "max"]) console.log(name, (await kv.get([name])).value === null ? "expired" : "stays");
kv.close();
TS
node_modules/.bin/deno run -A --unstable-kv probe.ts | tee seen.txt
diff seen.txt - <<'SEEN'
set expired
sum stays
min stays
max stays
SEEN
