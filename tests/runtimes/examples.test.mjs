// Every example of the package, from the packed tarball, started as its README says: the example sends a code and
// verifies it.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { Miniflare } from "miniflare";
import { hookPath } from "xinshi/edge";
import { bundledWorker } from "../../scripts/bundled-worker.mjs";
import { environment, root, tool } from "../../scripts/run.mjs";
import { startRedis } from "../stores/redis-server.mjs";
import { examples, listening, number, options, post, projectOf, sendAndVerify } from "./example-project.mjs";
import { run } from "./packed-project.mjs";
import { startWorld, unusedOrigin } from "./world.mjs";

const servers = {
  node: { program: "node", args: ["server.js"] },
  express: { program: "node", args: ["server.js"], base: "/sms" },
  hono: { program: "node", args: ["app.js"], base: "/codes" },
  deno: { program: "deno", args: ["run", "--allow-net", "--allow-env", "--allow-read", "main.js"] },
  bun: { program: "bun", args: ["server.js"] },
  observe: { program: "node", args: ["server.js"] },
  redis: { program: "node", args: ["server.js"] },
  "deno-kv": {
    program: "deno",
    args: ["run", "--unstable-kv", "--allow-net", "--allow-env", "--allow-read", "--allow-write", "main.js"],
  },
};

const HOOK_KEY = "a key for hooks that is long enough to be one";

let world;
let close;
let redis;

before(async () => {
  ({ world, close } = await startWorld());
  redis = await startRedis();
});
after(async () => {
  close();
  await redis?.stop();
});

