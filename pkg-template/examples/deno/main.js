// Deno: the server passes the caller's address beside the request.
import { createHandler } from "xinshi/edge";

const { fetch, scheduled } = createHandler(JSON.parse(Deno.env.get("XINSHI")));

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
