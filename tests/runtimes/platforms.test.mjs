// The examples for platforms in China, from the packed tarball: each is started as its platform starts it, and behind
// the headers that the platform documents. The platforms themselves do not run here. nginx is the real one.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, cpSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer, request as httpRequest } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import { createClient } from "redis";
import { casStore, createHandler } from "xinshi/edge";
import { tool } from "../../scripts/run.mjs";
import { startRedis } from "../stores/redis-server.mjs";
import { run } from "../stores/suite.mjs";
import { examples, listening, options, post, projectOf, sendAndVerify } from "./example-project.mjs";
import { startWorld, unusedOrigin } from "./world.mjs";

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

const FORWARDED = { header: "x-forwarded-for", hops: 1 };

/** The variables of a function's instance. The platform's Node.js is this one; its port is free, its address local. */
const nodeOf = (port) => {
  const PATH = `${path.dirname(tool("node"))}:${process.env.PATH}`;
  return { PORT: port, HOST: "127.0.0.1", REDIS_URL: ownDatabase(), PATH };
};

let databases = 0;
/** The URL of a database of its own: the tests share peppers, and so names of keys. */
const ownDatabase = () => {
  databases += 1;
  return `${redis.url}/${databases}`;
};

/** The project of the functions, as its README says: with Redis's adapter copied beside the server. */
function functionsProject(start) {
  const project = projectOf("aliyun-tencent", `platform-${start}`);
  cpSync(path.join(examples, "redis", "redis-kv.js"), path.join(project, "redis-kv.js"));
  return project;
}

for (const [platform, start] of Object.entries({ "Function Compute": "bootstrap", SCF: "scf_bootstrap" })) {
  test(`${platform} starts ${start}, which serves on the port that it documents`, async (t) => {
    const project = functionsProject(start);
    const file = path.join(project, start);
    assert.equal(statSync(path.join(examples, "aliyun-tencent", start)).mode & 0o777, 0o755, "it is executable");
    const text = readFileSync(file, "utf8");
    assert.ok(text.startsWith("#!/bin/bash\n") && text.endsWith("\n") && !text.includes("\r"));
    assert.match(readFileSync(path.join(project, "server.js"), "utf8"), /HOST \?\? "0\.0\.0\.0"[^\n]*PORT \?\? 9000/);
    // The tests run side by side, so here the port is a free one and the address is 127.0.0.1.
    const { port } = new URL(await unusedOrigin());
    await listening(world, t, file, [], project, nodeOf(port), /listening on/);
    const origin = `http://127.0.0.1:${port}`;
    const platformHeaders = { "x-fc-request-id": "1-2", "x-fc-control-path": "/http-invoke" };
    const from = (address) => ({ ...platformHeaders, "x-forwarded-for": `198.51.100.9, ${address}` });
    await sendAndVerify(world, origin, from("192.0.2.1"));
    // Without the platform's header there is no address to limit.
    const nobody = await post(`${origin}/otp/send`, { phone: "13812348899" }, platformHeaders);
    assert.equal(nobody.body.type, "urn:xinshi:problem:no-address");
  });
}

for (const platform of ["fc", "scf"]) {
  test(`a trigger of ${platform} runs the work of a minute, and nobody else can`, async (t) => {
    const start = platform === "fc" ? "bootstrap" : "scf_bootstrap";
    const project = functionsProject(`${start}-timer`);
    const { port } = new URL(await unusedOrigin());
    const XINSHI = JSON.stringify({ ...options(world), adminToken: "the-operator-token" });
    const variables = { ...nodeOf(port), XINSHI };
    await listening(world, t, path.join(project, start), [], project, variables, /listening on/);
    const origin = `http://127.0.0.1:${port}`;
    const headers = { "x-forwarded-for": "192.0.2.2" };
    const { challenge } = await sendAndVerify(world, origin, headers);
    const delivery = async () =>
      (await (await fetch(`${origin}/otp/status/${challenge}`, { headers })).json()).delivery;
    const call = async (path, headers) => (await fetch(origin + path, { method: "POST", headers, body: "{}" })).status;
    const timer = { "x-fc-control-path": "/invoke" };
    const operator = { authorization: "Bearer the-operator-token" };
    const [good, wrong] =
      platform === "fc"
        ? [
            ["/invoke", timer],
            [
              ["/invoke", {}],
              ["/invoke", operator],
              ["/scheduled", timer],
              ["/other", timer],
            ],
          ]
        : [
            ["/scheduled", operator],
            [
              ["/invoke", timer],
              ["/scheduled", {}],
              ["/scheduled", { authorization: "Bearer x" }],
            ],
          ];
    for (const [path, headers] of wrong) assert.equal(await call(path, headers), 404, path);
    assert.equal(await delivery(), "accepted");
    assert.equal(await call(...good), 204);
    assert.equal(await delivery(), "delivered");
  });
}

