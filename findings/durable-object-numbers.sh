#!/usr/bin/env bash
# A Durable Object's SQL (workerd 1.20260722.1) binds every number as REAL and a boolean as TEXT, and rounds what it reads.
#
# Expected: 13800138000 bound to a parameter is an INTEGER, as in other SQLite bindings, and a boolean is 0 or 1.
# Seen: a phone number given as a number reads "13800138000.0" from a TEXT column and from `||`; `? / 2` of 3 is 1.5;
# true is the text "true"; an integer above 2^53 is read as another one, without an error.
# Who is hurt: a row under the key of a number is not found again, and a vendor's message id of 17 digits and more names
# another text. xinshi's objects keep text, bytes, and times in milliseconds, which are far below 2^53.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --prefix . miniflare@4.20260722.1 node@24.21.0 >/dev/null

cat > worker.mjs <<'JS'
import { DurableObject } from "cloudflare:workers";

export class Rows extends DurableObject {
  read() {
    const { sql } = this.ctx.storage;
    const one = (query, ...values) => String([...sql.exec(`select ${query} as value`, ...values)][0].value);
    sql.exec("create table texts (phone text)");
    sql.exec("insert into texts values (?)", 13800138000);
    return [
      `in a TEXT column ${[...sql.exec("select phone from texts")][0].phone}`,
      `joined ${one("'key:' || ?", 13800138000)}`,
      `typeof ${one("typeof(?)", 1)}`,
      `3 / 2 is ${one("? / 2", 3)}`,
      `true is ${one("typeof(?)", true)} ${one("?", true)}`,
      `9007199254740993 is read as ${one("9007199254740993")}`,
    ].join("\n");
  }
}
export default { fetch: async (_, { ROWS }) => new Response(await ROWS.get(ROWS.idFromName("a")).read()) };
JS
cat > probe.mjs <<'JS'
import { Miniflare } from "miniflare";

const runtime = new Miniflare({
  modules: true,
  scriptPath: "worker.mjs",
  compatibilityDate: "2026-07-01",
  durableObjects: { ROWS: { className: "Rows", useSQLite: true } },
});
console.log(await (await runtime.dispatchFetch("http://worker/")).text());
await runtime.dispose();
JS
node_modules/.bin/node probe.mjs | tee seen.txt
diff seen.txt - <<'SEEN'
in a TEXT column 13800138000.0
joined key:13800138000.0
typeof real
3 / 2 is 1.5
true is text true
9007199254740993 is read as 9007199254740992
SEEN
