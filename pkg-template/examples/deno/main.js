// Deno: the server passes the caller's address beside the request.
import { createHandler } from "xinshi/edge";

const { fetch } = createHandler(JSON.parse(Deno.env.get("XINSHI")));

Deno.serve(
  {
    hostname: Deno.env.get("HOST") ?? "0.0.0.0",
    port: Number(Deno.env.get("PORT") ?? 8787),
    onListen: ({ port }) => console.log(`listening on ${port}`),
  },
  fetch,
);
