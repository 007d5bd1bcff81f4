// The suite over Durable Objects in workerd, bundled by wrangler as for a deployment; and objects that a new workerd
// reads.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { Miniflare } from "miniflare";
import { createSandbox } from "xinshi/sandbox";
import { bundledWorker } from "../../scripts/bundled-worker.mjs";
import { startWorld } from "../runtimes/world.mjs";
import { names } from "./suite.mjs";

let directory;
let worker;
let miniflare;
let sandbox;
let close;

before(async () => {
  directory = mkdtempSync(path.join(tmpdir(), "xinshi-objects-"));
  worker = await bundledWorker(path.join(import.meta.dirname, "worker"), directory);
  const started = await startWorld();
  sandbox = started.world.sandbox;
  close = started.close;
  miniflare = start();
});
after(async () => {
  await miniflare?.dispose();
  close?.();
  rmSync(directory, { recursive: true, force: true });
});

test("the suite of stores over Durable Objects", async (t) => {
  const response = await miniflare.dispatchFetch("http://worker/suite");
  assert.equal(response.status, 200);
  const results = await response.json();
  assert.equal(results.length, names.store.length, "every case ran");
  for (const { name, ok, error } of results) await t.test(name, () => assert.ok(ok, error));
});

test("a new workerd continues from the state of an ended one", async () => {
  assert.equal(await send("13812341201"), 202);
  await miniflare.dispose();
  miniflare = start();
  assert.equal(await send("13812341201"), 429);
  assert.equal(await send("13812341202"), 202);
});

function start() {
  return new Miniflare({
    ...worker,
    bindings: {
      OPTIONS: {
        vendors: { main: { ...createSandbox().config("apiv1"), baseUrl: `${sandbox}/apiv1` } },
        pepper: "a pepper that is long enough to be one",
        proof: { key: "a key for proofs that is long enough too", audience: "app" },
        brand: "信使",
      },
    },
    durableObjects: { LEDGER: { className: "Ledger", useSQLite: true } },
    durableObjectsPersist: path.join(directory, "objects"),
  });
}

async function send(phone) {
  const headers = { "content-type": "application/json", "cf-connecting-ip": "192.0.2.1" };
  const init = { method: "POST", headers, body: JSON.stringify({ phone }) };
  const response = await miniflare.dispatchFetch("http://worker/otp/send", init);
  await response.json();
  return response.status;
}
