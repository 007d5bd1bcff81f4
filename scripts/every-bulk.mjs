// Every way in which many texts share few requests. `npm start` shows them, and the tests run them on each runtime.

const SAME = "【信使】系统将于今晚维护，请提前保存。";
const few = ["13700000001", "13700000002", "13700000003"];
/** The first and the third are the same number. */
const numbers = ["13700000001", "13700000002", "+8613700000001", "13700000003"];
const own = [
  { to: "13700000001", text: "【信使】王先生，您的包裹已到。" },
  { to: "13700000002", text: "【信使】李女士，您的包裹已到。" },
  { to: "13700000003", text: "【信使】您的包裹已到, 请取件; 谢谢。" },
];
const template = "【信使】{value0}，您的取件码是{value1}。";
const filled = [
  { to: "13700000001", values: ["王先生", "8-1-2004"] },
  { to: "13700000002", values: ["李女士", "8-1-2005"] },
  { to: "13700000003", values: ["赵, 钱; 孙", "8-1-2006"] },
];

/** For each: the vendor, the bulk, and the operations that carry it. */
export const everyBulk = [
  { vendor: "liupai", bulk: { to: few, text: SAME }, operations: ["send", "send", "send"], wire: "one by one" },
  {
    vendor: "liasmart",
    bulk: { each: own },
    operations: ["SendSMS", "SendSMS", "SendSMS"],
    wire: "one by one",
  },
  { vendor: "binstd", bulk: { to: numbers, text: SAME }, operations: ["send"], wire: "one text, joined by ," },
  { vendor: "binstd", bulk: { each: own }, operations: ["send", "send"], wire: "texts joined by ,, one apart" },
  { vendor: "apiv1", bulk: { to: numbers, text: SAME }, operations: ["send"], wire: "one text, joined by ," },
  { vendor: "apiv1", bulk: { template, each: filled }, operations: ["send", "send", "send"], wire: "a text each" },
  {
    vendor: "smsadmin",
    account: { method: "GET" },
    bulk: { to: numbers, text: SAME },
    operations: ["get_send_md5"],
    wire: "one text, joined by ;",
  },
  {
    vendor: "smsadmin",
    bulk: { to: numbers, text: SAME },
    operations: ["post_send_md5"],
    wire: "one text, joined by ;",
  },
  {
    vendor: "smsadmin",
    bulk: { template, each: filled },
    operations: ["post_send_ddt", "post_send_md5"],
    wire: "template and values, GBK twice",
  },
  {
    vendor: "smsadmin",
    account: { urlencoded: true },
    bulk: { each: own },
    operations: ["post_send_ddt", "post_send_urldecode"],
    wire: "texts as values, GBK twice",
  },
  { vendor: "aliyun", bulk: { to: numbers, text: SAME }, operations: ["SendSms"], wire: "one text, joined by ," },
  {
    vendor: "aliyun",
    bulk: { each: own },
    operations: ["SendBatchSms"],
    wire: "a signature and values each, in lists of JSON",
  },
  { vendor: "tencent", bulk: { to: numbers, text: SAME }, operations: ["SendSms"], wire: "one text, a list of JSON" },
  {
    vendor: "tencent",
    bulk: { template, each: filled },
    operations: ["SendSms", "SendSms", "SendSms"],
    wire: "a text each",
  },
];

/** The text that each number should receive. */
function expected({ to, text, each, template }) {
  const textOf = ({ text, values }) =>
    text ?? values.reduce((all, value, n) => all.replace(`{value${n}}`, value), template);
  const texts = each ? each.map((one) => [one.to, textOf(one)]) : to.map((number) => [number, text]);
  return new Map(texts.map(([number, text]) => [number.replace("+86", ""), text]));
}

/** Sends each bulk to a sandbox at `origin` and yields its outcomes. */
export async function* bulkEach({ createSms, sandbox, origin, fetch = globalThis.fetch }) {
  for (const way of everyBulk) {
    const account = { ...sandbox.config(way.vendor), ...way.account, baseUrl: `${origin}/${way.vendor}` };
    const sms = createSms({ vendors: { [way.vendor]: account }, fetch });
    await fetch(`${origin}/inbox`, { method: "DELETE" });
    const plan = sms.plan(way.bulk);
    const outcomes = [];
    for await (const outcome of sms.sendMany(way.bulk)) outcomes.push(outcome);
    const inbox = await fetch(`${origin}/inbox`, { headers: { accept: "application/json" } });
    const received = (await inbox.json()).map(({ to, text }) => [to.replace("+86", ""), text]);
    const texts = expected(way.bulk);
    const right =
      plan.requests.map(({ operation }) => operation).join() === way.operations.join() &&
      outcomes.length === way.operations.length &&
      outcomes.every(({ status, ref, index }) => status === "accepted" && ref.endsWith(String(index))) &&
      received.length === texts.size &&
      received.every(([to, text]) => texts.get(to) === text);
    yield { way: { ...way, operation: [...new Set(way.operations)].join(" + ") }, plan, outcomes, received, right };
  }
}
