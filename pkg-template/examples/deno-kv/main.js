// Deno with Deno KV: the state outlives the process.
import { casStore, createHandler } from "xinshi/edge";
import { denoKv } from "./deno-kv.js";

// A file, for one process: a second one would find it locked, and refuse. Several share a hosted database, by its URL.
const kv = await Deno.openKv(Deno.env.get("KV_PATH"));

const { fetch, scheduled } = createHandler({ ...JSON.parse(Deno.env.get("XINSHI")), store: casStore(denoKv(kv)) });

// Every minute: what vendors hold is asked for, and what nobody took is tried again.
setInterval(() => scheduled().catch((error) => console.error(error)), 60_000);

Deno.serve(
  {
    hostname: Deno.env.get("HOST") ?? "0.0.0.0",
    port: Number(Deno.env.get("PORT") ?? 8787),
    onListen: ({ port }) => console.log(`listening on ${port}`),
  },
  fetch,
);