/** Upstash's REST API before a Redis: a command as a JSON list with a bearer token, answered with its result. */
async function startRest(t, client, token) {
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const part of request) body += part;
    const send = (status, answer) =>
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(answer));
    if (request.headers.authorization !== `Bearer ${token}`) return send(401, { error: "WRONGPASS invalid token" });
    try {
      send(200, { result: await client.sendCommand(JSON.parse(body).map(String)) });
    } catch (error) {
      send(400, { error: error.message });
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${server.address().port}`;
}

async function connected(t) {
  const client = createClient({ url: ownDatabase() });
  client.on("error", () => {});
  await client.connect();
  t.after(() => client.destroy());
  return client;
}

test("EdgeOne's function sends and verifies over a Redis behind HTTP", async (t) => {
  const project = projectOf("edgeone", "platform-edgeone");
  const url = await startRest(t, await connected(t), "secret");
  const file = path.join(project, "node-functions", "sms", "[[default]].js");
  const { onRequest } = await import(pathToFileURL(file).href);
  const env = { XINSHI: JSON.stringify(options(world)), REDIS_REST_URL: url, REDIS_REST_TOKEN: "secret" };
  // The context that the platform documents, in an HTTP server.
  const server = createServer(async (incoming, outgoing) => {
    let body = "";
    for await (const part of incoming) body += part;
    const init = { method: incoming.method, headers: incoming.headers };
    if (incoming.method === "POST") init.body = body;
    const request = new Request(`http://pages.example${incoming.url}`, init);
    const response = await onRequest({ request, env, params: {}, clientIp: "192.0.2.3", waitUntil: () => {} });
    outgoing.writeHead(response.status, Object.fromEntries(response.headers)).end(await response.text());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  await sendAndVerify(world, `http://127.0.0.1:${server.address().port}/sms`);
});

test("Redis behind HTTP passes the suite of all stores", async (t) => {
  const { redisRest } = await import(pathToFileURL(path.join(examples, "edgeone", "redis-rest.js")).href);
  const url = await startRest(t, await connected(t), "secret");
  const kv = (space) => redisRest({ url, token: "secret", prefix: `${space}:` });
  for await (const { name, ok, error } of run({ kv, open: (space) => casStore(kv(space)), forgets: true })) {
    await t.test(name, () => assert.ok(ok, error));
  }
  await assert.rejects(redisRest({ url, token: "wrong" }).get("key"), /^Error: the Redis over HTTP answered 401$/);
});

test("a KV that is eventually consistent is rejected at the start, with the reason", () => {
  // The members that EdgeOne Pages and Workers document.
  const edgeone = { put() {}, get() {}, delete() {}, list() {} };
  const { vendors, pepper, proof, brand } = options(world);
  for (const store of [edgeone, { ...edgeone, getWithMetadata() {} }]) {
    const expected = { name: "SmsError", code: "unsupported", field: "store", message: /eventually consistent/ };
    assert.throws(() => createHandler({ vendors, pepper, proof, brand, store }), expected);
    assert.throws(() => casStore(store), { ...expected, field: "kv" });
  }
});

