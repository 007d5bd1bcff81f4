// npm run bench: the cost of sending a code, beside a bare worker and a hono app in the same run of workerd. Machines
// are noisy; the results are median ratios of rounds in which all take turns.
import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { bundle, folder, start } from "./edge/workerd.mjs";
import { limitsOf } from "./process/load.mjs";

/** The number of connections. More would starve a local workerd, which has one thread. */
const CONNECTIONS = 8;
const ROUNDS = 15;
const REQUESTS = 1000;
/** Requests before the measurement: workerd compiles code as it runs. */
const WARM_UP = 4000;
/** The number of phone numbers in the large case, and the maximum time for one send to each of them. */
const NUMBERS = 100_000;
const FILLING_MS = 90_000;
const FEW = 100;
const STARTS = 15;

/** The load enters no code, and all its numbers have one prefix. */
const unverified = { limits: { adaptive: { prefix: false } } };

const sides = {
  bare: { title: "the same calls and nothing else", worker: "bare", bindings: {} },
  xinshi: { title: "xinshi/edge", worker: "xinshi", bindings: { OPTIONS: JSON.stringify(unverified) } },
  apart: { title: "hono, a limiter a window", worker: "hono", bindings: { LIMITERS: "apart" } },
  together: { title: "hono, a limiter a key", worker: "hono", bindings: { LIMITERS: "together" } },
};

/** Limits high enough to use a number again and again, and within the range that is counted exactly. */
const raised = {
  acceptGuessRisk: true,
  limits: {
    adaptive: false,
    cooldownSeconds: 0,
    number: [60, 3600, 86_400].map((windowSeconds) => ({ limit: 1000, windowSeconds })),
    ip: [60, 3600, 86_400].map((windowSeconds) => ({ limit: 1000, windowSeconds })),
  },
};

/** Compares requests a second, latency and processor time of POST /otp/send. */
export const benchSending = (rounds = ROUNDS) =>
  inWorkerd(async ({ open, load }) => {
    const opened = {};
    for (const [name, { worker, bindings }] of Object.entries(sides)) opened[name] = await open(worker, bindings);
    for (const worker of Object.values(opened)) await load(worker, { count: WARM_UP });
    const runs = [];
    for (let round = 0; round < rounds; round += 1) {
      const run = {};
      for (const name of turn(Object.keys(sides), round)) run[name] = await load(opened[name], { count: REQUESTS });
      runs.push(run);
    }
    return Object.keys(sides).map((name) => ({
      name,
      title: sides[name].title,
      ...medians(runs.map((run) => run[name])),
      ...ratios(runs, name, "bare"),
      xinshiPerSecond: spread(runs.map((run) => run.xinshi.perSecond / run[name].perSecond)),
    }));
  });

/**
 * Compares POST /otp/send of another package with this one's: shares of its requests a second and of its processor
 * time.
 */
export const benchBeside = (other, rounds = ROUNDS) =>
  inWorkerd(async ({ open, load }) => {
    const limits = JSON.stringify({ limits: await limitsOf(other) });
    const opened = {
      there: await open("xinshi", { OPTIONS: limits }, other),
      here: await open("xinshi", sides.xinshi.bindings),
    };
    for (const worker of Object.values(opened)) await load(worker, { count: WARM_UP });
    const runs = [];
    for (let round = 0; round < rounds; round += 1) {
      const run = {};
      for (const name of turn(Object.keys(opened), round)) run[name] = await load(opened[name], { count: REQUESTS });
      runs.push(run);
    }
    const compared = (measure) => ({
      there: spread(runs.map(({ there }) => there[measure])).median,
      here: spread(runs.map(({ here }) => here[measure])).median,
      ratio: spread(runs.map(({ here, there }) => here[measure] / there[measure])),
    });
    return { perSecond: compared("perSecond"), processor: compared("processorMicroseconds") };
  });

/** Compares the cost of a request with many known numbers to the cost with few. */
export const benchNumbers = (numbers = NUMBERS, rounds = ROUNDS) =>
  inWorkerd(async ({ open, load }) => {
    const bindings = { OPTIONS: JSON.stringify(raised) };
    const [many, few] = [await open("xinshi", bindings), await open("xinshi", bindings)];
    const until = Date.now() + FILLING_MS;
    await load(few, { count: WARM_UP });
    while (many.next < numbers && Date.now() < until) await load(many, { count: WARM_UP });
    const known = many.next;
    const runs = [];
    for (let round = 0; round < rounds; round += 1) {
      // Each of the few numbers gets too few requests to grow large; otherwise the state of a number would be measured.
      const among = {
        many: { count: REQUESTS, first: Math.floor((known / rounds) * round), among: REQUESTS },
        few: { count: REQUESTS, first: few.next, among: FEW },
      };
      const run = {};
      for (const name of turn(Object.keys(among), round)) {
        run[name] = await load(name === "many" ? many : few, among[name]);
      }
      runs.push(run);
    }
    const names = { few: FEW, many: known };
    return Object.entries(names).map(([name, count]) => ({
      name,
      numbers: count,
      ...medians(runs.map((run) => run[name])),
      ...ratios(runs, name, "few"),
    }));
  });

/**
 * The time that the WebAssembly adds to a start, in milliseconds: of Node.js, and of a worker up to its first answer.
 */
