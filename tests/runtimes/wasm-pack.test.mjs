// `wasm-pack build` of the crate makes a package that works by itself: it contains the host's functions.
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { wasmEnvironment } from "../../scripts/build.mjs";
import { root, run } from "../../scripts/run.mjs";
import { buildStd, cargoTool } from "../../scripts/toolchain.mjs";

test("wasm-pack's package of the client sends a text", async (t) => {
  const out = mkdtempSync(path.join(tmpdir(), "xinshi-wasm-pack-"));
  t.after(() => rmSync(out, { recursive: true, force: true }));
  const args = [
    "build",
    path.join(root, "src", "js"),
    "--release",
    "--target",
    "web",
    "--mode",
    "no-install",
    "--out-dir",
    out,
  ];
  args.push("--", "--no-default-features", "--features", "client", "--locked", ...buildStd);
  // Reuses what the build has compiled.
  const env = { ...wasmEnvironment(), CARGO_TARGET_DIR: path.join(root, "target", "wasm") };
  await run(cargoTool("wasm-pack"), args, { env, quiet: true });

  const { main } = JSON.parse(readFileSync(path.join(out, "package.json"), "utf8"));
  const load = (file) => import(pathToFileURL(path.join(out, file)));
  const { default: init, Client } = await load(main);
  const [snippets] = readdirSync(path.join(out, "snippets"));
  const { Call } = await load(path.join("snippets", snippets, "host", "call.js"));
  await init({ module_or_path: readFileSync(path.join(out, "xinshi_js_bg.wasm")) });

  const requests = [];
  const fetch = async (url, { method, body }) => {
    requests.push(`${method} ${url} ${new TextDecoder().decode(body)}`);
    return new Response('{"code":"00","data":{"taskId":"7"},"message":""}');
  };
  const account = { vendor: "apiv1", account: "a", password: "p", baseUrl: "http://sms.example.com" };
  const client = new Client({ vendors: { main: account }, fetch }, false);
  const outcome = await client.send(
    { to: "13812345678", text: "【信使】1", ref: "r1" },
    undefined,
    undefined,
    new Call(),
  );
  const { warnings, ...rest } = outcome;
  assert.deepEqual(
    warnings.map(({ code }) => code),
    ["plaintext_http"],
  );
  assert.deepEqual(rest, {
    account: "main",
    vendor: "apiv1",
    to: ["+8613812345678"],
    ref: "r1",
    status: "accepted",
    id: "7",
    segments: 1,
  });
  assert.equal(requests.length, 1);
  assert.match(requests[0], /^POST http:\/\/sms\.example\.com\/api\/v1\/send .*mobiles=13812345678/);
  const rejected = await client.send({ to: "1", text: "x" }, undefined, undefined, new Call());
  assert.deepEqual([rejected.status, rejected.error.name, rejected.error.field], ["rejected", "SmsError", "to"]);
});
