// Node.js: any server of web-standard requests works. This one passes the socket along, whose address is limited.
import { serve } from "@hono/node-server";
import { createHandler } from "xinshi/edge";

const { fetch, scheduled } = createHandler(JSON.parse(process.env.XINSHI));

// Every minute: pulls the vendors' records, and retries undelivered receipts.
setInterval(() => scheduled().catch((error) => console.error(error)), 60_000);

serve({ fetch, hostname: process.env.HOST ?? "0.0.0.0", port: Number(process.env.PORT ?? 8787) }, ({ port }) => {
  console.log(`listening on ${port}`);
});
