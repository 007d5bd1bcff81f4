// Deno with Deno KV: the state outlives the process.
import { casStore, createHandler } from "xinshi/edge";
import { denoKv } from "./deno-kv.js";

// A file serves one process: a second process finds it locked and fails. Several processes share a hosted database, by
// its URL.
const kv = await Deno.openKv(Deno.env.get("KV_PATH"));

const { fetch, scheduled } = createHandler({ ...JSON.parse(Deno.env.get("XINSHI")), store: casStore(denoKv(kv)) });

// Every minute: pulls the vendors' records, and retries undelivered receipts.
setInterval(() => scheduled().catch((error) => console.error(error)), 60_000);

Deno.serve(
  {
    hostname: Deno.env.get("HOST") ?? "0.0.0.0",
    port: Number(Deno.env.get("PORT") ?? 8787),
    onListen: ({ port }) => console.log(`listening on ${port}`),
  },
  fetch,
);
