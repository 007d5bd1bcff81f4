// Bun: the handler asks the server for the caller's address.
import { createHandler } from "xinshi/edge";

const { fetch, scheduled } = createHandler(JSON.parse(process.env.XINSHI));

// Every minute: pulls the vendors' records, and retries undelivered receipts.
setInterval(() => scheduled().catch((error) => console.error(error)), 60_000);

const { port } = Bun.serve({ fetch, hostname: process.env.HOST ?? "0.0.0.0", port: Number(process.env.PORT ?? 8787) });
console.log(`listening on ${port}`);
