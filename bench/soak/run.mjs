// A soak: load on an engine whose processes are killed and whose network delays and cuts; at last a comparison of the
// store's rows with a log that was kept outside.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { hookPath } from "xinshi/edge";
import { engines } from "./engines.mjs";
import { startLink } from "./link.mjs";
import { guess, keepBusy, startPeople } from "./load.mjs";
import { openLog, readLog } from "./log.mjs";
import { seededRandom } from "./random.mjs";
import { startUser, startVendor } from "./vendor.mjs";
import { verdictOf } from "./verdict.mjs";

const HOOK_KEY = "a key for hooks that is long enough to be one";
const ADMIN = "the-token-of-the-operator";
/** Rules whose windows roll while the soak runs, and one that does not. */
export const RULES = [
  { limit: 1, windowSeconds: 1 },
  { limit: 2, windowSeconds: 5 },
  { limit: 4, windowSeconds: 12 },
  { limit: 7, windowSeconds: 3600 },
];
/** A minute after a process died, another one takes over its claims. Posts are retried after up to 12 hours. */
const CATCHES_UP_MS = [61, 122, 183, 600, 1800, 7200, 14_400, 28_800, 57_600, 115_200].map((seconds) => seconds * 1000);

/**
 * Runs a soak. Returns its figures and the events of its log.
 * @param {string} name One of `engines`.
 * @param {{ kills: number, textsPerKill?: number, msPerKill?: number, seed?: number }} what A kill comes after some texts
 * arrived, and not before some time.
 */
export async function soak(name, { kills, textsPerKill = 3, msPerKill = 0, seed = 1 }) {
  const random = seededRandom(seed);
  const folder = mkdtempSync(path.join(tmpdir(), "xinshi-soak-"));
  const log = openLog(path.join(folder, "log.jsonl"));
  const people = startPeople(log);
  const vendor = await startVendor(log, (text) => people.arrived(text));
  const user = await startUser(log);
  const bad = { random, cuts: 0.01, delays: 0.05 };
  const userLink = await startLink({ ...bad, to: user.port });
  /** The network between each process and the vendor. */
  const vendorLinks = new Map();
  const names = name === "redis" ? ["redis 0", "redis 1"] : [`${name} 0`];
  for (const one of names) vendorLinks.set(one, await startLink({ ...bad, to: vendor.port }));
  const optionsFor = (one) => optionsOf(vendor, vendorLinks.get(one).port, userLink.port);
  const engine = await engines[name]({ folder, bad: { ...bad, cuts: 0.002 }, optionsFor });
  const minutes = new Set();
  const links = [userLink, ...vendorLinks.values(), ...engine.links];
  try {
    for (const process of engine.processes) await process.start();
    await load();
    // The rest reads what is stored, by processes that remember nothing.
    for (const link of links) link.clean = true;
    for (const process of engine.processes) await restart(process);
    for (const known of people.challenges) await guess(people, engine.processes, known, 1);
    await readNumbers(people, engine.processes[0], log);
    await readChallenges(people, engine.processes[0], log, "state");
    await catchUp(engine.processes);
    await readChallenges(people, engine.processes[0], log, "delivery");
    const cuts = links.reduce((sum, { cut }) => sum + cut, 0);
    const delays = links.reduce((sum, { delayed }) => sum + delayed, 0);
    const events = readLog(log.file);
    return { figures: { engine: name, seed, ...verdictOf(events, RULES), cuts, delays }, events };
  } finally {
    for (const process of engine.processes) await process.kill();
    await engine.stop();
    for (const link of links) await link.stop();
    vendor.stop();
    user.stop();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }

  async function load() {
    let over = false;
    const busy = keepBusy(people, engine, hookPath(HOOK_KEY, "main"), random, () => over);
    // A caller that throws ends the soak.
    const failed = busy.then(() => new Promise(() => {}));
    const victims = [...engine.processes, ...engine.servers];
    for (let kill = 0; kill < kills; kill += 1) {
      const texts = log.next(({ type }) => type === "text", textsPerKill);
      await Promise.race([failed, Promise.all([texts, pause(msPerKill)])]);
      const victim = victims[kill % victims.length];
      log.add({ type: "kill", what: victim.name ?? "server" });
      if (engine.processes.includes(victim)) await restart(victim);
      else {
        await victim.kill();
        await victim.start();
      }
      beginMinute(engine.processes[kill % engine.processes.length]);
    }
    const answered = (wanted) => log.next(({ type, status }) => type === wanted && status === 200);
    await Promise.race([failed, Promise.all([answered("guessed"), answered("pushed")])]);
    over = true;
    await busy;
  }

  /** The work of a minute goes on beside the load. */
  function beginMinute(process) {
    if (minutes.has(process)) return;
    minutes.add(process);
    process
      .scheduled()
      .catch(() => {})
      .then(() => minutes.delete(process));
  }

  /** Kills a process, waits for what it had sent, and starts it again. */
  async function restart(process) {
    await process.kill();
    await vendorLinks.get(process.name).drained();
    log.add({ type: "quiet", process: process.name });
    await process.start();
  }

  /** Moves the clocks ahead and does the work of a minute until nothing waits. */
  async function catchUp([process]) {
    for (const aheadMs of CATCHES_UP_MS) {
      await process.clock(aheadMs);
      await process.scheduled();
      const { json } = await process.call("/admin/stats", { method: "GET", headers: bearer });
      if (json.receipts.main.waiting === 0) return;
    }
    throw new Error("receipts wait after 32 hours");
  }
}

const bearer = { authorization: `Bearer ${ADMIN}` };
const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Logs what the store says about each number. */
async function readNumbers(people, process, log) {
  for (const { phone, address } of people.all.values()) {
    const { status, json, text } = await process.call("/admin/explain", { headers: bearer, address, body: { phone } });
    if (status !== 200) throw new Error(`explain: ${status} ${text}`);
    log.add({ type: "row", phone, used: json.number.at(-1).used });
  }
}

/** Logs what the store says about each challenge that it still has, as events of a type. */
async function readChallenges(people, process, log, type) {
  for (const [challenge, { person, text }] of people.challenges) {
    const answer = await process.call(`/otp/status/${challenge}`, { method: "GET", address: person.address });
    if (answer.status === 404) continue;
    const { status, delivery } = answer.json;
    log.add({ type, challenge, status, delivery, record: text.ref });
  }
}

const optionsOf = (vendor, vendorPort, userPort) => ({
  vendors: { main: { ...vendor.account, baseUrl: `http://127.0.0.1:${vendorPort}/apiv1` } },
  pepper: "a pepper of a soak, of thirty-two bytes or more",
  proof: { key: "a key of a soak, of thirty-two bytes or more", audience: "soak" },
  brand: "信使",
  clientAddress: "cloudflare",
  adminToken: ADMIN,
  hookKeys: HOOK_KEY,
  webhook: { url: `http://127.0.0.1:${userPort}/`, secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" },
  limits: { cooldownSeconds: 0, number: RULES, ip: [], adaptive: false },
});
