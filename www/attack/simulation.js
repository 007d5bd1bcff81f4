// The simulation, in a worker: the handler itself decides every request of the traffic, at the request's time.
import { isSent } from "./texts.js";
import { trafficOf } from "./traffic.js";
import { load, solve, worldOf } from "./world.js";

const HOUR = 3_600_000;
const BUCKETS = 96;
/** Milliseconds of work between two reports of progress; a new order is noticed at a report. */
const SLICE_MS = 120;

let latest = 0;
/** The handler of the last simulation, which answers `explain`. @type {ReturnType<typeof worldOf> | undefined} */
let decided;

globalThis.onmessage = async ({ data: { id, plan, rules, begin, explain } }) => {
  if (explain)
    return postMessage({ explained: await decided?.explain(explain.phone, explain.address), now: decided?.time.now });
  latest = id;
  try {
    await load();
    const world = worldOf(rules);
    decided = world;
    await run(world, plan, begin, id);
  } catch (error) {
    postMessage({ id, error: error instanceof Error ? error.message : String(error), field: error?.field });
  }
};

async function run(world, plan, begin, id) {
  const traffic = trafficOf(plan, begin);
  const widthMs = (plan.days * 24 * HOUR) / BUCKETS;
  const result = {
    begin,
    widthMs,
    buckets: Array.from({ length: BUCKETS }, () => ({})),
    people: { requested: 0, received: 0 },
    owner: { requested: 0, received: 0 },
    texts: { people: 0, attackers: 0 },
    most: 0,
  };
  const devices = new Map();
  const known = new Map();
  const texts = new Map();
  const faults = faultsOf(plan, begin);
  let reportedAt = performance.now();
  for (const [index, request] of traffic.entries()) {
    world.time.now = request.at;
    while (faults.length > 0 && faults[0].at <= request.at) await world.fault(faults.shift()?.order);
    const outcome = await decide(world, request, devices, known);
    const bucket = result.buckets[Math.min(BUCKETS - 1, Math.floor((request.at - begin) / widthMs))];
    bucket[outcome.by] = (bucket[outcome.by] ?? 0) + 1;
    if (isSent(outcome.by)) {
      result.texts[outcome.by === "sent" ? "people" : "attackers"] += 1;
      const key = `${request.phone} ${Math.floor((request.at - begin) / (24 * HOUR))}`;
      texts.set(key, (texts.get(key) ?? 0) + 1);
      result.most = Math.max(result.most, texts.get(key));
    }
    if (request.who !== "bot") {
      const whose = request.who === "owner" ? result.owner : result.people;
      whose.requested += 1;
      if (outcome.verified) whose.received += 1;
    }
    if (performance.now() - reportedAt < SLICE_MS) continue;
    await new Promise((resolve) => setTimeout(resolve));
    if (id !== latest) return;
    reportedAt = performance.now();
    postMessage({ id, result, part: (index + 1) / traffic.length });
  }
  world.time.now = begin + plan.days * 24 * HOUR;
  postMessage({ id, result, part: 1, statistics: await world.statistics() });
}

/** Sends one request. People solve a captcha or do the work, enter the code that they receive, and keep their device; bots do not. */
async function decide(world, { phone, address, who }, devices, known) {
  const isPerson = who !== "bot";
  const device = isPerson ? devices.get(phone) : undefined;
  const body = { phone, ...(device && { device }) };
  let answer = await world.send(body, address);
  if (isPerson && answer.status === 403) {
    const challenge = answer.body.proofOfWork?.challenge;
    answer = await world.send({ ...body, captcha: challenge ? await solve(challenge) : "solved" }, address);
  }
  if (answer.status !== 202) return { by: await ruleOf(world, answer, phone, address, known) };
  if (!isPerson) return { by: "attack" };
  const code = (await world.lastText(phone))?.match(/\d{6}/)?.[0] ?? "";
  const verified = await world.verify(answer.body.challenge, code, address);
  if (verified.status === 200) devices.set(phone, verified.body.device);
  return { by: "sent", verified: verified.status === 200 };
}

/** The rule that stopped a request: of the exhausted rules, the one that lasts longest. */
async function ruleOf(world, { status, events }, phone, address, known) {
  const rejected = events.find(({ type }) => type === "rejected");
  // An address also has a limit on requests, outside the rules. A text that no vendor accepted was stopped by no rule.
  if (!rejected) return status === 429 ? "requests" : "failed";
  if (rejected.by !== "number" && rejected.by !== "address") return rejected.by;
  // The same rule stops all requests that wait for the same moment, so one query answers for all.
  const moment = `${rejected.by === "number" ? phone : address} ${rejected.until}`;
  if (!known.has(moment)) {
    const explained = await world.explain(phone, address);
    const rules = explained[rejected.by === "number" ? "number" : "ip"] ?? [];
    const [rule] = rules.filter(({ until }) => until).sort((a, b) => b.until - a.until);
    known.set(moment, rule ? `${rejected.by} ${rule.windowSeconds} ${rule.limit}` : rejected.by);
  }
  return known.get(moment);
}

/** Faults of vendors: one rejects texts for a while, and at another time its replies are unreadable. */
function faultsOf({ days }, begin) {
  return Array.from({ length: days }, (_, day) => {
    const at = (hour) => begin + (day * 24 + hour) * HOUR;
    return [
      { at: at(9), order: { vendor: "smsadmin", fault: "http500", times: 6 } },
      { at: at(15), order: { vendor: "smsadmin", fault: "garbage", times: 4 } },
      { at: at(18.5), order: { vendor: "smsadmin", fault: "reject", times: 9 } },
    ];
  }).flat();
}
