// Runs the suite in Deno over Deno KV and prints a line of JSON for each case. The first argument is the database.
import { casStore } from "xinshi/edge";
import { denoKv } from "../../examples/deno-kv/deno-kv.js";
import { run } from "./suite.mjs";

const opened = await Deno.openKv(Deno.args[0]);
const kv = (space) => denoKv(opened, space);
for await (const result of run({ kv, open: (space) => casStore(kv(space)), forgets: false })) {
  console.log(JSON.stringify(result));
}
opened.close();
Deno.exit(0);