/** A real nginx with the example's configuration, before a service. Returns its port. */
async function startNginx(t, upstream) {
  const directory = mkdtempSync(path.join(tmpdir(), "xinshi-nginx-"));
  const { port } = new URL(await unusedOrigin());
  const text = readFileSync(path.join(examples, "nginx", "nginx.conf"), "utf8");
  const config = text
    .replace(
      "worker_processes auto;",
      `daemon off;\npid ${directory}/pid;\nerror_log ${directory}/error.log;\nworker_processes 1;`,
    )
    .replace(
      "http {",
      `http {\n  access_log off;${["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((name) => `\n  ${name}_temp_path ${directory}/${name};`).join("")}`,
    )
    .replace("server 127.0.0.1:8787;", `server 127.0.0.1:${upstream};`)
    .replace("listen 80;", `listen 127.0.0.1:${port};`);
  assert.ok(config.includes(`:${upstream};`) && config.includes(`:${port};`));
  writeFileSync(path.join(directory, "nginx.conf"), config);
  chmodSync(directory, 0o755);
  const child = spawn("/usr/sbin/nginx", ["-p", directory, "-c", path.join(directory, "nginx.conf")], {
    stdio: ["ignore", "inherit", "inherit"],
  });
  t.after(async () => {
    if (child.exitCode === null) {
      child.kill("SIGQUIT");
      await once(child, "exit");
    }
    rmSync(directory, { recursive: true, force: true });
  });
  await accepting(port, child);
  return port;
}

/** Waits until a process accepts connections. */
async function accepting(port, child) {
  for (;;) {
    assert.equal(child.exitCode, null, "it ended");
    const socket = connect(port, "127.0.0.1");
    const accepts = await new Promise((resolve) => {
      socket.once("connect", () => resolve(true));
      socket.once("error", () => resolve(false));
    });
    socket.destroy();
    if (accepts) return;
    await new Promise(setImmediate);
  }
}

/** Sends a code to a new number from an address of this machine, with headers. Returns the status. */
async function sendFrom(localAddress, port, phone, headers = {}) {
  const all = { "content-type": "application/json", ...headers };
  const request = httpRequest({
    host: "127.0.0.1",
    port,
    localAddress,
    path: "/otp/send",
    method: "POST",
    headers: all,
  });
  request.end(JSON.stringify({ phone }));
  const [response] = await once(request, "response");
  response.resume();
  await once(response, "end");
  return response.statusCode;
}

for (const proxies of [1, 2]) {
  test(`behind ${proxies} nginx the handler limits the caller's own address, whatever the caller writes`, async (t) => {
    const project = projectOf("node", `platform-nginx-${proxies}`);
    const { port } = new URL(await unusedOrigin());
    const limits = { ip: [{ limit: 1, windowSeconds: 3600 }], adaptive: false };
    const clientAddress = { ...FORWARDED, hops: proxies };
    const XINSHI = JSON.stringify({ ...options(world), clientAddress, limits });
    const variables = { PORT: port, HOST: "127.0.0.1", XINSHI };
    await listening(world, t, tool("node"), ["server.js"], project, variables, /listening on/);
    let at = port;
    for (let proxy = 0; proxy < proxies; proxy += 1) at = await startNginx(t, at);
    const phone = (index) => `1391238${proxies}${String(index).padStart(3, "0")}`;
    assert.equal(await sendFrom("127.0.0.2", at, phone(0)), 202);
    assert.equal(await sendFrom("127.0.0.2", at, phone(1)), 429);
    for (const forged of [
      "198.51.100.1",
      "198.51.100.1, 198.51.100.2",
      "127.0.0.9, 127.0.0.8, 127.0.0.7",
      "unknown",
      "",
    ]) {
      assert.equal(await sendFrom("127.0.0.2", at, phone(2), { "x-forwarded-for": forged }), 429, forged);
    }
    assert.equal(await sendFrom("127.0.0.3", at, phone(3), { "x-forwarded-for": "127.0.0.2" }), 202, "another caller");
    if (proxies === 2) assert.equal(await sendFrom("127.0.0.2", port, phone(4)), 503, "past nginx there is no address");
  });
}
