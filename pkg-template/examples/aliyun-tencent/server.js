// Aliyun Function Compute (custom runtime) and Tencent SCF (web function): both start an HTTP server that listens on
// port 9000 of all addresses. Instances come and go, so the state is in Redis.
import { serve } from "@hono/node-server";
import { createClient } from "redis";
import { casStore, createHandler } from "xinshi/edge";
// A copy of ../redis/redis-kv.js.
import { redisKv } from "./redis-kv.js";

// Without Redis a request fails at once, rather than running when Redis is back.
const redis = createClient({ url: process.env.REDIS_URL, disableOfflineQueue: true });
redis.on("error", (error) => console.error(`redis: ${error.message}`));
await redis.connect();

const handler = createHandler({
  // The platform's gateway adds the caller's address to the end of this header. Add one for each proxy before it.
  clientAddress: { header: "x-forwarded-for", hops: Number(process.env.PROXIES ?? 1) },
  ...JSON.parse(process.env.XINSHI),
  store: casStore(redisKv(redis)),
});

/** An instance is frozen between requests, so a trigger and not a timer of its own calls the work of a minute. */
async function fetch(request, env) {
  // Function Compute's time trigger posts to /invoke with this header. No caller from outside can: the platform drops
  // `x-fc-…` of requests.
  if (request.headers.get("x-fc-control-path") === "/invoke") {
    await handler.scheduled();
    return new Response("ok");
  }
  return handler.fetch(request, env);
}

serve({ fetch, hostname: process.env.HOST ?? "0.0.0.0", port: Number(process.env.PORT ?? 9000) }, ({ port }) => {
  console.log(`listening on ${port}`);
});
