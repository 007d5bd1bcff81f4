// The code that the page shows, as it is copied: two files and the commands that make a project of them and run it.

/** Packs the package in its repository, and installs it in a project beside that. */
export const INSTALL = `cd xinshi && npm run build && npm pack ./pkg
cd ../your-project && npm install ../xinshi/xinshi-0.1.0.tgz`;

/** Runs both files, in a project that has the package. */
export const RUN = `npm install hono @hono/node-server vite
npx vite build && node server.mjs`;

export const SERVER = `// server.mjs
import { randomUUID } from "node:crypto";
import { serve } from "@hono/node-server";
import { serveStatic } from "@hono/node-server/serve-static";
import { Hono } from "hono";
import { createHandler } from "xinshi/edge";
import { createSandbox } from "xinshi/sandbox";

const { PORT = 8787, PEPPER, PROOF_KEY } = process.env;
const sandbox = createSandbox();

const handler = createHandler({
  // The sandbox: nothing is sent. For your own account, write
  // { vendor: "smsadmin", uid: "…", pwd: "…" } and leave fetch out.
  vendors: { main: sandbox.config("smsadmin") },
  fetch: sandbox.fetch,
  // Set both secrets for good: these end with the process.
  pepper: PEPPER ?? randomUUID(),
  proof: { key: PROOF_KEY ?? randomUUID(), audience: "app" },
  brand: "信使",
});

const app = new Hono();
app.all("/otp/*", ({ req, env }) => handler.fetch(req.raw, env));
app.get("/inbox", ({ req }) => sandbox.fetch(req.raw)); // the texts that arrived
app.use(serveStatic({ root: "dist" }));

serve({ fetch: app.fetch, port: Number(PORT), hostname: "127.0.0.1" }, ({ port }) => {
  console.log(\`http://127.0.0.1:\${port}/ and /inbox\`);
});`;

export const PAGE = `<!-- index.html -->
<form>
  <input name="phone" type="tel" autocomplete="tel" required />
  <button name="send" type="button">Send a code</button>
  <input name="code" autocomplete="one-time-code" inputmode="numeric" />
  <button>Sign in</button>
  <output name="said"></output>
</form>
<script type="module">
  import { createOtp } from "xinshi/otp";

  const otp = createOtp();
  const form = document.forms[0];
  form.send.onclick = async () => {
    form.said.value = await otp
      .send(form.phone.value)
      .then(() => "", ({ message }) => message);
    otp.countdown((seconds) => (form.send.disabled = seconds > 0));
    form.code.value = (await otp.receive()) ?? form.code.value;
  };
  form.onsubmit = async (event) => {
    event.preventDefault();
    form.said.value = await otp
      .verify(form.code.value)
      .then(({ proof }) => proof, ({ message }) => message);
  };
</script>`;
