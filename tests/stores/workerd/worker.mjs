// The suite over Durable Objects, from inside a Worker that is bundled as a user's is; and a handler beside it.
import { createHandler } from "xinshi/edge";
import { objectsStore } from "../../../pkg/edge/objects-store.js";
import { run } from "../suite.mjs";

export { Ledger } from "xinshi/edge";

const handler = createHandler((env) => env.OPTIONS);

export default {
  async fetch(request, env, ctx) {
    if (new URL(request.url).pathname !== "/suite") return handler.fetch(request, env, ctx);
    const results = [];
    for await (const result of run({ open: (space) => objectsStore(within(space, env.LEDGER)) })) results.push(result);
    return Response.json(results);
  },
};

/** Objects of names that only this space has. */
const within = (space, namespace) => ({
  idFromName: (name) => namespace.idFromName(`${space}/${name}`),
  get: (id) => namespace.get(id),
});
