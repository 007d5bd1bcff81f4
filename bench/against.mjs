// npm run bench -- --against <folder of another built package>: this package beside another. Both take turns in one run,
// since machines are noisy; a result is the median of the rounds' ratios.
import path from "node:path";
import { pathToFileURL } from "node:url";
import { benchAdded, benchBeside } from "./edge.mjs";
import { benchRest } from "./rest.mjs";

const apiv1 = { vendor: "apiv1", account: "demo", password: "secret", baseUrl: "http://sms.example.com" };
const smsadmin = { vendor: "smsadmin", uid: "demo", pwd: "secret", baseUrl: "http://sms.example.com" };
const binstd = { vendor: "binstd", appkey: "key", method: "GET" };
const accepted = {
  apiv1: '{"code":"00","data":null,"message":""}',
  binstd: '{"status":"0","msg":"ok","result":{"count":"1","accountid":"1"}}',
};
const text = "【信使】您的验证码是112233，5分钟内有效，请勿告诉他人。";
const gbk = `【信使】${"验证码短信通知服务平台".repeat(6)}`.slice(0, 70);
const numbers = Array.from({ length: 10_000 }, (_, index) => `138${10_000_000 + index * 7}`);
const groups = numbers.slice(0, 1000).map((to, index) => ({ to, values: [`第${index}位用户`, `8-1-${2000 + index}`] }));
const each = numbers.map((to, index) => ({ to, text: `${text}${index}` }));
const template = "【信使】{value0}您好，您的取件码是{value1}，请在今天取件。";
const ref = "benchmark0001";

/** A fetch that returns a reply of plain objects, which takes almost no time of its own. */
const stub = (vendor) => {
  const value = new TextEncoder().encode(accepted[vendor]);
  return async () => {
    const parts = [{ value }, { value: undefined }];
    return { status: 200, body: { getReader: () => ({ read: async () => parts.shift() }) } };
  };
};
const real = (vendor) => async () => new Response(accepted[vendor]);

const plan = (account, message) => (side) => {
  const sms = side.createSms({ vendors: { main: account } });
  return () => sms.plan(message).requests[0].body;
};
const send = (account, fetch) => (side) => {
  const sms = side.createSms({ vendors: { main: account }, fetch });
  return () => sms.send({ to: numbers[0], text, ref });
};
const many = (account, bulk, fetch) => (side) => {
  const sms = side.createSms({ vendors: { main: account }, fetch });
  return async () => {
    for await (const { status } of sms.sendMany(bulk)) if (status !== "accepted") throw new Error(status);
  };
};

/** Name, function, calls a round, and the maximum share of the other package's time, of each comparison. */
const rows = [
  ["plan, one text, apiv1", plan(apiv1, { to: numbers[0], text, ref }), 2000, 1 / 0.95],
  ["plan, 70 characters, smsadmin", plan(smsadmin, { to: numbers[0], text: gbk, ref }), 2000, 1 / 0.95],
  ["plan, 1,000 groups, smsadmin", plan(smsadmin, { template, each: groups, ref }), 20, 1 / 0.95],
  ["plan, 3,000 numbers, apiv1", plan(apiv1, { to: numbers.slice(0, 3000), text, ref }), 20, 1 / 0.95],
  ["send, GET, stub", send(binstd, stub("binstd")), 500, 2],
  ["send, POST, stub", send(apiv1, stub("apiv1")), 500, 4],
  ["send, POST, a real Response", send(apiv1, real("apiv1")), 500, 2.6],
  ["sendMany, 10,000 numbers, apiv1", many(apiv1, { to: numbers, text, ref }, real("apiv1")), 3, 1 / 0.9],
  ["sendMany, 10,000 texts, apiv1", many(apiv1, { each, ref }, stub("apiv1")), 1, 1 / 0.9],
];

const ROUNDS = 15;

/** Compares this package with another, by its folder. `ratio` is this one's share of the other's value. */
export async function benchAgainst(other) {
  const packages = [path.resolve(other), path.resolve(import.meta.dirname, "..", "pkg")];
  const results = await calls(packages);
  for (const { name, unit, values } of await benchRest(packages)) {
    const [there, here] = values;
    results.push({ name, unit, there, here, ratio: here / there, goal: REST_GOALS[name] });
  }
  const { added } = await benchAdded(packages);
  const [there, here] = added;
  results.push({ name: "cold start, added", unit: "ms", there, here, ratio: here / there, goal: "0.6 or less" });
  const { perSecond, processor } = await benchBeside(packages[0]);
  for (const [name, unit, values, goal] of [
    ["POST /otp/send in workerd", "a second", perSecond, "1.25 or more"],
    ["POST /otp/send in workerd, processor", "µs", processor, "0.8 or less"],
  ]) {
    results.push({ name, unit, there: values.there, here: values.here, ratio: values.ratio.median, goal });
  }
  return results;
}

const REST_GOALS = {
  "a number in the memory store, with its address": "0.5 or less",
  "sendMany to 100,000, processor": "0.77 or less",
  "the client's import and first plan": "1 or less",
};

/** The cost of calls of the client, in microseconds of processor time. */
async function calls(packages) {
  const load = (home) => import(pathToFileURL(path.join(home, "client/node.js")));
  const sides = await Promise.all(packages.map(load));
  const results = [];
  for (const [name, make, times, most] of rows) {
    const works = sides.map(make);
    for (const work of works) await time(work, times);
    const ratios = [];
    const spent = [[], []];
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const side of round % 2 === 0 ? [0, 1] : [1, 0]) spent[side].push(await time(works[side], times));
      ratios.push(spent[1].at(-1) / spent[0].at(-1));
    }
    const [there, here] = spent.map(median);
    results.push({ name, unit: "µs", there, here, ratio: median(ratios), goal: `${most.toFixed(2)} or less` });
  }
  return results;
}

function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}

/** The processor time of one of `times` calls, in microseconds. Other processes do not count. */
async function time(work, times) {
  const before = process.cpuUsage();
  for (let run = 0; run < times; run += 1) await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / times;
}
