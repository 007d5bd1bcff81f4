// Proof of work without a browser: what a page loads for it, the page's own worker over the real handler, and what it costs the handler.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import { createHandler } from "xinshi/edge";
import { createOtp } from "xinshi/otp";
import { createSandbox } from "xinshi/sandbox";
import { openapi } from "../../pkg/edge/openapi.js";
import { sharedMemory } from "../../pkg/wasm/edge.js";
import { root } from "../../scripts/run.mjs";

const WASM = path.join(root, "pkg/wasm/work_bg.wasm");

function posting(more = {}) {
  const sandbox = createSandbox();
  const handler = createHandler({
    vendors: { main: sandbox.config("smsadmin") },
    fetch: sandbox.fetch,
    pepper: "a pepper that is long enough to be one",
    proof: { key: "a key for proofs that is long enough", audience: "app" },
    brand: "信使",
    captcha: { proofOfWork: true, when: "always" },
    clientAddress: () => "192.0.2.1",
    on: () => {},
    ...more,
  });
  return (url, init) => handler.fetch(new Request(new URL(url, "http://handler"), init));
}

const asking = (phone) => ({
  method: "POST",
  headers: { "content-type": "application/json" },
  body: JSON.stringify({ phone }),
});

test("what a page loads for it is at most 15 KB, and asks nothing of its host", async () => {
  const bytes = readFileSync(WASM);
  assert.ok(bytes.length <= 15_000, `${bytes.length} bytes`);
  const module = new WebAssembly.Module(bytes);
  assert.deepEqual(WebAssembly.Module.imports(module), [
    // It is the glue's, which the worker does without.
    { module: "./work_bg.js", name: "__wbindgen_init_externref_table", kind: "function" },
  ]);
});

/** The page's own worker, in a thread: Node.js reads what a page fetches. */
const IN_A_THREAD = `
  const { parentPort } = require("node:worker_threads");
  const { readFile } = require("node:fs/promises");
  globalThis.fetch = async (url) => new Response(await readFile(url));
  globalThis.postMessage = (message) => parentPort.postMessage(message);
  const ready = new Promise((resolve) => (globalThis.addEventListener = (_, listener) => resolve(listener)));
  parentPort.on("message", async (data) => (await ready)({ data }));
  import(${JSON.stringify(path.join(root, "pkg/otp/worker.js"))});`;

function thread() {
  const worker = new Worker(IN_A_THREAD, { eval: true });
  const addEventListener = (type, listener) => worker.on(type, (data) => listener({ data }));
  return {
    addEventListener,
    postMessage: (message) => worker.postMessage(message),
    terminate: () => worker.terminate(),
  };
}

test("the page's worker finds what the handler takes, wherever it is", async () => {
  const fetch = posting();
  for (let index = 0; index < 8; index += 1) {
    const shares = [];
    const proofOfWork = { worker: thread, progress: (done) => shares.push(done) };
    const sent = await createOtp({ fetch, proofOfWork, storage: null }).send(`1381234${5000 + index}`);
    assert.equal(typeof sent.challenge, "string");
    assert.ok(shares.every((done) => done > 0 && done <= 1));
  }
});

test("a challenge is as it is described", async () => {
  const { components } = JSON.parse(openapi);
  const { properties } = components.schemas.Problem.properties.proofOfWork;
  const { proofOfWork } = await (await posting()("/otp/send", asking("13812345678"))).json();
  assert.deepEqual(Object.keys(proofOfWork), Object.keys(properties));
  assert.match(proofOfWork.challenge, new RegExp(properties.challenge.pattern));
  for (const name of ["tries", "expiresIn"]) {
    const { minimum, maximum } = properties[name];
    assert.ok(proofOfWork[name] >= minimum && proofOfWork[name] <= maximum, name);
  }
});

test("a challenge costs the handler 5 ms and 1 MB at most, and an answer next to nothing", async (t) => {
  const fetch = posting();
  const time = async (body) => {
    const from = performance.now();
    const response = await fetch("/otp/send", { ...asking(""), body: JSON.stringify(body) });
    return [performance.now() - from, (await response.json()).proofOfWork];
  };
  await time({ phone: "13812345678" });
  const memory = sharedMemory().buffer.byteLength;
  // The fastest of some: whatever else runs on this machine only makes them longer.
  const challenges = [];
  const answers = [];
  for (let index = 0; index < 20; index += 1) {
    const [asked, { challenge }] = await time({ phone: "13812345678" });
    challenges.push(asked);
    const [answered] = await time({ phone: "13812345678", captcha: `${challenge}.AAAAAAAAAAAAAAAAAAAAAA` });
    answers.push(answered);
  }
  const [slowest, answer] = [challenges, answers].map((times) => Math.min(...times));
  t.diagnostic(
    `a rejection with a challenge: ${slowest.toFixed(2)} ms; a wrong answer rejected: ${answer.toFixed(2)} ms`,
  );
  assert.ok(slowest < 5 && answer < 5, `${slowest} ms, ${answer} ms`);
  assert.equal(sharedMemory().buffer.byteLength, memory, "what one took is given back");
});
