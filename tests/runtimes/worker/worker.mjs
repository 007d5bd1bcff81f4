// The suite as a Worker: `wrangler deploy --dry-run` bundles it like a user's Worker, and its answer has the results.
import { run } from "../suite.mjs";

export default {
  async fetch(_request, env) {
    const results = [];
    // workerd's fetch does not say why a connection failed, so no failure of it is certain.
    for await (const result of run({ ...env, tellsRejections: false })) results.push(result);
    return Response.json(results);
  },
};
