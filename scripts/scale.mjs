// The cost of the handler at scale, from counters of the real one: `node scripts/scale.mjs` prints the tables of
// docs/scale.md.
import { casStore, createHandler, hookPath } from "xinshi/edge";
import { createSandbox } from "xinshi/sandbox";

/** The script runs one of every hundred codes and requests, since all are alike. */
const SCALE = 100;
const CODES = 1_000_000;
const BOMBS = 10_000_000;
const DAY_MS = 86_400_000;
const START = Date.UTC(2026, 0, 5);
const HOOK_KEY = "a key for hooks that is long enough to be one";

/**
 * Cloudflare's list prices for the Workers Paid plan in dollars, beyond the amounts that the plan includes in a month
 * (November 2026): https://developers.cloudflare.com/workers/platform/pricing/ · …/durable-objects/platform/pricing/ ·
 * …/queues/platform/pricing/
 */
export const PRICES = {
  requests: { included: 10_000_000, perMillion: 0.3 },
  cpuMs: { included: 30_000_000, perMillion: 0.02 },
  calls: { included: 1_000_000, perMillion: 0.15 },
  gbSeconds: { included: 400_000, perMillion: 12.5 },
  rowsRead: { included: 25_000_000_000, perMillion: 0.001 },
  rowsWritten: { included: 50_000_000, perMillion: 1 },
  queueOperations: { included: 1_000_000, perMillion: 0.4 },
};

/**
 * Milliseconds of processor time of a request and of an object's call: a high estimate, and the smallest item of the
 * sum.
 */
const CPU_MS = 2;
const CALL_MS = 1;

/**
 * The key to which each process adds its counts every ten seconds. Its cost depends only on the number of processes and
 * is left out.
 */
const STATISTICS = "stats";

/** Counts the operations of a day, by kind of traffic. */
export async function count() {
  return {
    codes: await codes(CODES / SCALE),
    "one-number": await bombingOfOne({ addresses: 100_000 }),
    "many-numbers": await bombing({ addresses: 10_000, numbers: 1_000 }),
    "all-numbers": await bombing({ addresses: 10_000, numbers: 10_000_000 }),
    "all-numbers-capped": await bombing({
      addresses: 10_000,
      numbers: 10_000_000,
      limits: { total: [{ limit: 20_000 / SCALE, windowSeconds: 86_400 }] },
    }),
    "every-minute": await everyMinute(),
  };
}

/**
 * A day of codes that people request and enter; a vendor pushes a report of each, which goes to a queue. Runs `some` of
 * a million.
 */
export async function codes(some) {
  const world = start({});
  for (let index = 0; index < some; index += 1) {
    world.at((index * DAY_MS) / some);
    const phone = `138${String(index).padStart(8, "0")}`;
    const { challenge } = await world.post("/otp/send", { phone }, index);
    const { text, ref } = await world.received();
    await world.post("/otp/verify", { challenge, code: text.match(/\d{6}/)[0] }, index);
    await world.push({ sendId: ref, mobile: phone, times: "2026-01-05 08:00:00", status: "DELIVRD" });
  }
  return world.counts(CODES / some);
}

/** A day in which bots request texts, evenly over their addresses and the numbers. */
async function bombing({ addresses, numbers, limits }) {
  const world = start({ limits });
  const [some, few] = [Math.max(1, addresses / SCALE), Math.max(1, numbers / SCALE)];
  for (let index = 0; index < BOMBS / SCALE; index += 1) {
    world.at((index * DAY_MS) / (BOMBS / SCALE));
    // The stride shares no divisor with either count, so every address meets every number.
    const phone = `139${String((index * 7919) % few).padStart(8, "0")}`;
    await world.post("/otp/send", { phone }, index % some);
  }
  return world.counts(SCALE);
}

/**
 * The same, against one number. A rejection is cached for ten seconds: once some requests in a row make no call, the
 * rest of these ten seconds makes none.
 */
async function bombingOfOne({ addresses }) {
  const world = start({});
  const REJECTION_CACHE_MS = 10_000;
  const together = Math.round((BOMBS * REJECTION_CACHE_MS) / DAY_MS);
  let withClock = 0;
  for (let window = 0; window < DAY_MS / REJECTION_CACHE_MS; window += 1) {
    let free = 0;
    for (let index = 0; index < together && free < 5; index += 1) {
      world.at(window * REJECTION_CACHE_MS + (index * REJECTION_CACHE_MS) / together);
      const before = world.counted.calls;
      await world.post("/otp/send", { phone: "13900000000" }, (withClock += 1) % addresses);
      free = world.counted.calls === before ? free + 1 : 0;
      if (free === 5) world.counted.requests += together - index - 1;
    }
  }
  return world.counts(1);
}

/** The cost of the cron trigger in a day without traffic, which is the same at every scale. */
export async function everyMinute() {
  const world = start({});
  for (let minute = 0; minute < 1440; minute += 1) {
    world.at(minute * 60_000);
    await world.scheduled();
  }
  return world.counts(1);
}

