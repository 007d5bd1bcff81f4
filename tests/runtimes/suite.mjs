// What must hold on every runtime. Imports the package by its name and knows no test runner: `run` yields a result a case.
import { countSegments, createSms, init, parsePush, SmsError } from "xinshi";
import { createHandler, SmsError as EdgeSmsError } from "xinshi/edge";
import { createSandbox, SmsError as SandboxSmsError } from "xinshi/sandbox";
import { bulkEach, everyBulk } from "../../scripts/every-bulk.mjs";
import { everyPush, pushEach } from "../../scripts/every-push.mjs";
import { askEach, everyQuestion } from "../../scripts/every-question.mjs";
import { arrived, sendEach } from "../../scripts/every-send.mjs";
import { check, equal, fails, shown, throws } from "./expect.mjs";

const TEXT = "【信使】您的验证码是424242，5分钟内有效。";
const TO = "13812345678";
const KEY = "a-key-that-nobody-may-see";

/**
 * Runs every case.
 * @param {object} world `sandbox`: origin of `xinshi sandbox`; `hostile`: origin of the hostile server; `closed`: an origin
 *   where nothing listens; `tellsRefusals`: whether this runtime's fetch says that a connection was refused;
 *   `redirectStatus`: what it shows of a 307; `byScript`: whether JSONP is asked for by a script tag; `skips`: reasons, by the names of cases that cannot hold there.
 */
export async function* run(world) {
  await init();
  for (const [name, test] of Object.entries(cases)) {
    if (world.skips?.[name]) {
      yield { name, skipped: world.skips[name] };
      continue;
    }
    try {
      await test(world);
      yield { name, ok: true };
    } catch (error) {
      yield { name, ok: false, error: String(error?.stack ?? error) };
    }
  }
}

