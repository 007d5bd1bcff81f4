// EdgeOne Pages, Node Functions: answers /sms and all below it. Its KV is eventually consistent, and the handler rejects
// it as a store: the state is in a Redis that is reached over HTTP.
import { casStore, createHandler } from "xinshi/edge";
import { redisRest } from "../../redis-rest.js";

let handler;

/** @param {{ request: Request, env: Record<string, string>, clientIp: string, waitUntil?: Function }} context */
export function onRequest(context) {
  const { request, env, clientIp } = context;
  handler ??= createHandler({
    basePath: "/sms",
    // The platform names the caller's address beside the request.
    clientAddress: (_request, _env, { address }) => address,
    ...JSON.parse(env.XINSHI),
    store: casStore(redisRest({ url: env.REDIS_REST_URL, token: env.REDIS_REST_TOKEN })),
  });
  const waitUntil = context.waitUntil?.bind(context);
  return handler.fetch(request, undefined, { waitUntil, address: clientIp });
}