test("this file starts each example", () => {
  const directories = readdirSync(examples, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  // React's and Vue's examples are pages: tests/browser/examples.test.mjs. better-auth's: tests/node/better-auth.test.mjs.
  // vitest's and playwright's are tests: tests/runtimes/testing.test.mjs. Those for platforms in China and for nginx:
  // tests/runtimes/platforms.test.mjs.
  const others = [
    "aliyun-tencent",
    "better-auth",
    "cloudflare",
    "edgeone",
    "next",
    "nginx",
    "playwright",
    "react",
    "vitest",
    "vue",
  ];
  assert.deepEqual(directories.map(({ name }) => name).sort(), [...Object.keys(servers), ...others].sort());
});

for (const [name, { program, args, base = "" }] of Object.entries(servers)) {
  test(`the example ${name} sends and verifies a code`, async (t) => {
    const project = projectOf(name);
    const { port } = new URL(await unusedOrigin());
    const origin = `http://127.0.0.1:${port}`;
    const variables = { PORT: port, HOST: "127.0.0.1", REDIS_URL: redis.url, KV_PATH: path.join(project, "kv.sqlite") };
    await listening(world, t, tool(program), args, project, variables, /listening on/);
    const { proof } = await sendAndVerify(world, origin + base);
    if (name !== "hono") return;
    const login = () => post(`${origin}/login`, { proof });
    assert.deepEqual((await login()).body.phone, number());
    assert.equal((await login()).status, 401, "a proof is good once");
  });
}

/** The shell blocks of a README, with these addresses in place of the documented ports. */
const blocksOf = (file, at) =>
  Array.from(readFileSync(file, "utf8").matchAll(/```sh\n(.*?)```/gs), ([, block]) =>
    block.replaceAll("http://127.0.0.1:4010", world.sandbox).replaceAll("http://127.0.0.1:8787", at),
  );

const shell = async (script, variables = {}) => {
  const { stdout } = await promisify(execFile)("bash", ["-c", script], { env: environment(variables) });
  return stdout;
};

for (const { name, base } of [
  { name: "node", base: "" },
  { name: "express", base: "/sms" },
]) {
  test(`what the READMEs' shell blocks say works with the sandbox and ${name}, Supabase's hook too`, async (t) => {
    const project = projectOf(name);
    const { port } = new URL(await unusedOrigin());
    const HANDLER = `http://127.0.0.1:${port}${base}`;
    const blocks = blocksOf(path.join(examples, "README.md"), HANDLER);
    const configure = blocks.find((block) => block.includes("whsec_"));
    const XINSHI = await shell(configure.replace("npm start", 'printf %s "$XINSHI"'));
    await listening(
      world,
      t,
      tool("node"),
      ["server.js"],
      project,
      { PORT: port, HOST: "127.0.0.1", XINSHI },
      /listening on/,
    );
    await fetch(`${world.sandbox}/inbox`, { method: "DELETE" });
    const request = blocks.find((block) => block.includes("/otp/send"));
    assert.equal(JSON.parse(await shell(request, { HANDLER })).verified, true);
    const hooks = blocksOf(path.join(examples, "..", "README.md"), HANDLER).filter((block) =>
      block.includes("webhook-id"),
    );
    assert.equal(hooks.length, 2);
    for (const hook of hooks) assert.equal(await shell(hook, { HANDLER }), "{}");
    const inbox = await fetch(`${world.sandbox}/inbox`, { headers: { accept: "application/json" } });
    assert.match((await inbox.json()).at(-1).text, /验证码是561166，1分钟内有效/);
  });
}

test("wrangler runs the example cloudflare as its README says", async (t) => {
  const project = projectOf("cloudflare");
  const { port } = new URL(await unusedOrigin());
  const at = `http://127.0.0.1:${port}`;
  const blocks = blocksOf(path.join(examples, "README.md"), at);
  const [variables] = blocks.find((block) => block.includes(".dev.vars")).split("npx wrangler");
  await promisify(execFile)("bash", ["-c", variables], { cwd: project });
  const args = ["dev", "--port", port, "--ip", "127.0.0.1", "--show-interactive-dev-session=false"];
  await listening(world, t, tool("wrangler"), args, project, { CI: "1", WRANGLER_SEND_METRICS: "false" }, /Ready on/);
  await fetch(`${world.sandbox}/inbox`, { method: "DELETE" });
  const request = blocks.find((block) => block.includes("/otp/send"));
  assert.equal(JSON.parse(await shell(request, { HANDLER: at })).verified, true);
});

test("wrangler bundles the example cloudflare, which sends and verifies a code in workerd", async (t) => {
  const project = projectOf("cloudflare");
  const worker = await bundledWorker(project, path.join(project, "dist"));
  const { pepper, vendors, proof, ...rest } = options(world);
  let resolveQueued;
  const queued = new Promise((resolve) => (resolveQueued = resolve));
  const miniflare = new Miniflare({
    ...worker,
    bindings: {
      XINSHI: { ...rest, proof: { audience: proof.audience } },
      XINSHI_PEPPER: pepper,
      XINSHI_PROOF_KEY: proof.key,
      XINSHI_HOOK_KEYS: HOOK_KEY,
      XINSHI_VENDORS: JSON.stringify(vendors),
    },
    durableObjects: { LEDGER: { className: "Ledger", useSQLite: true } },
    queueProducers: { RECEIPTS: "receipts" },
    queueConsumers: { receipts: { maxBatchTimeout: 0 } },
    handleRuntimeStdio: (stdout, stderr) => {
      const lines = createInterface({ input: stdout });
      lines.on("line", (line) => line.includes("sms.report") && resolveQueued(line));
      stderr.resume();
    },
  });
  t.after(() => miniflare.dispose());
  const { origin } = await miniflare.ready;
  const { challenge } = await sendAndVerify(world, origin, { "cf-connecting-ip": "192.0.2.1" });
  const { scheduled } = await miniflare.getWorker();
  assert.equal((await scheduled({ cron: "* * * * *" })).outcome, "ok");
  const status = await fetch(`${origin}/otp/status/${challenge}`, { headers: { "cf-connecting-ip": "192.0.2.1" } });
  assert.equal((await status.json()).delivery, "delivered");
  assert.match(await queued, /^rcpt_\d+_0 sms\.report true$/);
  const hook = await fetch(origin + hookPath(HOOK_KEY, "main"), { method: "POST", body: "Class=rpt" });
  assert.equal(hook.status, 200);
});

test("the example next sends and verifies a code", async (t) => {
  const project = projectOf("next");
  writeFileSync(
    path.join(project, "next.config.mjs"),
    `export default { turbopack: { root: ${JSON.stringify(root)} } };\n`,
  );
  run(tool("next"), ["build"], project);
  const { port } = new URL(await unusedOrigin());
  const args = ["start", "--port", port, "--hostname", "127.0.0.1"];
  await listening(
    world,
    t,
    tool("next"),
    args,
    project,
    { NODE_ENV: "production", ADDRESS_HEADER: "x-real-ip" },
    /Ready/,
  );
  const api = `http://127.0.0.1:${port}/api`;
  await sendAndVerify(world, api, { "x-real-ip": "192.0.2.1" });
  // No token is configured here, so no request has it.
  for (const authorization of ["Bearer undefined", "Bearer ", "Bearer null", "undefined", ""]) {
    const { status } = await fetch(`${api}/scheduled`, { method: "POST", headers: { authorization } });
    assert.equal(status, 401, authorization);
  }
});

test("in the example next only the operator runs the due work", async () => {
  const { isOperator } = await routeOf("next");
  const isAllowed = (authorization) => isOperator(new Request("http://x", { headers: { authorization } }));
  const before = process.env.XINSHI;
  try {
    process.env.XINSHI = JSON.stringify({ adminToken: "the operator's token" });
    assert.deepEqual(
      ["Bearer the operator's token", "Bearer the operator's toke", "the operator's token"].map(isAllowed),
      [true, false, false],
    );
    for (const adminToken of [undefined, "", null, 7]) {
      process.env.XINSHI = JSON.stringify({ adminToken });
      assert.deepEqual([`Bearer ${adminToken}`, "Bearer ", "Bearer"].map(isAllowed), [false, false, false]);
    }
  } finally {
    process.env.XINSHI = before;
  }
});

/** The module of an example's route. */
async function routeOf(name) {
  const project = projectOf(name);
  const route = path.join(project, "app", "api", "[...path]", "route.js");
  const copy = path.join(project, "route.mjs");
  writeFileSync(copy, `${readFileSync(route, "utf8")}\nexport { isOperator };\n`);
  return import(pathToFileURL(copy).href);
}