/** A handler over a store that counts, with a clock that the caller sets. */
function start(options) {
  const sandbox = createSandbox({ seed: 1 });
  const counts = { requests: 0, texts: 0, calls: 0, rowsRead: 0, rowsWritten: 0, queueOperations: 0 };
  const rows = new Map();
  let versions = 0;
  let now = START;
  const kv = {
    async get(key) {
      if (key !== STATISTICS) counts.rowsRead += 1;
      return rows.get(key) ?? null;
    },
    async swap(key, version, value) {
      if ((rows.get(key)?.version ?? null) !== version) return false;
      if (key !== STATISTICS) counts.rowsWritten += 1;
      if (value.length === 0) rows.delete(key);
      else rows.set(key, { value, version: String((versions += 1)) });
      return true;
    },
  };
  const store = casStore(kv);
  const realNow = Date.now;
  const handler = createHandler({
    vendors: { main: sandbox.config("apiv1"), spare: sandbox.config("smsadmin") },
    async fetch(url, init) {
      if (url.endsWith("/send")) counts.texts += 1;
      return sandbox.fetch(url, init);
    },
    store: {
      async apply(key, command) {
        if (key !== STATISTICS) counts.calls += 1;
        return store.apply(key, command);
      },
    },
    pepper: "a pepper that is long enough to be one",
    proof: { key: "a key for proofs that is long enough", audience: "app" },
    brand: "信使",
    hookKeys: HOOK_KEY,
    // One operation each for writing, reading and deleting.
    queue: { send: async () => void (counts.queueOperations += 3) },
    clientAddress: (request) => request.headers.get("x-from"),
    on: () => {},
    wait: async () => {},
    now: () => now,
    ...options,
  });
  const withClock = async (work) => {
    Date.now = () => now;
    try {
      return await work();
    } finally {
      Date.now = realNow;
    }
  };
  const fetch = (path, init) =>
    withClock(async () => {
      counts.requests += 1;
      const unfinished = [];
      const ctx = { waitUntil: (work) => unfinished.push(work) };
      const response = await handler.fetch(new Request(`https://otp.example${path}`, init), undefined, ctx);
      const json = await response.json();
      await Promise.all(unfinished);
      return json;
    });
  return {
    counted: counts,
    at: (ms) => {
      now = START + Math.round(ms);
    },
    post: (path, body, from) => {
      const headers = { "content-type": "application/json", "x-from": addressOf(from) };
      return fetch(path, { method: "POST", headers, body: JSON.stringify(body) });
    },
    push: (report) => fetch(hookPath(HOOK_KEY, "main"), { method: "POST", body: JSON.stringify(report) }),
    scheduled: () => {
      counts.requests += 1;
      return withClock(() => handler.scheduled());
    },
    /** The bytes that were received last, once; then none. */
    async received() {
      const inbox = await sandbox.fetch("http://sandbox/inbox", { headers: { accept: "application/json" } });
      const [received] = await inbox.json();
      await sandbox.fetch("http://sandbox/inbox", { method: "DELETE" });
      return received;
    },
    counts(scale) {
      const cpuMs = counts.requests * CPU_MS;
      const gbSeconds = (counts.calls * CALL_MS * 0.128) / 1000;
      const all = Object.entries({ ...counts, cpuMs, gbSeconds });
      return Object.fromEntries(all.map(([name, counted]) => [name, counted * scale]));
    },
  };
}

const addressOf = (index) => `10.${(index >> 16) & 255}.${(index >> 8) & 255}.${index & 255}`;

/**
 * Dollars for a month of thirty days like this one, or the extra cost of one day in a month whose included amounts are
 * used up.
 */
export function dollars(day, { days = 30, isExtra = false } = {}) {
  let sum = 0;
  for (const [name, { included, perMillion }] of Object.entries(PRICES)) {
    sum += (Math.max(0, day[name] * days - (isExtra ? 0 : included)) / 1_000_000) * perMillion;
  }
  return sum;
}

/** The tables of docs/scale.md. */
export function tables(counted) {
  const named = {
    codes: "1,000,000 codes: sent, verified, reported",
    "every-minute": "the cron trigger, two accounts, any scale",
    "one-number": "10,000,000 requests, 100,000 addresses, one number",
    "many-numbers": "the same, 10,000 addresses, 1,000 numbers",
    "all-numbers": "the same, 10,000 addresses, any number",
    "all-numbers-capped": "the same, `total` of 20,000 a day",
  };
  const columns = ["requests", "texts", "calls", "rowsRead", "rowsWritten", "queueOperations"];
  const of = (name) => columns.map((column) => counted[name][column].toLocaleString("en")).join(" | ");
  const counts = Object.entries(named).map(([name, what]) => `| ${what} | ${of(name)} |`);
  const codes = counted.codes;
  const both = Object.fromEntries(
    Object.keys(codes).map((name) => [name, codes[name] + counted["every-minute"][name]]),
  );
  const row = (what, cost) => `| ${what} | $${cost.toFixed(2)} |`;
  return [
    [
      "| a day of | requests | texts | object calls | rows read | rows written | queue operations |",
      "| --- | --- | --- | --- | --- | --- | --- |",
      ...counts,
    ].join("\n"),
    [
      "| what | dollars |",
      "| --- | --- |",
      row("a month of 1,000,000 codes a day, beside the plan's $5", dollars(both)),
      ...Object.entries(named)
        .slice(2)
        .map(([name, what]) => row(`one day: ${what}`, dollars(counted[name], { days: 1, isExtra: true }))),
    ].join("\n"),
  ];
}

if (import.meta.main ?? process.argv[1] === new URL(import.meta.url).pathname) {
  process.stderr.write("a day of a million codes and of ten million requests, a hundredth of it …\n");
  const counted = await count();
  process.stdout.write(`${tables(counted).join("\n\n")}\n\n${JSON.stringify(counted)}\n`);
}
