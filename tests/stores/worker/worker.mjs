// The suite over Durable Objects, inside a Worker that is bundled like a user's; and a handler beside it.
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

/** A store in objects whose names only this space has: one for each kind of key, as in the handler. */
const storeOf = (space, namespace) => ({
  apply: (key, command) => namespace.get(namespace.idFromName(`${space}/${key.split(":")[0]}`)).apply(key, command),
});
