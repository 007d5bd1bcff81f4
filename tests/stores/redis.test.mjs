// The suite over Redis by the example's adapter; then the cases that need a server and processes of their own.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { after, before, test } from "node:test";
import { createClient } from "redis";
import { casStore } from "xinshi/edge";
import { createSandbox } from "xinshi/sandbox";
import { redisKv } from "../../pkg/examples/redis/redis-kv.js";
import { environment, root, tool } from "../../scripts/run.mjs";
import { startWorld, unusedOrigin } from "../runtimes/world.mjs";
import { startRedis } from "./redis-server.mjs";
import { codeOf, hurried, servedSandbox, service, texts } from "./service.mjs";
import { run } from "./suite.mjs";

const PHONE = "13812340801";

let redis;
let client;

before(async () => {
  redis = await startRedis();
  client = createClient({ url: redis.url, disableOfflineQueue: true });
  client.on("error", () => {});
  await client.connect();
});
after(async () => {
  client?.destroy();
  await redis?.stop();
});

const kv = (space) => redisKv(client, `${space}:`);

/** The same client, except that it sends each script twice and hands over the second reply, as after a lost reply. */
const repeating = () =>
  new Proxy(client, {
    get(target, name) {
      if (name !== "eval") return Reflect.get(target, name);
      return async (...args) => {
        await target.eval(...args);
        return target.eval(...args);
      };
    },
  });

test("a swap that the client repeats after a lost reply is answered as the first one", async () => {
  const { get, swap } = redisKv(repeating(), "repeated:");
  const inAnHour = Date.now() + 3_600_000;
  assert.equal(await swap("key", null, new Uint8Array([1]), inAnHour), true);
  const first = await get("key");
  assert.equal(await swap("key", null, new Uint8Array([2]), inAnHour), false);
  assert.equal(await swap("key", first.version, new Uint8Array([3]), inAnHour), true);
  assert.deepEqual([...(await get("key")).value], [3]);
  assert.equal(await swap("key", first.version, new Uint8Array([4]), inAnHour), false);
});
const open = (space) => casStore(kv(space));

test("the suite of stores over Redis", async (t) => {
  for await (const { name, ok, error } of run({ kv, open, forgets: true }))
    await t.test(name, () => assert.ok(ok, error));
});

test("every Redis key expires", async () => {
  const keys = await client.keys("*");
  assert.ok(keys.length > 100, `${keys.length} keys`);
  for (const key of keys) assert.ok((await client.pExpireTime(key)) > Date.now(), key);
});

test("without Redis nothing is sent, and Redis keeps its data after it is killed", async (t) => {
  const errors = t.mock.method(console, "error", () => {});
  const sandbox = createSandbox();
  const { send } = service(open("death"), sandbox);
  assert.equal((await send(PHONE)).status, 202);
  await redis.kill();
  assert.equal((await send("13812340802")).status, 503);
  assert.ok(errors.mock.callCount() > 0);
  const back = new Promise((resolve) => client.once("ready", resolve));
  await redis.start();
  await back;
  assert.equal((await send("13812340802")).status, 202);
  assert.equal((await send(PHONE)).status, 429);
  assert.equal((await texts(sandbox)).length, 2);
});

test("a Redis that hangs is given up, and nothing is sent", async (t) => {
  t.mock.method(console, "error", () => {});
  const sandbox = createSandbox();
  const { send } = service(open("hangs"), sandbox);
  redis.freeze();
  t.after(() => redis.thaw());
  assert.equal((await hurried(() => send(PHONE))).status, 503);
  redis.thaw();
  assert.equal((await send("13812340802")).status, 202);
  assert.equal((await texts(sandbox, PHONE)).length, 0);
});

