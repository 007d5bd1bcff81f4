// Sending one text.
import { countSegments, createSms, SmsError } from "xinshi";
import { SmsError as EdgeSmsError } from "xinshi/edge";
import { createSandbox, SmsError as SandboxSmsError } from "xinshi/sandbox";
import { arrived, everySend, sendEach } from "../../../scripts/every-send.mjs";
import { check, equal, fails, shown, throws } from "../expect.mjs";

const TEXT = "【信使】您的验证码是424242，5分钟内有效。";
const TO = "13812345678";
const KEY = "a-key-that-nobody-may-see";

export const send = {
  async "a text arrives unchanged by every vendor, method and mode"({ sandbox: origin }) {
    let sent = 0;
    for await (const one of sendEach({ createSms, sandbox: createSandbox(), origin })) {
      check(arrived(one), `${one.way.vendor} ${one.way.operation}: ${JSON.stringify(one)}`);
      equal(one.plan.requests[0].operation, one.way.operation);
      sent += 1;
    }
    equal(sent, everySend.length);
  },

  async "a plan equals the sent request"() {
    let left;
    const sms = createSms({
      vendors: { main: { vendor: "smsadmin", uid: "u", pwd: "p" } },
      fetch: async (url, init) => {
        left = { url, init };
        return new Response("0");
      },
    });
    const plan = sms.plan({ to: TO, text: TEXT });
    await sms.send(plan);
    equal(left.url, plan.requests[0].url);
    equal(left.init.method, "POST");
    equal(left.init.redirect, "manual");
    equal(left.init.headers["content-type"], plan.requests[0].headers["content-type"]);
    equal([...left.init.body].join(), [...plan.requests[0].body].join());
    check(new TextDecoder().decode(left.init.body).includes(`linkid=${plan.ref}`), "the plan's ref leaves");
    equal(plan.segments, 1);
  },

  async "a caller that changes a plan's bytes does not change the plan"() {
    const vendors = { main: { vendor: "apiv1", account: "a", password: "p", baseUrl: "http://sms.example.com" } };
    const sms = createSms({ vendors });
    const text = (bytes) => new TextDecoder().decode(bytes);
    const { requests } = sms.plan({ each: ["1", "2"].map((digit) => ({ to: TO, text: `【信使】${digit}` })) });
    const bodies = requests.map(({ body }) => text(body));
    check(bodies.length === 2 && bodies[0].endsWith("1") && bodies[1].endsWith("2"), bodies.join());
    for (let time = 0; time < 3; time += 1) {
      sms.plan({ to: TO, text: TEXT });
      const body = requests[1].body;
      equal(text(body), bodies[1]);
      body.fill(0);
      requests[1].headers["content-type"] = "changed";
      equal(requests[1].headers["content-type"], "application/x-www-form-urlencoded");
    }
    equal(text(requests[0].body), bodies[0]);
  },

  async "a message gives the same request in every encoding of the boundary"() {
    const account = { vendor: "apiv1", account: "a", password: "p", baseUrl: "https://sms.example.com" };
    const name = "账\t号\n😀";
    const sms = createSms({ vendors: { first: account, [name]: account } });
    const message = { to: TO, text: "【信使】\t1\n2😀é", ref: "r1" };
    const shown = (message) => {
      const plan = sms.plan(message, name);
      return [plan.account, plan.ref, new TextDecoder().decode(plan.requests[0].body), plan.characters].join();
    };
    const expected = shown(message);
    check(expected.includes(encodeURIComponent(message.text)) && expected.startsWith(`${name},r1,`), expected);
    // A message with a kind, or with a `toJSON` of its own, crosses as JSON.
    equal(shown({ ...message, kind: "notice" }), expected);
    equal(shown({ ...message, typo: 1, toJSON: () => message }), expected);
    equal(sms.plan({ to: TO, text: TEXT }).ref.length, 24);
    // An inherited property is no field, an empty reference is none, and a reference with a tab is invalid.
    const { text, ...rest } = message;
    throws(() => sms.plan(Object.assign(Object.create({ text }), rest)), "text");
    for (const ref of ["", "\t", "r\t1", 1, null, "\ud83d"]) {
      const wrong = () => sms.plan({ to: TO, text: TEXT, ref });
      if (ref === null) equal(wrong().ref.length, 24);
      else throws(wrong, "ref");
    }
    throws(() => sms.plan({ to: `${TO}\tx`, text: TEXT }), "to");
    throws(() => sms.plan({ to: TO, text: "\udc00" }), "text");
  },

  async "a bad input's error has code and field, and nothing is sent"() {
    let calls = 0;
    const fetch = async () => {
      calls += 1;
      return new Response("");
    };
    const sms = createSms({ vendors: { main: { vendor: "smsadmin", uid: "u", pwd: KEY } }, fetch });
    const messages = [
      [undefined, "invalid_argument", "message"],
      ["text", "invalid_argument", "message"],
      [{ to: "1381234567", text: TEXT }, "number", "to"],
      [{ to: "1381234567O", text: TEXT }, "number", "to"],
      [{ to: TO, text: "" }, "content", "text"],
      [{ to: TO, text: "【信使】😀" }, "content", "text"],
      [{ to: TO, text: "【信使】\ud83d" }, "invalid_argument", "text"],
      [{ to: TO, text: TEXT, kind: "ad" }, "invalid_argument", "kind"],
      [{ to: TO, text: TEXT, ref: "a-b" }, "invalid_argument", "ref"],
      [{ to: TO, text: TEXT, sendAt: new Date(Number.NaN) }, "invalid_argument", "sendAt"],
      [{ to: TO, text: TEXT, sendAt: "2026-01-01" }, "invalid_argument", "sendAt"],
      [{ to: TO, text: TEXT, templateId: "1" }, "unsupported", "templateId"],
      [{ to: TO, text: TEXT, typo: 1 }, "invalid_argument", "typo"],
      [{ to: TO, text: 1n }, "invalid_argument", "text"],
      [{ to: TO, text: Number.NaN }, "invalid_argument", "text"],
      [
        {
          get to() {
            throw new Error("a getter");
          },
          text: TEXT,
        },
        "invalid_argument",
        "to",
      ],
    ];
    for (const [message, code, field] of messages) {
      const outcome = await sms.send(message);
      const context = `${field} ${code}`;
      const where = { vendor: "smsadmin", account: "main", operation: "post_send_md5" };
      fails(outcome, "rejected", { code, sent: "no", field, ...where }, context);
      equal(outcome.ref === "a-b" || message?.ref === undefined, true);
    }
    fails(await sms.send({ to: TO, text: TEXT }, { timeoutMs: -1 }), "rejected", { field: "timeoutMs" });
    fails(await sms.send({ to: TO, text: TEXT }, { timeoutMs: Number.NaN }), "rejected", { field: "timeoutMs" });
    fails(await sms.send({ to: TO, text: TEXT }, { signal: {} }), "rejected", { field: "signal" });
    equal(calls, 0);
    throws(() => createSms({ vendors: { main: { vendor: "liupai", appkey: "" } } }), "vendors.main.appkey");
    throws(() => createSms({ vendors: { main: { vendor: "liupai", appkey: KEY } }, fetch: 1 }), "fetch");
    throws(() => createSms(), "vendors");
    throws(() => sms.plan({ to: TO, text: TEXT }, "nobody"), "account");
    throws(() => sms.plan({ to: "1", text: TEXT }), "to");
    throws(() => countSegments(7), "text");
  },

  async "a plan contains the error of a rejected message"() {
    const sms = createSms({ vendors: { main: { vendor: "smsadmin", uid: "u", pwd: KEY } } });
    const plan = sms.plan({ to: "+14155550123", text: "😀 and 𠮷", kind: "marketing" });
    equal(plan.requests.length, 0);
    check(plan.rejected instanceof SmsError && plan.rejected.code === "number", "the first rejection");
    const codes = plan.warnings.map(({ code, at }) => `${code}${at === undefined ? "" : `@${at}`}`);
    equal(codes.join(" "), "number unencodable@0 unencodable@7 no_signature no_opt_out plaintext_http");
    fails(await sms.send(plan), "rejected", { code: "number", sent: "no" });
  },

  async "returned objects show no secret"({ hostile }) {
    const events = [];
    const vendors = { main: { vendor: "binstd", appkey: KEY, method: "GET", baseUrl: `${hostile}/redirect` } };
    const sms = createSms({ vendors, on: (event) => events.push(event) });
    const plan = sms.plan({ to: TO, text: TEXT });
    const outcome = await sms.send(plan);
    for (const value of [sms, plan, plan.requests, outcome, outcome.error, events]) {
      check(!shown(value).includes(KEY), `shows the key: ${shown(value)}`);
    }
    check(plan.requests[0].url.includes(KEY), "the exact URL holds the key");
    check(
      !plan.requests[0].toCurl().includes(KEY) && plan.requests[0].toCurl().includes("[redacted]"),
      "curl is redacted",
    );
    check(shown(plan).includes("[redacted]"), "the plan says that something is left out");
    for (const secret of [TO, "424242", TEXT]) {
      check(
        !shown(events).includes(secret) && !shown(outcome.error).includes(secret),
        `events or errors show ${secret}`,
      );
    }
    equal(events.map(({ type }) => type).join(), "attempt,attempted,outcome");
    equal(events[0].to[0], "138****5678");
  },

  async "an observer that throws or rejects changes nothing"({ sandbox: origin }) {
    const config = { ...createSandbox().config("apiv1"), baseUrl: `${origin}/apiv1` };
    const observers = [
      () => {
        throw new Error("observer");
      },
      async () => {
        throw new Error("observer");
      },
    ];
    for (const on of observers) {
      const outcome = await createSms({ vendors: { main: config }, on }).send({ to: "13900000002", text: TEXT });
      equal(outcome.status, "accepted");
    }
  },

  async "a message that changes after the call is sent as it was"() {
    const sandbox = createSandbox();
    const sms = createSms({ vendors: { main: sandbox.config("apiv1") }, fetch: sandbox.fetch });
    const message = { to: "", text: TEXT };
    const sending = ["13900000011", "13900000012", "13900000013"].map((to) => {
      message.to = to;
      return sms.send(message);
    });
    await Promise.all(sending);
    const inbox = await sandbox.fetch("http://sandbox/inbox", { headers: { accept: "application/json" } });
    const numbers = (await inbox.json()).map(({ to }) => to).sort();
    equal(numbers.join(), "+8613900000011,+8613900000012,+8613900000013");
  },

  async "events report the failure before the next account is tried"({ hostile }) {
    const sandbox = createSandbox();
    const events = [];
    const vendors = { first: { vendor: "binstd", appkey: "wrong" }, second: sandbox.config("apiv1") };
    const sms = createSms({ vendors, fetch: sandbox.fetch, on: (event) => events.push(event) });
    equal((await sms.send({ to: TO, text: TEXT })).account, "second");
    const summary = events.map(({ type, account, error }) => `${type} ${account} ${error?.code ?? ""}`.trim());
    equal(summary.join(), "attempt first,attempted first auth,attempt second,attempted second,outcome second");
    const one = createSms({ vendors: { main: { vendor: "binstd", appkey: KEY, baseUrl: `${hostile}/cut` } } });
    equal((await one.send({ to: "1", text: TEXT, ref: "abc" })).ref, "abc");
  },

  async "concurrent sends have their own outcomes"({ sandbox: origin }) {
    const config = { ...createSandbox().config("liasmart"), baseUrl: `${origin}/liasmart` };
    const sms = createSms({ vendors: { main: config } });
    const numbers = Array.from({ length: 40 }, (_, index) => `137${String(10_000_000 + index)}`);
    const outcomes = await Promise.all(numbers.map((to) => sms.send({ to, text: TEXT, ref: `r${to}` })));
    for (const [index, outcome] of outcomes.entries()) {
      equal(`${outcome.status} ${outcome.to} ${outcome.ref}`, `accepted +86${numbers[index]} r${numbers[index]}`);
    }
    equal(new Set(outcomes.map(({ id }) => id)).size, 40);
    check(BigInt(outcomes[0].id) > 2n ** 53n, "ids above 2^53 keep their digits");
  },

  async "all entries share one error class"() {
    check(SmsError === EdgeSmsError && SmsError === SandboxSmsError, "three imports, one class");
    throws(() => createSandbox().config("nobody"), "vendor");
  },

  async "a sandbox in the program replaces fetch"() {
    const sandbox = createSandbox({ seed: 1, now: () => 0 });
    const sms = createSms({ vendors: { main: sandbox.config("smsadmin") }, fetch: sandbox.fetch });
    equal((await sms.send({ to: TO, text: TEXT, ref: "r1", sendAt: new Date(1709222400000) })).status, "accepted");
    const inbox = await sandbox.fetch("http://sandbox/inbox", { headers: { accept: "application/json" } });
    const [received] = await inbox.json();
    equal(
      JSON.stringify([received.text, received.ref, received.at]),
      JSON.stringify([TEXT, "r1", "2024-02-29T16:00:00.000Z"]),
    );
  },

  async "segments are counted"() {
    equal(JSON.stringify(countSegments("信".repeat(71))), '{"segments":2,"characters":71}');
    equal(countSegments("a".repeat(160), "gsm").segments, 1);
  },
};
