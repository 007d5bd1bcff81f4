// Aliyun Function Compute (custom runtime) and Tencent SCF (web function): both start an HTTP server that listens on
// port 9000 of all addresses. Instances come and go, so the state is in Redis.
import { createHash, timingSafeEqual } from "node:crypto";
import { serve } from "@hono/node-server";
import { createClient } from "redis";
import { casStore, createHandler } from "xinshi/edge";
// A copy of ../redis/redis-kv.js.
import { redisKv } from "./redis-kv.js";

// Without Redis a request fails at once, rather than running when Redis is back.
const redis = createClient({ url: process.env.REDIS_URL, disableOfflineQueue: true });
redis.on("error", (error) => console.error(`redis: ${error.message}`));
await redis.connect();

const options = JSON.parse(process.env.XINSHI);
const handler = createHandler({
  // The platform's gateway adds the caller's address to the end of this header. Add one for each proxy before it.
  clientAddress: { header: "x-forwarded-for", hops: Number(process.env.PROXIES ?? 1) },
  ...options,
  store: casStore(redisKv(redis)),
});

async function fetch(request, env) {
  if (!isScheduled(request)) return handler.fetch(request, env);
  await handler.scheduled();
  return new Response(null, { status: 204 });
}

/**
 * Whether a trigger calls the work of a minute: an instance is frozen between requests, so no timer of its own can.
 * Function Compute's time trigger posts to /invoke with a header that no caller from outside can send, since the
 * platform drops `x-fc-…` of requests. At SCF, a timer of yours posts to /scheduled with the operator's token.
 */
function isScheduled(request) {
  if (request.method !== "POST") return false;
  const { pathname } = new URL(request.url);
  if (process.env.PLATFORM === "fc" && pathname === "/invoke") {
    return request.headers.get("x-fc-control-path") === "/invoke";
  }
  return pathname === "/scheduled" && isOperator(request);
}

/** Whether the request has the operator's token. If none is configured, no request has. */
function isOperator(request) {
  const { adminToken } = options;
  if (typeof adminToken !== "string" || adminToken === "") return false;
  // A constant-time comparison needs values of one length, which hashes have.
  const hash = (text) => createHash("sha256").update(text).digest();
  return timingSafeEqual(hash(request.headers.get("authorization") ?? ""), hash(`Bearer ${adminToken}`));
}

serve({ fetch, hostname: process.env.HOST ?? "0.0.0.0", port: Number(process.env.PORT ?? 9000) }, ({ port }) => {
  console.log(`listening on ${port}`);
});
