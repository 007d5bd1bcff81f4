// Node.js and Redis: any number of these processes share the limits.
import { serve } from "@hono/node-server";
import { createClient } from "redis";
import { casStore, createHandler } from "xinshi/edge";
import { redisKv } from "./redis-kv.js";

// Without Redis a request fails at once, rather than running when Redis is back.
const redis = createClient({ url: process.env.REDIS_URL ?? "redis://127.0.0.1:6379", disableOfflineQueue: true });
redis.on("error", (error) => console.error(`redis: ${error.message}`));
await redis.connect();

const { fetch, scheduled } = createHandler({ ...JSON.parse(process.env.XINSHI), store: casStore(redisKv(redis)) });

// Every minute: pulls the vendors' records, and retries undelivered receipts.
setInterval(() => scheduled().catch((error) => console.error(error)), 60_000);

serve({ fetch, hostname: process.env.HOST ?? "0.0.0.0", port: Number(process.env.PORT ?? 8787) }, ({ port }) => {
  console.log(`listening on ${port}`);
});
