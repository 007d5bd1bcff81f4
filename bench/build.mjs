// npm run bench: the cost of building a request, beside a hand-written client in the same run. Machines are noisy; the
// result is the median ratio of rounds in which both take turns.
import { createSms } from "xinshi";
import { apiv1, smsadmin } from "./hand-written.mjs";

const accounts = {
  apiv1: { vendor: "apiv1", account: "demo", password: "secret", baseUrl: "http://sms.example.com" },
  smsadmin: { vendor: "smsadmin", uid: "demo", pwd: "secret", baseUrl: "http://sms.example.com" },
};
const ours = createSms({ vendors: accounts });
const theirs = { apiv1: apiv1(accounts.apiv1), smsadmin: smsadmin(accounts.smsadmin) };

const text = "【信使】您的验证码是112233，5分钟内有效，请勿告诉他人。";
const gbk = `【信使】${"验证码短信通知服务平台".repeat(6)}`.slice(0, 70);
const numbers = Array.from({ length: 3000 }, (_, index) => `138${String(10_000_000 + index * 7)}`);
const template = "【信使】{value0}您好，您的取件码是{value1}，请在今天取件。";
const groups = numbers.slice(0, 1000).map((to, index) => ({ to, values: [`第${index}位用户`, `8-1-${2000 + index}`] }));
const ref = "benchmark0001";

/** The work of each side, its repetitions in a round, and the minimum ratio to the rival. */
const cases = [
  {
    name: "one text, apiv1",
    account: "apiv1",
    message: { to: numbers[0], text, ref },
    theirs: theirs.apiv1,
    times: 2000,
    floor: 0.5,
  },
  {
    name: "a text of 70 characters, smsadmin",
    account: "smsadmin",
    message: { to: numbers[0], text: gbk, ref },
    theirs: theirs.smsadmin.one,
    times: 2000,
    floor: 0.5,
  },
  {
    name: "post_send_ddt, 1,000 groups",
    account: "smsadmin",
    message: { template, each: groups, ref },
    theirs: theirs.smsadmin.each,
    times: 20,
    floor: 1,
  },
  {
    name: "apiv1, 3,000 numbers",
    account: "apiv1",
    message: { to: numbers, text, ref },
    theirs: theirs.apiv1,
    times: 20,
    floor: 1,
  },
];

const ROUNDS = 41;

/** Compares both sides of each case. `ratio` is the rival's time divided by xinshi's. */
export function benchBuilding() {
  return cases.map(({ name, account, message, theirs, times, floor }) => {
    const xinshi = () => {
      const [request] = ours.plan(message, account).requests;
      return { url: request.url, headers: request.headers, body: request.body };
    };
    const rival = () => theirs({ ...message, ref: Array.isArray(message.to) || message.each ? `${ref}0` : ref });
    const built = xinshi();
    const expected = rival();
    const type = "content-type";
    if (
      built.url !== expected.url ||
      built.headers[type] !== expected.headers[type] ||
      new TextDecoder().decode(built.body) !== expected.body
    ) {
      throw new Error(`${name}: both sides must build the same request`);
    }
    const rounds = Array.from({ length: ROUNDS }, (_, round) => {
      const first = round % 2 === 0 ? [xinshi, rival] : [rival, xinshi];
      const spent = new Map(first.map((side) => [side, time(side, times)]));
      return { xinshi: spent.get(xinshi), rival: spent.get(rival), ratio: spent.get(rival) / spent.get(xinshi) };
    }).slice(1);
    const median = (of) => rounds.map((round) => round[of]).sort((a, b) => a - b)[Math.floor(rounds.length / 2)];
    return {
      name,
      xinshiMicroseconds: median("xinshi"),
      rivalMicroseconds: median("rival"),
      ratio: median("ratio"),
      floor,
    };
  });
}

function time(work, times) {
  const started = performance.now();
  for (let run = 0; run < times; run += 1) work();
  return ((performance.now() - started) * 1000) / times;
}
