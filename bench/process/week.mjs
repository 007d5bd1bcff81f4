// A process of its own: days of virtual traffic through a handler, with the process's clock set ahead. Prints a line of
// JSON for each day: the stored rows that have not expired and their bytes, the process's memory in bytes, and what was
// done. The WebAssembly's memory grows until its caches are full, which takes some 20,000 addresses.
//   node --expose-gc bench/process/week.mjs <package> <codes a day> <days>
import { load } from "./load.mjs";

const DAY_MS = 86_400_000;
const CODES = Number(process.argv[3]);
const DAYS = Number(process.argv[4]);
const HOOK_KEY = "a key for hooks that is long enough to be one";

const { casStore, createHandler, hookPath } = await load("edge");
let now = Date.UTC(2026, 7, 1);
Date.now = () => now;
/** The value, version and end of each key, as a store that compares and swaps has them. */
const rows = new Map();
let versions = 0;
const kv = {
  get: async (key) => rows.get(key) ?? null,
  swap: async (key, version, value, expiresAtMs) => {
    if ((rows.get(key)?.version ?? null) !== version) return false;
    versions += 1;
    rows.set(key, { value, version: String(versions), expiresAtMs });
    return true;
  },
};
let code;
let ref;
const handler = createHandler({
  vendors: { main: { vendor: "apiv1", account: "demo", password: "secret", baseUrl: "http://vendor" } },
  // A vendor that keeps nothing, so that the memory is the handler's alone.
  fetch: async (url, init) => {
    const request = new Request(url, init);
    const form = new URLSearchParams(await request.text());
    if (form.has("content")) {
      code = /\d{6}/.exec(form.get("content"))[0];
      ref = form.get("taskId");
    }
    return new Response(`{"code":"00","data":${form.has("content") ? '{"taskId":""}' : "[]"},"message":"成功"}`);
  },
  pepper: "a pepper of the benchmark, 32 bytes or more",
  proof: { key: "a proof key of the benchmark, 32 bytes or more", audience: "benchmark" },
  brand: "信使",
  hookKeys: HOOK_KEY,
  queue: { send: async () => {} },
  clientAddress: (request) => request.headers.get("x-from"),
  store: casStore(kv),
  wait: async () => {},
  on: () => {},
});

async function post(path, body, from) {
  const unfinished = [];
  const headers = { "content-type": "application/json", "x-from": from };
  const request = new Request(`http://bench${path}`, { method: "POST", headers, body: JSON.stringify(body) });
  const response = await handler.fetch(request, undefined, { waitUntil: (work) => unfinished.push(work) });
  const json = await response.json();
  await Promise.all(unfinished);
  return { status: response.status, json };
}

/** Each code goes to a number, and comes from an address, that was never seen before. */
async function oneCode(index, counts) {
  const phone = `13${String((index * 7919) % 1e9).padStart(9, "0")}`;
  const from = `10.${(index >> 16) & 255}.${(index >> 8) & 255}.${index & 255}`;
  const sent = await post("/otp/send", { phone }, from);
  if (sent.status !== 202) return;
  counts.sent += 1;
  // One of seven is never entered, one is entered wrongly.
  if (index % 7 > 0) {
    const entered = index % 7 === 1 ? "000000" : code;
    const { status } = await post("/otp/verify", { challenge: sent.json.challenge, code: entered }, from);
    if (status === 200) counts.verified += 1;
  }
  const report = { sendId: ref, mobile: phone, times: "2026-08-01 08:00:00", status: "DELIVRD" };
  const { status } = await post(hookPath(HOOK_KEY, "main"), report, "192.0.2.9");
  if (status === 200) counts.reported += 1;
}

/** The rows that have not expired, and the process's memory: its heap, and what is outside, that of the WebAssembly. */
async function used() {
  for (const [key, { expiresAtMs }] of rows) if (expiresAtMs <= now) rows.delete(key);
  let rowBytes = 0;
  for (const [key, { value }] of rows) rowBytes += key.length + value.length;
  for (let run = 0; run < 3; run += 1) {
    await new Promise((resolve) => setImmediate(resolve));
    globalThis.gc();
  }
  const { heapUsed, external } = process.memoryUsage();
  return { rows: rows.size, rowBytes, heapUsed, external };
}

for (let day = 0; day < DAYS; day += 1) {
  const counts = { sent: 0, verified: 0, reported: 0 };
  for (let index = 0; index < CODES; index += 1) {
    now += DAY_MS / CODES;
    await oneCode(day * CODES + index, counts);
    // The work of a minute, once an hour: the traffic is thin.
    if (index % Math.ceil(CODES / 24) === 0) await handler.scheduled();
  }
  process.stdout.write(`${JSON.stringify({ day: day + 1, ...(await used()), ...counts })}\n`);
}
