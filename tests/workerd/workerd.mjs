// workerd, by miniflare or as a process of its own that a test may kill: with the bundle that wrangler would deploy,
// and state on disk.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { Agent, request as httpRequest } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { Miniflare } from "miniflare";
import workerdProgram from "workerd";
import { bundledWorker } from "../../scripts/bundled-worker.mjs";
import { root } from "../../scripts/run.mjs";

export const adminToken = "dev-admin";
export const apiToken = "dev-token";

/** @type {ReturnType<typeof bundledWorker> | undefined} */
let worker;

/** The worker as deployed. Bundled once for all tests of a process, and removed with it. */
function bundled() {
  if (worker === undefined) {
    const out = mkdtempSync(path.join(tmpdir(), "xinshi-bundle-"));
    process.once("exit", () => rmSync(out, { recursive: true, force: true }));
    worker = bundledWorker(import.meta.dirname, out);
  }
  return worker;
}

/** An empty directory that lives as long as a test. */
export function directoryFor(t, parent = tmpdir()) {
  const directory = mkdtempSync(path.join(parent, "xinshi-workerd-"));
  t.after(() => rmSync(directory, { recursive: true, force: true, maxRetries: 5 }));
  return directory;
}

/** Options of a handler that sends its texts by `vendor`. Tests pass their changes. */
export function optionsFor(vendor, changes = {}) {
  return {
    vendors: { smsadmin: vendor.account },
    pepper: "a pepper of a test, of thirty-two bytes or more",
    proof: { key: "a key of a test, of thirty-two bytes or more", audience: "test-site" },
    brand: "信使",
    dev: true,
    adminToken,
    apiTokens: [apiToken],
    ...changes,
  };
}

/**
 * Starts the worker as `wrangler dev` does.
 * @param {object} settings miniflare's options beside the worker itself.
 */
export async function startMiniflare(settings) {
  const durableObjects = { LEDGER: { className: "Ledger", useSQLite: true } };
  const miniflare = new Miniflare({ ...(await bundled()), durableObjects, ...settings });
  return Object.assign(miniflare, {
    async call(target, { method = "POST", address, headers, body } = {}) {
      const all = { "content-type": "application/json", ...(address && { "cf-connecting-ip": address }), ...headers };
      const init = { method, headers: all, ...(body && { body: JSON.stringify(body) }) };
      const response = await miniflare.dispatchFetch(`http://otp.example${target}`, init);
      return { status: response.status, json: await response.json() };
    },
  });
}

/**
 * Starts workerd; resolves when it listens.
 * @param {{ disk: string, options: object, vendor?: { origin: string }, ledger?: string | null }} what `ledger` is the
 * class that is bound, or null for no binding.
 */
export async function startWorkerd({ disk, options, vendor, ledger = "Ledger" }) {
  const state = path.join(disk, "objects");
  mkdirSync(state, { recursive: true });
  const config = path.join(disk, "workerd.capnp");
  writeFileSync(config, capnp({ ...(await bundled()), disk, state, options, hold: `${vendor?.origin}/hold`, ledger }));
  const program = spawn(workerdProgram.default ?? workerdProgram, ["serve", config, "--control-fd=3"], {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe", "pipe"],
  });
  let log = "";
  for (const stream of [program.stdout, program.stderr]) stream.on("data", (chunk) => (log += chunk));
  const closed = once(program, "close");
  const ports = {};
  for await (const line of createInterface(program.stdio[3])) {
    const { event, socket, port } = JSON.parse(line);
    if (event === "listen") ports[socket] = port;
    if (ports.http && ports.tests) break;
  }
  if (!ports.http || !ports.tests) throw new Error(`workerd did not start\n${log}`);
  // A connection for each request: workerd closes an idle one after five seconds, possibly as it is reused.
  const agent = new Agent({ keepAlive: false, maxSockets: 64 });
  const ended = (signal) => {
    program.kill(signal);
    agent.destroy();
    return closed;
  };
  return {
    pid: program.pid,
    log: () => log,
    call: (target, init) => call(agent, ports.http, target, init),
    /** Calls the worker's entry for tests. */
    async test(does, args = {}) {
      const { status, json, text } = await call(agent, ports.tests, "/", { body: { does, ...args } });
      if (status !== 200) throw new Error(`${does}: ${status} ${text}`);
      return json;
    },
    kill: () => ended("SIGKILL"),
    stop: () => ended("SIGKILL"),
  };
}

const text = (value) => JSON.stringify(value);

/** workerd's configuration: two sockets, one for callers and one for the tests. */
function capnp({ modules, compatibilityDate, disk, state, options, hold, ledger }) {
  const kinds = { CompiledWasm: "wasm", ESModule: "esModule" };
  // `embed` needs a path relative to the configuration's directory.
  const embedded = modules.map(
    ({ type, path: file }) =>
      `(name = ${text(path.basename(file))}, ${kinds[type]} = embed ${text(path.relative(disk, file))})`,
  );
  const bindings = [
    `(name = "OPTIONS", json = ${text(JSON.stringify(options))})`,
    `(name = "HOLD", text = ${text(hold)})`,
    ...(ledger === null ? [] : [`(name = "LEDGER", durableObjectNamespace = ${text(ledger)})`]),
  ];
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "worker", worker = .worker),
    (name = "disk", disk = (path = ${text(state)}, writable = true)),
    (name = "internet", network = (allow = ["private"])),
  ],
  sockets = [
    (name = "http", address = "127.0.0.1:0", http = (), service = "worker"),
    (name = "tests", address = "127.0.0.1:0", http = (), service = (name = "worker", entrypoint = "tests")),
  ],
);
const worker :Workerd.Worker = (
  modules = [${embedded.join(", ")}],
  compatibilityDate = ${text(compatibilityDate)},
  bindings = [${bindings.join(", ")}],
  durableObjectNamespaces = [(className = ${text(ledger ?? "Ledger")}, uniqueKey = "xinshi-ledger", enableSql = true)],
  durableObjectStorage = (localDisk = "disk"),
);
`;
}

/** Sends one request. Rejects if the connection is lost, as when workerd is killed. */
export function call(agent, port, target, init = {}) {
  const { method = "POST", address, headers = {}, body } = init;
  const bytes = body === undefined ? undefined : JSON.stringify(body);
  const all = { ...headers, ...(address && { "cf-connecting-ip": address }) };
  if (bytes !== undefined)
    Object.assign(all, { "content-type": "application/json", "content-length": Buffer.byteLength(bytes) });
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest({ agent, port, host: "127.0.0.1", path: target, method, headers: all }, (response) => {
      const parts = [];
      response.on("data", (part) => parts.push(part));
      response.on("error", reject);
      response.on("end", () => {
        const whole = Buffer.concat(parts).toString();
        const isJson = /json/.test(response.headers["content-type"]) && whole !== "";
        const answer = { status: response.statusCode, headers: response.headers, text: whole };
        resolve(isJson ? { ...answer, json: JSON.parse(whole) } : answer);
      });
    });
    outgoing.on("error", reject);
    outgoing.end(bytes);
  });
}
