// Everything but sending: vendors' operations and pushes.
import { createSms, parsePush, SmsError } from "xinshi";
import { createSandbox } from "xinshi/sandbox";
import { everyPush, pushEach } from "../../../scripts/every-push.mjs";
import { everyQuery, queryEach } from "../../../scripts/every-query.mjs";
import { check, equal, shown, throws } from "../expect.mjs";

const TEXT = "【信使】您的验证码是424242，5分钟内有效。";
const TO = "13812345678";
const KEY = "a-key-that-nobody-may-see";

export const queries = {
  async "every other operation of every vendor answers"() {
    const sandbox = createSandbox();
    let count = 0;
    for await (const one of queryEach({ createSms, sandbox, origin: "http://sandbox", fetch: sandbox.fetch })) {
      const { vendor, operation } = one.query;
      check(one.right, `${vendor} ${operation}: ${one.error ?? JSON.stringify(one.answer)}`);
      count += 1;
    }
    equal(count, everyQuery.length);
  },

  async "blocked words give a warning with their position"() {
    const sandbox = createSandbox();
    const vendors = { main: sandbox.config("binstd") };
    const words = await createSms({ vendors, fetch: sandbox.fetch }).vendor("main").blockedWords();
    const plan = createSms({ vendors, blockedWords: words }).plan({ to: TO, text: "【信使】😀主卧与停车场" });
    const warned = plan.warnings
      .filter(({ code }) => code === "blocked_word")
      .map(({ at, message }) => `${at} ${message.split(" ").at(-1)}`);
    equal(warned.sort().join(), "6 主卧,9 停车场");
    throws(() => createSms({ vendors, blockedWords: "主卧" }), "blockedWords");
  },

  async "every push is parsed, and its bytes are returned"({ sandbox: origin, hostile }) {
    let pushed = 0;
    for await (const one of pushEach({ parsePush, origin, echo: `${hostile}/echo` })) {
      check(one.right, `${one.push.vendor} ${one.push.operation}: ${JSON.stringify([one.pushed, one.read])}`);
      pushed += 1;
    }
    equal(pushed, everyPush.length);
  },

  async "a list iterates over every item of all pages"() {
    const sandbox = createSandbox();
    for (const vendor of ["liupai", "binstd"]) {
      const { accounts } = createSms({ vendors: { main: sandbox.config(vendor) }, fetch: sandbox.fetch }).vendor(
        "main",
      );
      for (let made = 0; made < 6; made += 1) {
        await accounts.create({ company: `公司${made}`, signature: `【公司${made}】`, total: 1 });
      }
      const seen = [];
      for await (const account of accounts.list({ pageSize: 3 })) seen.push(account.accountId);
      equal(seen.join(), "1,2,3,4,5,6,7");
      equal((await accounts.list({ page: 3, pageSize: 3 })).items.length, 1);
    }
  },

  async "a query that fails is an SmsError with its place"({ hostile }) {
    const sandbox = createSandbox();
    const vendors = { main: sandbox.config("binstd"), pull: sandbox.config("smsadmin") };
    const sms = createSms({ vendors, fetch: sandbox.fetch });
    const failures = [
      [
        () => sms.vendor("main").accounts.create({ company: "x", signature: "x", total: 1 }),
        "invalid_argument",
        "signature",
      ],
      [
        () => sms.vendor("main").accounts.create({ company: "x", signature: "【x】", total: 0 }),
        "invalid_argument",
        "total",
      ],
      [() => sms.vendor("main").templates.get(""), "invalid_argument", "templateId"],
      [() => sms.vendor("main").templates.get("99"), "template", undefined],
      [() => sms.vendor("main").accounts.list({ pagesize: 3 }), "invalid_argument", "pagesize"],
      [() => sms.vendor("pull").checkText("😀"), "invalid_argument", "text"],
    ];
    for (const [query, code, field] of failures) {
      const error = await query().then(
        () => undefined,
        (error) => error,
      );
      check(error instanceof SmsError && error.code === code && error.field === field, `${code} ${field}: ${error}`);
      check(error.vendor !== undefined && error.account !== undefined, "the place");
    }
    throws(() => sms.vendor("nobody"), "account");
    await sandbox.fetch("http://sandbox/faults", {
      method: "POST",
      body: JSON.stringify({ vendor: "smsadmin", operation: "report", fault: "garbage" }),
    });
    const lost = await sms
      .vendor("pull")
      .reports()
      .catch((error) => error);
    check(
      lost.code === "bad_reply" && lost.raw instanceof Uint8Array && lost.raw.length > 10,
      "the error has the bytes of the pull",
    );
    check(!("raw" in JSON.parse(JSON.stringify(lost))), "and not printed");
    const made = await sms
      .vendor("main")
      .accounts.create({ company: "x", signature: "【x】", replyPassword: KEY, total: 1 });
    const keys = JSON.stringify([made, Object.entries(made)]);
    check(made.replyPassword === KEY && !keys.includes(KEY), "a password is there and not printed");
    const { send } = sms;
    equal((await send({ to: TO, text: TEXT })).status, "rejected");
    const cut = { vendor: "binstd", appkey: KEY, baseUrl: `${hostile}/redirect`, method: "GET" };
    const rejected = await createSms({ vendors: { main: cut } })
      .vendor("main")
      .balance()
      .catch((error) => error);
    check(rejected.code === "bad_reply" && !shown(rejected).includes(KEY), "no key in an error");
  },

  async "pushes are parsed, and unreadable records are returned raw"() {
    const post = (body, query = "") => new Request(`http://hooks.example/x${query}`, { method: "POST", body });
    const report = { sendId: "t1", mobile: "13812345678", times: "2019-04-12 17:57:08", status: "UNDELIV" };
    const { reports } = await parsePush("apiv1", post(JSON.stringify([report, report])));
    equal(`${reports.length} ${reports[0].ref} ${reports[0].delivered}`, "2 t1 false");
    const query =
      "?Class=mo&SmsName=u&Mobile=13812345678&Message=%CD%CB%B6%A9&LinkId=r1&RevertTime=2019-04-12%2017:57:08";
    const { replies } = await parsePush("smsadmin", post("", query));
    equal(`${replies[0].text} ${replies[0].ref} ${replies[0].from}`, "退订 r1 +8613812345678");
    const [unparsed] = (await parsePush("apiv1", post('[{"status":"x"},{"mobile":"1","content":"TD"}]'))).unparsed;
    equal(new TextDecoder().decode(unparsed), '{"status":"x"}');
    const cut = (await parsePush("smsadmin", post("", "?Class=mo&Mobile=1&Message=%E9"))).unparsed;
    equal(new TextDecoder().decode(cut[0]), "Class=mo&Mobile=1&Message=%E9");
    const unknown = await parsePush("liasmart", post('{"message_id":1}'));
    equal(unknown.reports.length + unknown.replies.length, 0);
    equal(new TextDecoder().decode(unknown.raw), '{"message_id":1}');
    for (const [vendor, body, field] of [
      ["nobody", "", "vendor"],
      ["apiv1", "x".repeat((1 << 20) + 1), "request"],
    ]) {
      const error = await parsePush(vendor, post(body)).catch((error) => error);
      check(error instanceof SmsError && error.field === field, `${field}: ${error}`);
    }
  },
};
