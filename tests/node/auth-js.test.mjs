// The README's `authorize` for a Credentials provider of Auth.js, as it is written there: a code signs in, once.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { createSandbox } from "xinshi/sandbox";
import { serve } from "../../pkg/sandbox/server.js";
import { root } from "../../scripts/run.mjs";

const PROOF_KEY = "a key for proofs that is long enough for a test";

test("a person signs in by the credentials of a code, and by no other", async (t) => {
  const sandbox = createSandbox();
  const server = await serve(sandbox, { port: 0, host: "127.0.0.1" });
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const readme = readFileSync(path.join(root, "pkg-template", "examples", "README.md"), "utf8");
  const [, recipe] = readme.match(/```ts\n(.*?export async function authorize.*?)```/s);
  const project = mkdtempSync(path.join(tmpdir(), "xinshi-auth-js-"));
  t.after(() => rmSync(project, { recursive: true, force: true }));
  symlinkSync(path.join(root, "node_modules"), path.join(project, "node_modules"), "dir");
  const file = path.join(project, "authorize.mts");
  writeFileSync(file, `${recipe}\nexport { handler };\n`);
  const before = { ...process.env };
  t.after(() => {
    process.env = before;
  });
  const baseUrl = `http://127.0.0.1:${server.address().port}/apiv1`;
  process.env.PROOF_KEY = PROOF_KEY;
  process.env.XINSHI = JSON.stringify({
    vendors: { main: { ...sandbox.config("apiv1"), baseUrl } },
    pepper: "a pepper that is long enough for a test",
    proof: { key: PROOF_KEY, audience: "my-app" },
    brand: "信使",
  });
  const { authorize, handler } = await import(pathToFileURL(file).href);
  const address = "192.0.2.1";
  const sent = await handler.send({ phone: "13812345678", address });
  assert.equal(sent.ok, true);
  const { challenge } = sent;
  const code = await sandbox.waitForCode("13812345678");
  const wrong = code === "000000" ? "000001" : "000000";
  assert.equal(await authorize({ challenge, code: wrong }, address), null);
  assert.deepEqual(await authorize({ challenge, code }, address), { id: "+8613812345678", name: "+8613812345678" });
  assert.equal(await authorize({ challenge, code }, address), null);
});
