// The suite over Durable Objects, from inside a Worker that is bundled as a user's is; and a handler beside it.
import { createHandler } from "xinshi/edge";
import { run } from "../suite.mjs";

export { Ledger } from "xinshi/edge";

const handler = createHandler((env) => env.OPTIONS);

export default {
  async fetch(request, env, ctx) {
    if (new URL(request.url).pathname !== "/suite") return handler.fetch(request, env, ctx);
    const results = [];
    for await (const result of run({ open: (space) => storeOf(space, env.LEDGER) })) results.push(result);
    return Response.json(results);
  },
};

/** A store in objects of names that only this space has: one for each kind of key, as the handler has several of. */
const storeOf = (space, namespace) => ({
  apply: (key, command) => namespace.get(namespace.idFromName(`${space}/${key.split(":")[0]}`)).apply(key, command),
});
