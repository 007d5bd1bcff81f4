// Every documented operation other than sending, called at the sandbox by the package. `npm start` shows them, and the
// tests run them on each runtime.
import { vendors } from "xinshi/vendors";

const account = { company: "信使科技", signature: "【信使科技】", replyPassword: "nobody-sees-this", total: 10 };
const template = { accountId: "1", name: "验证码", content: "【信使】您的验证码是@", marketing: false };

const appkeyQuestions = (vendor) => [
  {
    vendor,
    operation: "addaccount",
    ask: (client) => client.accounts.create(account),
    answers: (made) => made.accountId === "2" && made.company === account.company && made.total === 10,
  },
  {
    vendor,
    operation: "editaccount",
    ask: (client) => client.accounts.update({ ...account, accountId: "2", total: 20 }),
    answers: (made) => made.total === 20,
  },
  {
    vendor,
    operation: "accountlist",
    ask: (client) => client.accounts.list({ pageSize: 1 }),
    answers: (page) => page.items.length === 1 && page.total === 2 && page.next === 2,
  },
  {
    vendor,
    operation: "addtemplate",
    ask: (client) => client.templates.create(template),
    answers: (made) => made.templateId === "1" && made.name === template.name && made.marketing === false,
  },
  {
    vendor,
    operation: "templatelist",
    ask: (client) => client.templates.list({ accountId: "1" }),
    answers: (page) => page.items[0].content === template.content && page.next === undefined,
  },
  {
    vendor,
    operation: "balance",
    ask: (client) => client.balance(),
    answers: (balance) => balance.remaining > 0 && balance.accounts[0].accountId === "1",
  },
];