const cases = {
  async "every vendor, method and mode arrives as it was sent"({ sandbox: origin }) {
    let sent = 0;
    for await (const one of sendEach({ createSms, sandbox: createSandbox(), origin })) {
      check(arrived(one), `${one.way.vendor} ${one.way.operation}: ${JSON.stringify(one)}`);
      equal(one.plan.requests[0].operation, one.way.operation);
      sent += 1;
    }
    equal(sent, 13);
  },

  async "every other operation of every vendor answers"() {
    const sandbox = createSandbox();
    let asked = 0;
    for await (const one of askEach({ createSms, sandbox, origin: "http://sandbox", fetch: sandbox.fetch })) {
      const { vendor, operation } = one.question;
      check(one.right, `${vendor} ${operation}: ${one.error ?? JSON.stringify(one.answer)}`);
      asked += 1;
    }
    equal(asked, everyQuestion.length);
  },

  async "every way of sending many arrives, in as few requests as the vendor takes"() {
    const sandbox = createSandbox();
    let sent = 0;
    for await (const one of bulkEach({ createSms, sandbox, origin: "http://sandbox", fetch: sandbox.fetch })) {
      const { vendor, operation } = one.way;
      check(one.right, `${vendor} ${operation}: ${JSON.stringify([one.outcomes, one.received, one.plan.requests])}`);
      sent += 1;
    }
    equal(sent, everyBulk.length);
  },

  async "every push is read as far as it is understood, and kept"({ sandbox: origin, hostile }) {
    let pushed = 0;
    for await (const one of pushEach({ parsePush, origin, echo: `${hostile}/echo` })) {
      check(one.right, `${one.push.vendor} ${one.push.operation}: ${JSON.stringify([one.pushed, one.read])}`);
      pushed += 1;
    }
    equal(pushed, everyPush.length);
  },

  async "lists are pages, and iterated, every item of all pages"() {
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

  async "a question that fails is an SmsError with its place"({ hostile }) {
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
    for (const [ask, code, field] of failures) {
      const error = await ask().then(
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
      "what a pull brought is kept",
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
    const refused = await createSms({ vendors: { main: cut } })
      .vendor("main")
      .balance()
      .catch((error) => error);
    check(refused.code === "bad_reply" && !shown(refused).includes(KEY), "no key in an error");
  },

  async "pushes are read, and what is not understood is kept"() {
    const post = (body, query = "") => new Request(`http://hooks.example/x${query}`, { method: "POST", body });
    const report = { sendId: "t1", mobile: "13812345678", times: "2019-04-12 17:57:08", status: "UNDELIV" };
    const { reports } = await parsePush("apiv1", post(JSON.stringify([report, report])));
    equal(`${reports.length} ${reports[0].ref} ${reports[0].delivered}`, "2 t1 false");
    const query =
      "?Class=mo&SmsName=u&Mobile=13812345678&Message=%CD%CB%B6%A9&LinkId=r1&RevertTime=2019-04-12%2017:57:08";
    const { replies } = await parsePush("smsadmin", post("", query));
    equal(`${replies[0].text} ${replies[0].ref} ${replies[0].from}`, "退订 r1 +8613812345678");
    const [kept] = (await parsePush("apiv1", post('[{"status":"x"},{"mobile":"1","content":"TD"}]'))).unparsed;
    equal(new TextDecoder().decode(kept), '{"status":"x"}');
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

  async "jsonp is one call of a function with a name of its own, and leaves nothing behind"({ sandbox: origin }) {
    for (const vendor of ["liupai", "binstd"]) {
      const account = { ...createSandbox().config(vendor), transport: "jsonp", baseUrl: `${origin}/${vendor}` };
      const sms = createSms({ vendors: { main: account } });
      const names = new Set();
      for (let sent = 0; sent < 3; sent += 1) {
        const plan = sms.plan({ to: TO, text: TEXT });
        const [request] = plan.requests;
        equal(`${request.method} ${request.body}`, "GET undefined");
        const { callback } = Object.fromEntries(new URL(request.url).searchParams);
        check(/^xinshi_[a-z0-9]{16}$/.test(callback), callback);
        names.add(callback);
        equal((await sms.send(plan)).status, "accepted");
      }
      equal(names.size, 3);
      check((await sms.vendor("main").balance()).remaining > 0, "a question by JSONP");
      const together = Array.from({ length: 8 }, () => sms.send({ to: TO, text: TEXT }));
      equal((await Promise.all(together)).map(({ status }) => status).join(), Array(8).fill("accepted").join());
    }
    const wrong = createSms({
      vendors: { main: { vendor: "binstd", appkey: KEY, transport: "jsonp", baseUrl: `${origin}/binstd` } },
    });
    fails(await wrong.send({ to: TO, text: TEXT }), "rejected", { code: "auth", vendorCode: "101" });
    throws(
      () => createSms({ vendors: { main: { vendor: "liupai", appkey: KEY, transport: "jsonp", method: "POST" } } }),
      "vendors.main.method",
    );
    equal(callbacks().join(), "");
  },

  async "what is not exactly one call with JSON is refused"({ hostile, byScript }) {
    for (const behaviour of ["twice", "nothing", "arguments", "no-json", "evil"]) {
      if (behaviour === "evil" && byScript) continue; // A page runs what a script says: that is JSONP.
      const outcome = await jsonp(`${hostile}/jsonp-${behaviour}`).send({ to: TO, text: TEXT });
      fails(outcome, "unknown", { code: "bad_reply", sent: "maybe" }, behaviour);
    }
    equal(globalThis.evil, undefined);
    for (const path of ["cut", "nowhere"]) {
      const outcome = await jsonp(`${hostile}/${path}`).send({ to: TO, text: TEXT });
      fails(outcome, "unknown", { sent: "maybe" }, path);
    }
    equal(callbacks().join(), "");
  },

  async "a script that comes late calls nothing, and then nothing is left"({ hostile, byScript }) {
    const outcome = await jsonp(`${hostile}/jsonp-late`).send({ to: TO, text: TEXT }, { timeoutMs: 50 });
    fails(outcome, "unknown", { code: "timeout", sent: "maybe" });
    equal(callbacks().length, byScript ? 1 : 0);
    while (callbacks().length > 0) await new Promise((resolve) => setTimeout(resolve, 10));
    const controller = new AbortController();
    const sending = jsonp(`${hostile}/jsonp-late`).send({ to: TO, text: TEXT }, { signal: controller.signal });
    setTimeout(() => controller.abort(), 20);
    fails(await sending, "unknown", { code: "aborted", sent: "maybe" });
    while (callbacks().length > 0) await new Promise((resolve) => setTimeout(resolve, 10));
  },

  async "a plan is exactly what leaves"() {
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

  async "a redirect is not followed"({ hostile, redirectStatus = 307 }) {
    const landings = async () => (await fetch(`${hostile}/landed-count`)).text();
    const before = await landings();
    const outcome = await binstd(`${hostile}/redirect`).send({ to: TO, text: TEXT });
    fails(outcome, "unknown", { code: "bad_reply", sent: "maybe", httpStatus: redirectStatus });
    equal(await landings(), before);
  },

  async "an endless reply ends"({ hostile }) {
    const outcome = await binstd(`${hostile}/endless`).send({ to: TO, text: TEXT });
    fails(outcome, "unknown", { code: "bad_reply", sent: "maybe" });
  },

  async "a reply that never comes ends in time"({ hostile }) {
    for (const path of ["silent", "silent-body"]) {
      const outcome = await binstd(`${hostile}/${path}`).send({ to: TO, text: TEXT }, { timeoutMs: 150 });
      fails(outcome, "unknown", { code: "timeout", sent: "maybe" });
    }
  },

  async "an abort before the request leaves is certain, and one after it is not"({ hostile }) {
    const before = await binstd(`${hostile}/landed`).send({ to: TO, text: TEXT }, { signal: AbortSignal.abort() });
    fails(before, "rejected", { code: "aborted", sent: "no" });
    const controller = new AbortController();
    const sending = binstd(`${hostile}/silent`).send({ to: TO, text: TEXT }, { signal: controller.signal });
    setTimeout(() => controller.abort(), 50);
    fails(await sending, "unknown", { code: "aborted", sent: "maybe" });
  },

  async "a connection never made allows another vendor, a lost one does not"({
    closed,
    hostile,
    sandbox,
    tellsRefusals,
  }) {
    const good = { ...createSandbox().config("apiv1"), baseUrl: `${sandbox}/apiv1` };
    const two = (baseUrl) =>
      createSms({ vendors: { first: { vendor: "binstd", appkey: KEY, baseUrl }, second: good } });
    const message = { to: "13812340000", text: TEXT };
    const refused = await two(closed).send(message);
    if (tellsRefusals) {
      equal(`${refused.account} ${refused.status}`, "second accepted");
    } else {
      fails(refused, "unknown", { code: "network", sent: "maybe" });
    }
    const cut = await two(`${hostile}/cut`).send(message);
    fails(cut, "unknown", { code: "network", sent: "maybe" });
    equal(cut.account, "first");
  },

  async "a request whose connection is cut is sent once, by a kept connection too"({ hostile }) {
    const cuts = async () => Number(await (await fetch(`${hostile}/cut-count`)).text());
    for (const method of ["GET", "POST"]) {
      const account = (path) => ({ vendor: "binstd", appkey: KEY, method, baseUrl: `${hostile}/${path}` });
      const sms = createSms({ vendors: { good: account("landed"), cut: account("cut") }, order: ["good"] });
      for (let round = 0; round < 3; round += 1) {
        equal((await sms.send({ to: TO, text: TEXT })).status, "accepted");
        const before = await cuts();
        fails(await sms.send(sms.plan({ to: TO, text: TEXT }, "cut")), "unknown", { code: "network", sent: "maybe" });
        equal((await cuts()) - before, 1);
      }
    }
  },

  async "faults of the sandbox end as they should"(world) {
    await faults(world, {
      reject: ["rejected", "balance"],
      http500: ["unknown", "bad_reply"],
      garbage: ["unknown", "bad_reply"],
      truncated: ["unknown", "network"],
      timeout: ["unknown", "timeout"],
    });
  },

  async "a connection that the sandbox resets is an unknown outcome"(world) {
    await faults(world, { reset: ["unknown", "network"], accept_then_reset: ["unknown", "network"] });
  },

  async "a fetch that misbehaves is an unknown outcome"() {
    const misbehaviours = {
      "rejects with a string": () => Promise.reject("no"),
      "rejects with nothing": () => Promise.reject(),
      "rejects with its URL": (url) => Promise.reject(new Error(`failed: ${url}`, { cause: { code: url } })),
      throws: () => {
        throw new Error("at once");
      },
      "returns nothing": () => undefined,
      "returns a string": async () => "200 OK",
      "returns a used body": async () => {
        const response = new Response("0");
        await response.text();
        return response;
      },
      "returns a body that is no stream": async () => ({ status: 200, body: "text" }),
      "streams strings": async () => ({
        status: 200,
        body: { getReader: () => ({ read: async () => ({ value: "x" }) }) },
      }),
      "reads no promise": async () => ({ status: 200, body: { getReader: () => ({ read: () => ({ done: true }) }) } }),
      "reads nothing": async () => ({ status: 200, body: { getReader: () => ({ read: () => undefined }) } }),
      "reads a part that is gone": async () => {
        const part = new Uint8Array(8);
        structuredClone(part.buffer, { transfer: [part.buffer] });
        return { status: 200, body: { getReader: () => ({ read: async () => ({ value: part }) }) } };
      },
      "returns a promise whose then throws": () =>
        // biome-ignore lint/suspicious/noThenProperty: a promise that misbehaves is what is tested
        Object.defineProperty(Promise.resolve(), "then", {
          get() {
            throw new Error("then");
          },
        }),
      "returns a promise whose constructor throws": () =>
        Object.defineProperty(Promise.resolve(new Response("0")), "constructor", {
          get() {
            throw new Error("constructor");
          },
        }),
      "has a status that is none": async () => ({ status: "200", body: null }),
    };
    for (const [name, fetch] of Object.entries(misbehaviours)) {
      const sms = createSms({ vendors: { main: { vendor: "binstd", appkey: KEY, method: "GET" } }, fetch });
      const outcome = await sms.send({ to: TO, text: TEXT });
      fails(outcome, "unknown", { sent: "maybe" }, name);
      check(!shown(outcome).includes(KEY), `${name} shows the key`);
    }
  },

  async "bad input names code and field, and nothing leaves"() {
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
      [{ to: "１３８１２３４５６７８", text: TEXT }, "number", "to"],
      [{ to: TO, text: "" }, "content", "text"],
      [{ to: TO, text: "【信使】😀" }, "content", "text"],
      [{ to: TO, text: "【信使】\ud83d" }, "invalid_argument", "text"],
      [{ to: TO, text: TEXT, kind: "ad" }, "invalid_argument", "kind"],
      [{ to: TO, text: TEXT, ref: "a-b" }, "invalid_argument", "ref"],
      [{ to: TO, text: TEXT, sendAt: new Date(Number.NaN) }, "invalid_argument", "sendAt"],
      [{ to: TO, text: TEXT, sendAt: "2026-01-01" }, "invalid_argument", "sendAt"],
      [{ to: TO, text: TEXT, templateId: "1" }, "unsupported", "templateId"],
      [{ to: TO, text: TEXT, typo: 1 }, "invalid_argument", "typo"],
      [{ to: TO, text: 1n }, "invalid_argument", "message"],
      [{ to: TO, text: Number.NaN }, "invalid_argument", "text"],
      [
        {
          get to() {
            throw new Error("a getter");
          },
          text: TEXT,
        },
        "invalid_argument",
        "message",
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

  async "what is refused stands in the plan"() {
    const sms = createSms({ vendors: { main: { vendor: "smsadmin", uid: "u", pwd: KEY } } });
    const plan = sms.plan({ to: "+14155550123", text: "😀 and 𠮷", kind: "marketing" });
    equal(plan.requests.length, 0);
    check(plan.refused instanceof SmsError && plan.refused.code === "number", "the first refusal");
    const codes = plan.warnings.map(({ code, at }) => `${code}${at === undefined ? "" : `@${at}`}`);
    equal(codes.join(" "), "number unencodable@0 unencodable@7 no_signature no_opt_out plaintext_http");
    fails(await sms.send(plan), "rejected", { code: "number", sent: "no" });
  },

  async "no secret is shown by anything returned"({ hostile }) {
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

  async "a message that changes after it was given is sent as it was"() {
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

  async "what went wrong before another account was tried is told"({ hostile }) {
    const sandbox = createSandbox();
    const events = [];
    const vendors = { first: { vendor: "binstd", appkey: "wrong" }, second: sandbox.config("apiv1") };
    const sms = createSms({ vendors, fetch: sandbox.fetch, on: (event) => events.push(event) });
    equal((await sms.send({ to: TO, text: TEXT })).account, "second");
    const told = events.map(({ type, account, error }) => `${type} ${account} ${error?.code ?? ""}`.trim());
    equal(told.join(), "attempt first,attempted first auth,attempt second,attempted second,outcome second");
    const one = createSms({ vendors: { main: { vendor: "binstd", appkey: KEY, baseUrl: `${hostile}/cut` } } });
    equal((await one.send({ to: "1", text: TEXT, ref: "abc" })).ref, "abc");
  },

  async "many sends at once are each their own"({ sandbox: origin }) {
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

  async "one error class for all doors"() {
    check(SmsError === EdgeSmsError && SmsError === SandboxSmsError, "three imports, one class");
    throws(() => createSandbox().config("nobody"), "vendor");
  },

  async "a sandbox within the program stands in for fetch"() {
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

  async "the edge handler knows its health"() {
    const handler = createHandler();
    equal(await (await handler.fetch(new Request("http://edge/healthz"))).text(), '{"status":"ok"}');
    const absent = await handler.fetch(new Request("http://edge/otp/send", { method: "POST" }));
    equal(`${absent.status} ${absent.headers.get("content-type")}`, "404 application/problem+json");
  },
};

/** Orders each fault for the next send of two vendors, and looks at its outcome. */
async function faults({ sandbox: origin }, expected) {
  const sandbox = createSandbox();
  for (const vendor of ["binstd", "smsadmin"]) {
    const config = { ...sandbox.config(vendor), baseUrl: `${origin}/${vendor}` };
    const sms = createSms({ vendors: { main: config } });
    for (const [fault, [status, code]] of Object.entries(expected)) {
      const added = await fetch(`${origin}/faults`, { method: "POST", body: JSON.stringify({ vendor, fault }) });
      equal(added.status, 204);
      const options = fault === "timeout" ? { timeoutMs: 150 } : {};
      const outcome = await sms.send({ to: "13900000001", text: TEXT }, options);
      fails(outcome, status, { code }, `${vendor} ${fault}`);
    }
  }
}

/** Names of all cases, so that a run that ended early is found out. */
export const names = Object.keys(cases);

/** Functions that a JSONP reply could call. */
const callbacks = () => Object.getOwnPropertyNames(globalThis).filter((name) => name.startsWith("xinshi_"));

const jsonp = (baseUrl) =>
  createSms({ vendors: { main: { vendor: "binstd", appkey: KEY, transport: "jsonp", baseUrl } } });

const binstd = (baseUrl) => createSms({ vendors: { main: { vendor: "binstd", appkey: KEY, baseUrl } } });
