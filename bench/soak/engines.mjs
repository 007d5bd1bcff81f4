// The engines of a soak. Each has processes that run the handler, and parts that are killed by `kill -9`; a killed
// process is started again over the same state.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { Agent } from "node:http";
import path from "node:path";
import { environment, tool } from "../../scripts/run.mjs";
import { startRedis } from "../../tests/stores/redis-server.mjs";
import { call, startWorkerd } from "../../tests/workerd/workerd.mjs";
import { startLink } from "./link.mjs";

const SERVER = path.join(import.meta.dirname, "server.mjs");

/**
 * Each engine opens with `{ folder, bad, optionsFor }`: a folder for its state, the settings of a bad network, and the
 * options of a handler, which a call starts a network to the vendor for. It has `processes`, each with `start`, `kill`,
 * `call`, `clock` and `scheduled`; `servers`, which the handlers need and which are killed too; and `links`.
 */
export const engines = { redis: openRedis, workerd: openWorkerd, "deno-kv": openDenoKv };

/** Two processes of Node.js over one Redis, each behind a proxy of its own. */
async function openRedis({ bad, optionsFor }) {
  const redis = await startRedis();
  const to = Number(new URL(redis.url).port);
  const links = await Promise.all([startLink({ ...bad, to }), startLink({ ...bad, to })]);
  const processOf = (link, name) =>
    served(name, tool("node"), [SERVER], { options: optionsFor(name), redis: `redis://127.0.0.1:${link.port}` });
  return {
    processes: links.map((link, index) => processOf(link, `redis ${index}`)),
    servers: [redis],
    links,
    stop: async () => {
      for (const link of links) await link.stop();
      await redis.stop();
    },
  };
}

/** A process of Deno. Its database is a file that one process can open. */
async function openDenoKv({ folder, optionsFor }) {
  const args = ["run", "--quiet", "--unstable-kv", "--allow-all", "--node-modules-dir=manual", SERVER];
  const settings = { options: optionsFor("deno-kv 0"), kv: path.join(folder, "kv.sqlite") };
  return {
    processes: [served("deno-kv 0", tool("deno"), args, settings)],
    servers: [],
    links: [],
    stop: async () => {},
  };
}

/** A process of workerd, with the state of its objects on disk. */
async function openWorkerd({ folder, optionsFor }) {
  let worker;
  const settings = { disk: folder, options: optionsFor("workerd 0") };
  const process = {
    name: "workerd 0",
    start: async () => {
      worker = await startWorkerd(settings);
    },
    kill: () => worker.kill(),
    call: (...args) => worker.call(...args),
    clock: (aheadMs) => worker.test("clock", { aheadMs }),
    scheduled: () => worker.test("scheduled"),
  };
  return { processes: [process], servers: [], links: [], stop: async () => {} };
}

/** A process that runs server.mjs. */
function served(name, program, args, settings) {
  let child;
  let agent;
  let port;
  const post = async (target, body) => {
    const { status, text } = await call(agent, port, target, { body });
    if (status !== 200) throw new Error(`${target}: ${status} ${text}`);
  };
  return {
    name,
    async start() {
      const env = environment({ SOAK: JSON.stringify(settings), DENO_NO_UPDATE_CHECK: "1", NO_COLOR: "1" });
      child = spawn(program, args, { env, stdio: ["ignore", "pipe", "pipe"] });
      port = await printedPort(child);
      agent = new Agent({ keepAlive: false, maxSockets: 64 });
    },
    async kill() {
      if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
      child.kill("SIGKILL");
      await once(child, "exit");
      agent.destroy();
    },
    call: (target, init) => call(agent, port, target, init),
    clock: (aheadMs) => post("/soak/clock", { aheadMs }),
    scheduled: () => post("/soak/scheduled", {}),
  };
}

/** Resolves to the port that a process prints once it listens. What it logs about cut connections is not shown. */
function printedPort(child) {
  let output = "";
  return new Promise((resolve, reject) => {
    child.once("exit", () => reject(new Error(`the process ended: ${output.slice(-2000)}`)));
    const read = (chunk) => {
      output = `${output}${chunk}`.slice(-10_000);
      const port = /port (\d+)/.exec(output)?.[1];
      if (port) resolve(Number(port));
    };
    for (const stream of [child.stdout, child.stderr]) stream.on("data", read);
  });
}
