// toNode behind the servers of Node.js: a code is sent, verified and pushed through each.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { test } from "node:test";
import { Controller, Get, Module } from "@nestjs/common";
import { NestFactory } from "@nestjs/core";
import express from "express";
import fastify from "fastify";
import Koa from "koa";
import { createHandler, hookPath, memoryStore } from "xinshi/edge";
import { toNode } from "xinshi/node";
import { createSandbox } from "xinshi/sandbox";
import "reflect-metadata";

const HOOK_KEY = "a key for hooks that is long enough to be one";
const JSON_TYPE = { "content-type": "application/json" };

function world(more = {}) {
  const sandbox = createSandbox();
  const handler = createHandler({
    vendors: { main: sandbox.config("smsadmin") },
    fetch: sandbox.fetch,
    store: memoryStore(),
    pepper: "a pepper that is long enough for a test",
    proof: { key: "a proof key that is long enough for a test", audience: "app" },
    brand: "信使",
    hookKeys: HOOK_KEY,
    on: () => {},
    ...more,
  });
  const inbox = async () =>
    (await sandbox.fetch("http://sandbox/inbox", { headers: { accept: "application/json" } })).json();
  const code = async () => (await inbox()).at(-1).text.match(/\d{6}/)[0];
  return { handler, code, listener: toNode(handler) };
}

/** Each server listens on a free port of 127.0.0.1, and has a page of its own at `/own`. */
const servers = {
  async "node:http"({ listener }) {
    const server = createServer((request, response) => listener(request, response, () => response.end("own")));
    return listening(server);
  },
  async Express({ listener }) {
    const app = express()
      .use(listener)
      .use(express.json())
      .get("/own", (_, response) => response.send("own"));
    return listening(createServer(app));
  },
  async Koa({ listener }) {
    const app = new Koa();
    app.use(async (context, next) => {
      if (context.path === "/own") return next();
      context.respond = false;
      return listener(context.req, context.res);
    });
    app.use((context) => {
      context.body = "own";
    });
    return listening(createServer(app.callback()));
  },
  async Fastify({ listener }) {
    const app = fastify();
    app.get("/own", () => "own");
    await app.register(async (codes) => {
      // The handler reads the bodies.
      codes.removeAllContentTypeParsers();
      codes.addContentTypeParser("*", (_request, _body, done) => done(null));
      codes.all("/*", (request, reply) => {
        reply.hijack();
        return listener(request.raw, reply.raw);
      });
    });
    await app.listen({ host: "127.0.0.1", port: 0 });
    return { origin: `http://127.0.0.1:${app.server.address().port}`, close: () => app.close() };
  },
  async NestJS({ listener }) {
    class Own {
      own() {
        return "own";
      }
    }
    // As a TypeScript compiler writes decorators.
    Controller()(Own);
    Get("own")(Own.prototype, "own", Object.getOwnPropertyDescriptor(Own.prototype, "own"));
    class App {}
    Module({ controllers: [Own] })(App);
    const app = await NestFactory.create(App, { logger: false });
    app.use(listener);
    await app.listen(0, "127.0.0.1");
    return { origin: `http://127.0.0.1:${app.getHttpServer().address().port}`, close: () => app.close() };
  },
};

async function listening(server) {
  server.listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const close = () => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  };
  return { origin: `http://127.0.0.1:${server.address().port}`, close };
}

for (const [name, start] of Object.entries(servers)) {
  test(`a code works behind ${name}`, async (t) => {
    const made = world();
    const { origin, close } = await start(made);
    t.after(close);
    const post = async (path, body) => {
      const response = await fetch(origin + path, { method: "POST", headers: JSON_TYPE, body: JSON.stringify(body) });
      return [response.status, await response.json()];
    };
    const [sent, { challenge }] = await post("/otp/send", { phone: "13812345678" });
    assert.equal(sent, 202);
    const [status, problem] = await post("/otp/send", { phone: "13812345678" });
    assert.deepEqual([status, problem.status], [429, 429]);
    const [verified, { proof }] = await post("/otp/verify", { challenge, code: await made.code() });
    assert.deepEqual([verified, proof.split(".").length], [200, 3]);
    const state = await fetch(`${origin}/otp/status/${challenge}`);
    assert.deepEqual([state.status, state.headers.get("cache-control")], [200, "no-store"]);
    assert.equal((await fetch(`${origin}/healthz`, { method: "HEAD" })).status, 200);
    const push = await fetch(`${origin}${hookPath(HOOK_KEY, "main")}?Class=mo&Mobile=13812345678&Content=TD`);
    assert.equal(push.status, 200);
    const own = await fetch(`${origin}/own`);
    assert.deepEqual([own.status, await own.text()], [200, "own"]);
  });
}

test("a mount point is no part of the path, and a base path is", async (t) => {
  for (const [mount, basePath] of [
    ["/sms", undefined],
    ["/", "/sms"],
  ]) {
    const { listener } = world({ basePath });
    const { origin, close } = await listening(createServer(express().use(mount, listener)));
    t.after(close);
    assert.equal((await fetch(`${origin}/sms/healthz`)).status, 200);
  }
});

test("bytes that a platform kept are read, and a body that a parser took is reported", async (t) => {
  t.mock.method(console, "error", () => {});
  const { listener } = world();
  const keep = express().use(express.json({ verify: (request, _response, bytes) => (request.rawBody = bytes) }));
  const app = { kept: keep.use(listener), taken: express().use(express.json()).use(listener) };
  const answers = {};
  for (const [name, middleware] of Object.entries(app)) {
    const { origin, close } = await listening(createServer(middleware));
    t.after(close);
    const body = JSON.stringify({ phone: name === "kept" ? "13812345678" : "13912345678" });
    const response = await fetch(`${origin}/otp/send`, { method: "POST", headers: JSON_TYPE, body });
    answers[name] = [response.status, (await response.json()).type];
  }
  assert.deepEqual(answers, {
    kept: [202, undefined],
    taken: [500, "urn:xinshi:problem:unreadable-request"],
  });
});

test("a request that is none ends with an answer", async (t) => {
  const { listener } = world();
  const { origin, close } = await listening(createServer((request, response) => listener(request, response)));
  t.after(close);
  const { request } = await import("node:http");
  const status = await new Promise((resolve, reject) => {
    request(`${origin}/otp/send`, { method: "TRACE" }, (response) => resolve(response.resume().statusCode))
      .on("error", reject)
      .end();
  });
  assert.equal(status, 400);
});
