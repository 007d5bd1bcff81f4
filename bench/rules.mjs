// npm run bench: what the rules cost beside building a request without them, in the same run and by turns.
import { createSms } from "xinshi";
import "xinshi/rules";

const vendors = {
  apiv1: { vendor: "apiv1", account: "demo", password: "secret", baseUrl: "http://sms.example.com" },
  smsadmin: { vendor: "smsadmin", uid: "demo", pwd: "secret", baseUrl: "http://sms.example.com" },
};
const checked = createSms({ vendors });
const unchecked = createSms({ vendors, rules: false });

const text = "【信使】您的验证码是112233，5分钟内有效，请勿告诉他人。";
const numbers = Array.from({ length: 3000 }, (_, index) => `138${String(10_000_000 + index * 7)}`);
const template = "【信使】{value0}您好，您的取件码是{value1}，请在今天取件。";
const groups = numbers.slice(0, 1000).map((to, index) => ({ to, values: [`第${index}位用户`, `8-1-${2000 + index}`] }));
const ref = "benchmark0001";

/** What is built, how often a round, and how much longer it may take with the rules. */
const cases = [
  { name: "one text", account: "apiv1", message: { to: numbers[0], text, ref }, times: 5000, most: 0.3 },
  { name: "one code", account: "apiv1", message: { to: numbers[0], text, ref, kind: "otp" }, times: 5000, most: 0.3 },
  { name: "3,000 numbers", account: "apiv1", message: { to: numbers, text, ref }, times: 20, most: 0.2 },
  { name: "1,000 groups", account: "smsadmin", message: { template, each: groups, ref }, times: 20, most: 0.2 },
];

const ROUNDS = 41;

/** Compares building with and without the rules; `more` is how much longer it takes with them. */
export function benchRules() {
  return cases.map(({ name, account, message, times, most }) => {
    const build = (sms) => () => sms.plan(message, account).requests[0].body;
    const [withRules, without] = [build(checked), build(unchecked)];
    if (checked.plan(message, account).warnings.length !== unchecked.plan(message, account).warnings.length) {
      throw new Error(`${name}: the text must be one that nothing is found in`);
    }
    const rounds = Array.from({ length: ROUNDS }, (_, round) => {
      const first = round % 2 === 0 ? [withRules, without] : [without, withRules];
      const spent = new Map(first.map((side) => [side, time(side, times)]));
      return {
        rules: spent.get(withRules),
        none: spent.get(without),
        more: spent.get(withRules) / spent.get(without) - 1,
      };
    }).slice(1);
    const median = (of) => rounds.map((round) => round[of]).sort((a, b) => a - b)[Math.floor(rounds.length / 2)];
    return { name, withMicroseconds: median("rules"), withoutMicroseconds: median("none"), more: median("more"), most };
  });
}

function time(work, times) {
  const started = performance.now();
  for (let run = 0; run < times; run += 1) work();
  return ((performance.now() - started) * 1000) / times;
}