export const benchStarting = (starts = STARTS) =>
  inWorkerd(async ({ within }) => {
    const wasm = path.join(import.meta.dirname, "edge", "start.mjs");
    const node = [];
    for (let index = 0; index < starts; index += 1) {
      const child = fork(wasm);
      const [spent] = await once(child, "message");
      node.push(spent);
      await once(child, "exit");
    }
    const workers = await firstAnswers(
      { without: await bundle("hello", within), with: await bundle("xinshi", within) },
      within,
      starts,
    );
    const of = (title, numbers) => ({ title, milliseconds: spread(numbers) });
    return [
      of(
        "Node.js: compiling the WebAssembly",
        node.map(({ compile }) => compile),
      ),
      of(
        "Node.js: compiling it and making an instance",
        node.map(({ start }) => start),
      ),
      of(
        "workerd to the first answer: a worker without WebAssembly",
        workers.map((spent) => spent.without),
      ),
      of(
        "workerd to the first answer: xinshi/edge",
        workers.map((spent) => spent.with),
      ),
      of(
        "what xinshi/edge adds",
        workers.map((spent) => spent.with - spent.without),
      ),
    ];
  });

/** The time that packages, by their folders, add to a worker's start up to its first answer, in milliseconds. */
export const benchAdded = (packages, starts = STARTS) =>
  inWorkerd(async ({ within }) => {
    const bundles = { without: await bundle("hello", within) };
    for (const [index, pkg] of packages.entries()) {
      const own = path.join(within, String(index));
      mkdirSync(own);
      bundles[index] = await bundle("xinshi", own, pkg);
    }
    const workers = await firstAnswers(bundles, within, starts);
    return { added: packages.map((_, index) => spread(workers.map((spent) => spent[index] - spent.without)).median) };
  });

/** The time up to the first answer of each bundle, in turns. */
async function firstAnswers(bundles, within, starts) {
  const workers = [];
  for (let index = 0; index < starts; index += 1) {
    const spent = {};
    for (const name of turn(Object.keys(bundles), index)) spent[name] = await firstAnswer(bundles[name], within);
    workers.push(spent);
  }
  return workers;
}

async function firstAnswer(bundled, within) {
  const worker = await start(bundled, within, { OPTIONS: "{}", VENDOR: "http://127.0.0.1:1" });
  try {
    const response = await fetch(`http://127.0.0.1:${worker.port}/healthz`);
    if (response.status !== 200) throw new Error(`a worker answered ${response.status}`);
    await response.text();
    return performance.now() - worker.started;
  } finally {
    await worker.stop();
  }
}

/** Runs work with a vendor, a load and workers, each a process of its own, and ends all of them. */
async function inWorkerd(work) {
  const within = folder();
  const vendor = fork(path.join(import.meta.dirname, "edge", "vendor.mjs"));
  const loader = fork(path.join(import.meta.dirname, "edge", "load.mjs"));
  const workers = [];
  try {
    const [{ port }] = await once(vendor, "message");
    const bundles = {};
    const open = async (name, bindings, pkg) => {
      const bundled = `${name} of ${pkg}`;
      bundles[bundled] ??= await bundle(name, within, pkg);
      const worker = await start(bundles[bundled], within, { VENDOR: `http://127.0.0.1:${port}`, ...bindings });
      workers.push(worker);
      return Object.assign(worker, { next: 0 });
    };
    const load = async (worker, { count, first = worker.next, among = count }) => {
      if (first === worker.next) worker.next += among;
      const spent = processorSeconds(worker.pid);
      loader.send({ port: worker.port, count, connections: CONNECTIONS, first, among });
      const [load] = await once(loader, "message");
      if (load.statuses[202] !== count) throw new Error(`not every answer was 202: ${JSON.stringify(load.statuses)}`);
      return { ...load, processorMicroseconds: ((processorSeconds(worker.pid) - spent) * 1e6) / count };
    };
    return await work({ open, load, within });
  } finally {
    for (const worker of workers) await worker.stop();
    for (const child of [vendor, loader]) child.disconnect();
    rmSync(within, { recursive: true, force: true });
  }
}

/** The processor time of a process, in seconds, where the system reports it: much less noisy than elapsed time. */
function processorSeconds(pid) {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1].split(" ");
    return (Number(fields[11]) + Number(fields[12])) / 100;
  } catch {
    return Number.NaN;
  }
}

/** The same names, starting with the next one each round. */
const turn = (names, round) => names.map((_, index) => names[(index + round) % names.length]);

const sorted = (numbers) => [...numbers].sort((one, other) => one - other);

/** The median, and the range that contains the middle half. */
export function spread(numbers) {
  const all = sorted(numbers);
  const at = (share) => all[Math.floor((all.length - 1) * share)];
  return { median: at(0.5), from: at(0.25), to: at(0.75) };
}

const MEASURES = ["perSecond", "p50", "p99", "processorMicroseconds"];

const medians = (runs) =>
  Object.fromEntries(MEASURES.map((measure) => [measure, spread(runs.map((run) => run[measure])).median]));

/** The ratios of one to another, round by round. */
const ratios = (runs, name, other) => ({
  ratios: Object.fromEntries(
    MEASURES.map((measure) => [measure, spread(runs.map((run) => run[name][measure] / run[other][measure]))]),
  ),
});