test("two processes of the example race for a number, a code and a limit of many numbers", async (t) => {
  const { world, close } = await startWorld();
  t.after(close);
  const sandbox = servedSandbox(world.sandbox);
  const processes = await Promise.all([server(t, sandbox), server(t, sandbox)]);
  const atOnce = (path, bodyOf) =>
    Promise.all(Array.from({ length: 20 }, (_, index) => post(processes[index % 2] + path, bodyOf(index))));
  const counted = (answers, status) => answers.filter((answer) => answer.status === status).length;

  const sends = await atOnce("/otp/send", () => ({ phone: PHONE }));
  assert.deepEqual([counted(sends, 202), counted(sends, 429)], [1, 19]);
  const { challenge } = sends.find(({ status }) => status === 202).body;
  const code = await codeOf(sandbox, PHONE);
  const verifications = await atOnce("/otp/verify", () => ({ challenge, code }));
  assert.deepEqual([counted(verifications, 200), counted(verifications, 422)], [1, 19]);

  const others = await atOnce("/otp/send", (index) => ({ phone: `138123509${String(index).padStart(2, "0")}` }));
  assert.deepEqual([counted(others, 202), counted(others, 429)], [8, 12]);
  assert.equal((await texts(sandbox)).length, 9);
});

test("a process that is killed between any two steps leaves a number counted if a text left", async (t) => {
  t.mock.method(console, "error", () => {});
  const { world, close } = await startWorld();
  t.after(close);
  const sandbox = servedSandbox(world.sandbox);
  const steps = [0, 1, 2, 3, 4, 5, 6];
  const left = await Promise.all(
    steps.map(async (step) => {
      const phone = `138123410${String(step).padStart(2, "0")}`;
      await killedAfter(step, phone, world.sandbox);
      const before = (await texts(sandbox, phone)).length;
      const { send } = service(open(`killed ${step}`), sandbox);
      await send(phone);
      const { length } = await texts(sandbox, phone);
      assert.ok(length <= 1, `${length} texts in a minute after step ${step}`);
      return before;
    }),
  );
  assert.ok(left.includes(0) && left.includes(1), `killed before and after the text left: ${left}`);
});

/** The example's server, as a process of its own over this Redis; returns its origin. */
async function server(t, sandbox) {
  const { port } = new URL(await unusedOrigin());
  const limits = { ip: [], prefix: [{ limit: 8, windowSeconds: 3600 }] };
  const options = {
    vendors: { main: sandbox.config("apiv1") },
    pepper: "a pepper that is long enough to be one",
    proof: { key: "a key for proofs that is long enough", audience: "my-app" },
    brand: "信使",
    limits,
  };
  const env = environment({ PORT: port, HOST: "127.0.0.1", REDIS_URL: redis.url, XINSHI: JSON.stringify(options) });
  const script = path.join(root, "pkg", "examples", "redis", "server.js");
  const child = spawn(tool("node"), [script], { env, stdio: ["ignore", "pipe", "inherit"] });
  t.after(() => end(child));
  await waitForOutput(child, "listening on");
  return `http://127.0.0.1:${port}`;
}

/** Sends in a process of its own, and kills it after a number of steps. */
async function killedAfter(step, phone, origin) {
  const script = path.join(import.meta.dirname, "send-and-stop.mjs");
  const args = [script, redis.url, `killed ${step}:`, origin, phone, String(step)];
  const child = spawn(tool("node"), args, { env: environment(), stdio: ["ignore", "pipe", "inherit"] });
  await waitForOutput(child, "stopped");
  await end(child);
}

async function end(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGKILL");
  await once(child, "exit");
}

/** Waits until a process has printed a text. */
async function waitForOutput(child, text) {
  let all = "";
  for await (const chunk of child.stdout) {
    all += chunk;
    if (all.includes(text)) return;
  }
  throw new Error(`the process ended: ${all}`);
}

async function post(url, body) {
  const headers = { "content-type": "application/json" };
  const response = await fetch(url, { method: "POST", headers, body: JSON.stringify(body) });
  return { status: response.status, body: await response.json() };
}
