// The handler with its keys spread over a given number of objects of each kind, and a vendor that answers at once.
import { createHandler, Ledger } from "xinshi/edge";

export { Ledger };

/** FNV-1a over the whole key, for any number of objects. */
function hash(text) {
  let sum = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) sum = Math.imul(sum ^ text.charCodeAt(at), 0x01000193) >>> 0;
  return sum;
}

const spread = (namespace, objects) => ({
  apply(key, command) {
    const [kind] = key.split(":");
    const name = objects === 0 ? key : `${kind}/${hash(key) % objects}`;
    return namespace.get(namespace.idFromName(name)).apply(key, command);
  },
});

const handler = createHandler((env) => ({
  ...env.OPTIONS.handler,
  store: spread(env.LEDGER, env.OPTIONS.objects),
  fetch: async () => new Response("0发送成功!"),
}));
export default handler;

/** The entry that workerd.mjs calls: sends many texts a request, so that HTTP is not measured. */
export const tests = {
  async fetch(request, env, ctx) {
    const { from, count, together } = await request.json();
    const begun = Date.now();
    let next = from;
    const statuses = {};
    const lane = async () => {
      while (next < from + count) {
        const at = next++;
        const phone = `+86138${String(at % env.OPTIONS.numbers).padStart(8, "0")}`;
        const address = `10.${(at >> 16) & 255}.${(at >> 8) & 255}.${at & 255}`;
        const init = {
          method: "POST",
          headers: { "cf-connecting-ip": address, "content-type": "application/json" },
          body: JSON.stringify({ phone }),
        };
        const { status } = await handler.fetch(new Request("http://bench/otp/send", init), env, ctx);
        statuses[status] = (statuses[status] ?? 0) + 1;
      }
    };
    await Promise.all(Array.from({ length: together }, lane));
    return Response.json({ ms: Date.now() - begun, statuses });
  },
};
