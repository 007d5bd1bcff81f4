// Hono: the handler's routes below /codes, beside routes of your own. A proof opens one of them.
import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { createHandler, verifyProof } from "xinshi/edge";

const options = JSON.parse(process.env.XINSHI);
const codes = createHandler({ ...options, basePath: "/codes" });
const app = new Hono();

// Every minute: pulls the vendors' records, and retries undelivered receipts.
setInterval(() => codes.scheduled().catch((error) => console.error(error)), 60_000);

app.all("/codes/*", (c) => codes.fetch(c.req.raw, c.env));

/** Used proofs, until they expire. With several processes, use a table of your database instead. */
const used = new Map();

async function consume(jti, exp) {
  const now = Date.now() / 1000;
  for (const [known, until] of used) if (until <= now) used.delete(known);
  if (used.has(jti)) return false;
  used.set(jti, exp);
  return true;
}

app.post("/login", async (c) => {
  try {
    const { proof } = await c.req.json();
    const { key, audience, issuer } = options.proof;
    const { phone } = await verifyProof(proof, { key, audience, issuer, purpose: "login", consume });
    return c.json({ phone });
  } catch {
    return c.json({ error: "the proof does not hold" }, 401);
  }
});

serve(
  { fetch: app.fetch, hostname: process.env.HOST ?? "0.0.0.0", port: Number(process.env.PORT ?? 8787) },
  ({ port }) => {
    console.log(`listening on ${port}`);
  },
);