/** For each operation: the vendor, the vendor's name of it, a call, and a check of the result. */
export const everyQuery = [
  ...appkeyQuestions("liupai"),
  {
    vendor: "liupai",
    operation: "sendlogs",
    ask: (client) => client.logs({ startDate: "2020-01-01" }),
    answers: (page) => page.items.at(-1).to === "13800000000" && page.items.at(-1).ok,
  },
  ...appkeyQuestions("binstd"),
  {
    vendor: "binstd",
    operation: "edittemplate",
    ask: (client) => client.templates.update({ ...template, templateId: "1", marketing: true }),
    answers: (made) => made.marketing,
  },
  {
    vendor: "binstd",
    operation: "templatedetail",
    ask: (client) => client.templates.get("1"),
    answers: (one) => one.templateId === "1" && one.status === "1",
  },
  {
    vendor: "binstd",
    operation: "blackword",
    ask: (client) => client.blockedWords(),
    answers: (words) => words.includes("售罄"),
  },
  {
    vendor: "apiv1",
    operation: "queryBalance",
    ask: (client) => client.balance(),
    answers: (balance) => balance.remaining === 200000 && balance.payment === "prepaid",
  },
  {
    vendor: "apiv1",
    operation: "report",
    ask: (client) => client.reports(),
    answers: (reports) =>
      reports.at(-1).ref === "everyquestion" && reports.at(-1).delivered && reports.unparsed.length === 0,
  },
  {
    vendor: "apiv1",
    operation: "mo",
    ask: (client) => client.replies(),
    answers: ([reply]) => reply.text === "退订/TD" && reply.from === "+8613800000000",
  },
  {
    vendor: "smsadmin",
    operation: "user_info",
    ask: (client) => client.balance(),
    answers: (balance) => balance.remaining === 91000,
  },
  {
    vendor: "smsadmin",
    operation: "user_info_urldecode",
    account: { urlencoded: true },
    ask: (client) => client.balance(),
    answers: (balance) => balance.remaining === 91000,
  },
  {
    vendor: "smsadmin",
    operation: "mgz",
    ask: (client) => client.checkText("主卧和停车场"),
    answers: (words) => words.join() === "停车场,主卧",
  },
  {
    vendor: "smsadmin",
    operation: "report",
    ask: (client) => client.reports(),
    answers: (reports) =>
      reports.length > 0 && reports.every(({ delivered, at }) => delivered && at.endsWith("+08:00")),
  },
  {
    vendor: "smsadmin",
    operation: "reve",
    ask: (client) => client.replies(),
    answers: ([reply]) => reply.text === "退订/TD" && reply.ext === "56666",
  },
  {
    vendor: "smsadmin",
    operation: "reve_urlencode",
    account: { urlencoded: true },
    ask: (client) => client.replies(),
    answers: ([reply]) => reply.text === "退订/TD" && reply.ref === "everyquestion",
  },
  {
    vendor: "aliyun",
    operation: "QuerySendDetails",
    ask: (client) => client.logs({ to: "13800000000", date: beijingDay() }),
    answers: (page) => page.items[0].ref === "everyquestion" && page.items[0].ok && page.next === undefined,
  },
  {
    vendor: "aliyun",
    operation: "QuerySmsTemplateList",
    ask: (client) => client.templates.list({ pageSize: 1 }),
    answers: (page) => page.items[0].templateId === "SMS_100000001" && page.total === 2 && page.next === 2,
  },
  {
    vendor: "aliyun",
    operation: "GetSmsTemplate",
    ask: (client) => client.templates.get("SMS_100000001"),
    answers: (one) => one.status === "1" && one.content.startsWith("您的验证码是$"),
  },
  {
    vendor: "aliyun",
    operation: "QuerySmsSignList",
    ask: (client) => client.signatures.list(),
    answers: (page) => page.items[0].name === "信使" && page.next === undefined,
  },
  {
    vendor: "aliyun",
    operation: "GetSmsSign",
    ask: (client) => client.signatures.get("信使"),
    answers: (one) => one.name === "信使" && one.status === "1",
  },
  {
    vendor: "aliyun",
    operation: "CheckSmsVerifyCode",
    ask: (client) => client.checkCode({ to: "13800000000", code: "1234" }),
    answers: (check) => !check.passed && check.status === "UNKNOWN",
  },
  {
    vendor: "tencent",
    operation: "PullSmsSendStatus",
    ask: (client) => client.reports(),
    answers: (reports) => reports.at(-1).ref === "everyquestion" && reports.at(-1).delivered,
  },
  {
    vendor: "tencent",
    operation: "PullSmsReplyStatus",
    ask: (client) => client.replies(),
    answers: ([reply]) => reply.text === "退订/TD" && reply.from === "+8613800000000",
  },
  {
    vendor: "tencent",
    operation: "DescribeSmsTemplateList",
    ask: (client) => client.templates.list({ pageSize: 1 }),
    answers: (page) => page.items[0].templateId === "1000001" && page.next === 2,
  },
  {
    vendor: "tencent",
    operation: "DescribeSmsTemplateList",
    ask: (client) => client.templates.get("1000002"),
    answers: (one) => one.content === "{1}" && one.status === "0",
  },
  {
    vendor: "tencent",
    operation: "DescribeSmsSignList",
    ask: (client) => client.signatures.list(),
    answers: (page) => page.items[0].name === "信使",
  },
  {
    vendor: "tencent",
    operation: "DescribeSmsSignList",
    ask: (client) => client.signatures.get("2000001"),
    answers: (one) => one.id === "2000001" && one.status === "0",
  },
];

/** Today in Beijing, `2026-01-05`. */
const beijingDay = () => new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 10);

/** Calls each operation of a fresh sandbox at `origin`. Yields the operation and its result, or the error. */
export async function* queryEach({ createSms, sandbox, origin, fetch = globalThis.fetch }) {
  for (const one of everyQuery) {
    const query = { ...one, wire: wireOf(one.vendor) };
    const { vendor, operation } = query;
    const config = { ...sandbox.config(vendor), baseUrl: `${origin}/${vendor}`, ...query.account };
    const client = createSms({ vendors: { [vendor]: config }, fetch }).vendor(vendor);
    // Some operations need a record first: a text that was sent, or a person's reply.
    if (["sendlogs", "report", "QuerySendDetails", "PullSmsSendStatus"].includes(operation)) {
      await client.send({ to: "13800000000", text: "【信使】您的验证码是1234", ref: "everyquestion" });
    }
    if (["mo", "reve", "reve_urlencode", "PullSmsReplyStatus"].includes(operation)) {
      const reply = { vendor, from: "13800000000", text: "退订/TD", ref: "everyquestion" };
      await fetch(`${origin}/replies`, { method: "POST", body: JSON.stringify(reply) });
    }
    try {
      const answer = await query.ask(client);
      yield { query, answer, right: Boolean(query.answers(answer)) && answer.raw instanceof Uint8Array };
    } catch (error) {
      yield { query, error, right: false };
    }
  }
}

/** The charset of a vendor's wire. */
const wireOf = (vendor) => vendors.find(({ name }) => name === vendor).charset.toUpperCase();
