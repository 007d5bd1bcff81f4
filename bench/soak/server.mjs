// A handler in a process of its own, in Node.js over Redis and in Deno over Deno KV, by the examples' adapters. It prints
// its port. Beside the handler's routes it has two for the soak: one sets the clock ahead, one does the work of a minute.
import process from "node:process";
import { casStore, createHandler } from "xinshi/edge";

const { options, redis, kv } = JSON.parse(process.env.SOAK);
const realNow = Date.now.bind(Date);

const handler = createHandler({
  ...options,
  store: casStore(await (redis ? openRedis(redis) : openDenoKv(kv))),
  on: () => {},
});

async function openRedis(url) {
  const { createClient } = await import("redis");
  const { redisKv } = await import("../../pkg/examples/redis/redis-kv.js");
  const client = createClient({ url, disableOfflineQueue: true });
  // The proxy cuts this connection all the time; the client connects again.
  client.on("error", () => {});
  await client.connect();
  return redisKv(client);
}

async function openDenoKv(file) {
  const { denoKv } = await import("../../pkg/examples/deno-kv/deno-kv.js");
  return denoKv(await globalThis.Deno.openKv(file));
}

async function answer(request, ...rest) {
  const { pathname } = new URL(request.url);
  if (pathname === "/soak/clock") {
    const { aheadMs } = await request.json();
    // The clock of the whole process, which the store reads too.
    Date.now = () => realNow() + aheadMs;
    return Response.json(null);
  }
  if (pathname === "/soak/scheduled") {
    await handler.scheduled();
    return Response.json(null);
  }
  return handler.fetch(request, ...rest);
}

const ready = (port) => console.log(`port ${port}`);
if (globalThis.Deno) {
  globalThis.Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: ({ port }) => ready(port) }, answer);
} else {
  const { serve } = await import("@hono/node-server");
  serve({ fetch: answer, hostname: "127.0.0.1", port: 0 }, ({ port }) => ready(port));
}
