// Serves the handler and the page in workerd over a sandbox: node scripts/handler/serve.mjs <port> <origin of the
// sandbox> <directory of its persistent state>.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { Miniflare, Response } from "miniflare";
import { createSandbox } from "xinshi/sandbox";
import { ORDER } from "../../www/account-order.js";
import { bundledWorker } from "../bundled-worker.mjs";
import { main, root } from "../run.mjs";
import { fileAt } from "./files.mjs";

await main(async () => {
  const [port, sandbox, state] = process.argv.slice(2);
  const out = mkdtempSync(path.join(tmpdir(), "xinshi-handler-"));
  const worker = await bundledWorker(path.join(root, "scripts", "handler"), out);
  const { config } = createSandbox();
  const account = (vendor) => ({ ...config(vendor), baseUrl: `${sandbox}/${vendor}` });
  const miniflare = new Miniflare({
    host: "127.0.0.1",
    port: Number(port),
    ...worker,
    bindings: {
      VENDORS: Object.fromEntries(ORDER.map((vendor) => [vendor, account(vendor)])),
      ORIGIN: `http://127.0.0.1:${port}`,
      SANDBOX: sandbox,
    },
    serviceBindings: { PAGE: served },
    durableObjects: { LEDGER: { className: "Ledger", useSQLite: true } },
    durableObjectsPersist: state,
  });
  const end = async () => {
    await miniflare.dispose();
    rmSync(out, { recursive: true, force: true });
    process.exit(0);
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.once(signal, end);
  await miniflare.ready;
  // Does the work of a cron trigger on Cloudflare.
  const { scheduled } = await miniflare.getWorker();
  setInterval(() => scheduled({ cron: "* * * * *" }).catch((error) => process.stderr.write(`${error}\n`)), 60_000);
  process.stdout.write(`xinshi handler on http://127.0.0.1:${port}\n`);
  await new Promise(() => {});
});

function served({ url }) {
  const file = fileAt(new URL(url).pathname);
  return file ? new Response(file.body, { headers: file.headers }) : new Response("absent", { status: 404 });
}
