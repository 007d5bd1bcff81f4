// The suite as a Worker: `wrangler deploy --dry-run` bundles it as a user's Worker, and the answer is the results.
import { run } from "../suite.mjs";

export default {
  async fetch(_request, env) {
    const results = [];
    // workerd's fetch does not say why a connection failed, so that no failure of it is certain.
    for await (const result of run({ ...env, tellsRefusals: false })) results.push(result);
    return Response.json(results);
  },
};
