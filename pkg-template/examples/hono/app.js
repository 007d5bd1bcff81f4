// Hono: the codes below /codes, beside routes of your own; a proof opens one of them.
import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { createHandler, verifyProof } from "xinshi/edge";

const options = JSON.parse(process.env.XINSHI);
const codes = createHandler({ ...options, basePath: "/codes" });
const app = new Hono();

// Every minute: what vendors hold is asked for, and what nobody took is tried again.
setInterval(() => codes.scheduled().catch((error) => console.error(error)), 60_000);

app.all("/codes/*", (c) => codes.fetch(c.req.raw, c.env));

/** Proofs that were used, until they expire. A table of your database, where there are several processes. */
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
