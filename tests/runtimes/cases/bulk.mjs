// Many texts in few requests.
import { createSms, SmsError } from "xinshi";
import { createSandbox } from "xinshi/sandbox";
import { bulkEach, everyBulk } from "../../../scripts/every-bulk.mjs";
import { check, equal, fails, shown } from "../expect.mjs";

const TEXT = "【信使】您的验证码是424242，5分钟内有效。";
const TO = "13812345678";
const KEY = "a-key-that-nobody-may-see";

export const bulk = {
  async "every way of sending a bulk arrives in the fewest requests of its vendor"() {
    const sandbox = createSandbox();
    let sent = 0;
    for await (const one of bulkEach({ createSms, sandbox, origin: "http://sandbox", fetch: sandbox.fetch })) {
      const { vendor, operation } = one.way;
      check(one.right, `${vendor} ${operation}: ${JSON.stringify([one.outcomes, one.received, one.plan.requests])}`);
      sent += 1;
    }
    equal(sent, everyBulk.length);
  },

  async "every character arrives in an individual text"() {
    const sms = createSms({ vendors: { main: createSandbox().config("apiv1") }, allowBrowser: true });
    const edges = [0xd7ff, 0xe000, 0xfffd, 0xffff, 0x10000, 0x1f600, 0x10ffff];
    const points = [...Array.from({ length: 0x900 }, (_, point) => point), ...edges];
    const characters = String.fromCodePoint(...points.filter((point) => point > 0));
    for (let from = 0; from < characters.length; from += 200) {
      const text = `【信使】${characters.slice(from, from + 200)}.`;
      if (!text.isWellFormed?.()) continue;
      const [request] = sms.plan({ each: [{ to: TO, text }] }).requests;
      const [, content] = new TextDecoder().decode(request.body).split("&content=");
      equal(decodeURIComponent(content), text);
    }
  },

  async "template values with any content arrive unchanged"() {
    const sms = createSms({ vendors: { main: createSandbox().config("apiv1") }, allowBrowser: true });
    const texts = (each) => {
      const plan = sms.plan({ template: "【信使】{value0}", each, ref: "r" });
      const bodies = plan.requests.map(({ body }) => new TextDecoder().decode(body));
      return [
        bodies.map((body) =>
          decodeURIComponent(
            body
              .match(/mobiles=(.*)&content=(.*)/)
              .slice(1)
              .join(),
          ),
        ),
        plan.rejected && [plan.rejected.code, plan.rejected.field],
      ];
    };
    const odd = [
      { to: "13800000001", values: ["a\tb"] },
      { to: "13800000002", values: ["c\n13800000009"] },
      { values: ["e"], to: "13800000003" },
      { to: "13800000004", toJSON: () => ({ to: "13800000005", values: ["g"] }), values: ["f"] },
      { to: "13800000006", values: [""] },
      Object.assign(Object.create({ to: "13800000007" }), { values: ["h"], text: undefined }),
    ];
    const numbers = ["1,【信使】a\tb", "2,【信使】c\n13800000009", "3,【信使】e", "5,【信使】g", "6,【信使】"];
    const expected = numbers.map((text) => `1380000000${text}`);
    equal(JSON.stringify(texts(odd)), JSON.stringify([expected, ["invalid_argument", "to"]]));
    const [rest, rejected] = texts([...odd.slice(0, 1), { to: "13800000008", values: ["\ud83d"] }, ...odd.slice(2, 3)]);
    equal(
      JSON.stringify([rest, rejected]),
      JSON.stringify([
        [expected[0], expected[2]],
        ["invalid_argument", "values"],
      ]),
    );
    const wrong = { to: "13800000001", values: ["x"], text: "y" };
    equal(JSON.stringify(texts([wrong])), JSON.stringify([[], ["invalid_argument", "text"]]));
  },

  async "a bulk reads its recipients on demand, and respects its concurrency"() {
    const sandbox = createSandbox();
    let taken = 0;
    let left = 0;
    let most = 0;
    let underWay = 0;
    const fetch = async (url, init) => {
      left += 1;
      underWay += 1;
      most = Math.max(most, underWay);
      const reply = await sandbox.fetch(url, init);
      await new Promise((resolve) => setTimeout(resolve));
      underWay -= 1;
      return reply;
    };
    const sms = createSms({ vendors: { main: sandbox.config("liasmart") }, fetch });
    async function* source() {
      for (; taken < 50; taken += 1) yield `137${String(10_000_000 + taken)}`;
    }
    const indices = [];
    for await (const { status, index, ref, to } of sms.sendMany(
      { to: source(), text: TEXT, ref: "b" },
      { concurrency: 3 },
    )) {
      equal(`${status} ${ref} ${to}`, `accepted b${index} +86137${10_000_000 + index}`);
      indices.push(index);
      check(taken - indices.length < 8, `${taken} taken, ${indices.length} ended`);
    }
    equal(indices.sort((a, b) => a - b).join(), Array.from({ length: 50 }, (_, index) => index).join());
    equal(`${left} ${most}`, "50 3");
    const plan = sms.plan({ to: ["13800000001", "13800000002"], text: TEXT });
    const sent = [];
    for await (const { status, index } of sms.sendMany(plan)) sent.push(`${index} ${status}`);
    equal(sent.sort().join(), "0 accepted,1 accepted");
    equal((await sms.send(plan)).error.field, "message");
  },

  async "an aborted bulk reports sent, unsent and unknown recipients"({ hostile }) {
    const controller = new AbortController();
    const { signal } = controller;
    const account = { vendor: "apiv1", account: "a", password: KEY, baseUrl: `${hostile}/silent` };
    const sms = createSms({ vendors: { main: account } });
    let read = 0;
    async function* source() {
      for (; read < 3001; read += 1) yield `137${String(10_000_000 + read)}`;
      await new Promise(() => {}); // The next recipient never comes.
    }
    const ends = [];
    setTimeout(() => controller.abort(), 200);
    for await (const { status, to, error } of sms.sendMany({ to: source(), text: TEXT }, { signal })) {
      ends.push(`${to.length} ${status} ${error.code} ${error.sent}`);
    }
    equal(ends.sort().join(), "1 rejected aborted no,3000 unknown aborted maybe");
    const before = [];
    for await (const outcome of sms.sendMany({ to: ["13800000001"], text: TEXT }, { signal })) before.push(outcome);
    equal(before.length, 0);
  },

  async "a bulk whose caller stops iterating or whose source throws sends nothing more"() {
    const sandbox = createSandbox();
    const sms = createSms({ vendors: { main: sandbox.config("liupai") }, fetch: sandbox.fetch });
    let closed = 0;
    function* source(breaksAt) {
      try {
        for (let index = 0; index < 1_000; index += 1) {
          if (index === breaksAt) throw new Error("the database is gone");
          yield `137${String(10_000_000 + index)}`;
        }
      } finally {
        closed += 1;
      }
    }
    for await (const outcome of sms.sendMany({ to: source(), text: TEXT })) {
      equal(outcome.status, "accepted");
      break;
    }
    equal(closed, 1);
    const arrived = async () => {
      const inbox = await sandbox.fetch("http://sandbox/inbox", { headers: { accept: "application/json" } });
      return (await inbox.json()).length;
    };
    check((await arrived()) < 12, "it went on");
    await sandbox.fetch("http://sandbox/inbox", { method: "DELETE" });
    let accepted = 0;
    let thrown;
    try {
      for await (const { status } of sms.sendMany({ to: source(7), text: TEXT }))
        accepted += status === "accepted" ? 1 : 0;
    } catch (error) {
      thrown = error;
    }
    equal(`${accepted} ${thrown?.message} ${await arrived()}`, "7 the database is gone 7");
  },

  async "an invalid bulk throws before anything is sent"() {
    let calls = 0;
    const fetch = async () => {
      calls += 1;
      return new Response("");
    };
    const sms = createSms({ vendors: { main: { vendor: "binstd", appkey: KEY } }, fetch });
    const numbers = ["13800000001"];
    const wrong = [
      [undefined, undefined, "to"],
      [{ to: TO, text: TEXT }, undefined, "to"],
      [{ to: numbers }, undefined, "text"],
      [{ to: 7, text: TEXT }, undefined, "to"],
      [{ to: numbers, each: [], text: TEXT }, undefined, "each"],
      [{ each: [], text: TEXT }, undefined, "text"],
      [{ to: numbers, text: TEXT, sendat: 1 }, undefined, "sendat"],
      [{ template: "{value1}", each: [] }, undefined, "template"],
      [{ to: numbers, text: TEXT }, { concurrency: 0 }, "concurrency"],
      [{ to: numbers, text: TEXT }, { timeoutMs: -1 }, "timeoutMs"],
    ];
    for (const [bulk, options, field] of wrong) {
      const error = await sms
        .sendMany(bulk, options)
        .next()
        .catch((error) => error);
      check(error instanceof SmsError && error.field === field && error.sent === "no", `${field}: ${error}`);
    }
    const strange = {
      each: [{ to: TO, text: "【信使】\ud83d" }, { to: TO, text: 1n }, null, { to: 13800000001, text: "a" }],
    };
    const ends = [];
    for await (const { status, to, error } of sms.sendMany(strange)) ends.push(`${to} ${status} ${error.field}`);
    equal(ends.join(), `${TO} rejected text,${TO} rejected text, rejected recipient, rejected to`);
    const numbersOnly = [];
    for await (const { error } of sms.sendMany({ to: [13800000001, "1\n13800000002", null], text: TEXT }))
      numbersOnly.push(error.code);
    equal(numbersOnly.join(), "number,number,number");
    equal(calls, 0);
  },

  async "every recipient of a bulk has an outcome, in every form"() {
    const sandbox = createSandbox();
    const sms = createSms({ vendors: { main: sandbox.config("binstd") }, fetch: sandbox.fetch });
    let nested = [];
    for (let depth = 0; depth < 300; depth += 1) nested = [nested];
    const unprintable = Object.create(null);
    const each = [
      { to: "13800000001", text: "【信使】C:\\ud" },
      { to: "13800000002", text: "【信使】\ud800" },
      { to: "13800000003", text: "【信使】三", more: nested },
      { to: "13800000004", text: "【信使】四" },
    ];
    const ends = async (bulk) => {
      const found = [];
      for await (const { status, to } of sms.sendMany(bulk))
        found.push(...to.map((number) => `${number.slice(-1)} ${status}`));
      return found.sort().join();
    };
    equal(await ends({ each }), "1 accepted,2 rejected,3 rejected,4 accepted");
    equal(await ends(sms.plan({ each })), "1 accepted,2 rejected,3 rejected,4 accepted");
    equal(
      await ends({ to: ["13800000001", unprintable, "", "13800000004"], text: TEXT }),
      "  rejected,  rejected,1 accepted,4 accepted",
    );
    equal(sms.plan({ to: [], text: TEXT }).requests.length, 0);
    equal(sms.plan({ to: [], text: TEXT }).rejected, undefined);
    equal(await ends({ to: [], text: TEXT }), "");
    const other = createSms({
      vendors: { main: sandbox.config("binstd"), other: sandbox.config("apiv1") },
      fetch: sandbox.fetch,
    });
    fails(await other.vendor("other").send(other.plan({ to: TO, text: TEXT }, "main")), "rejected", {
      field: "message",
    });
    const long = await sms
      .sendMany({ to: [TO], text: TEXT, ref: "r".repeat(59) })
      .next()
      .catch((error) => error);
    equal(long.field, "ref");
  },

  async "an abort by the source or during a plan leaves every recipient an outcome"() {
    const sandbox = createSandbox();
    const sms = createSms({ vendors: { main: sandbox.config("liupai") }, fetch: sandbox.fetch });
    const within = new AbortController();
    function* source() {
      yield "13800000001";
      within.abort();
      yield "13800000002";
    }
    const ends = [];
    const note = ({ status, to, error }) => ends.push(`${to} ${error?.code ?? status}`);
    for await (const outcome of sms.sendMany({ to: source(), text: TEXT }, { signal: within.signal })) note(outcome);
    equal(ends.splice(0).sort().join(), "+8613800000001 aborted,+8613800000002 aborted");
    const controller = new AbortController();
    const plan = sms.plan({ to: ["13800000001", "13800000002", "bad", "13800000003"], text: TEXT });
    for await (const outcome of sms.sendMany(plan, { signal: controller.signal, concurrency: 1 })) {
      note(outcome);
      controller.abort();
    }
    equal(ends.sort().join(), "+8613800000001 accepted,+8613800000002 aborted,+8613800000003 aborted,bad number");
  },

  async "a rejected bulk has the vendor's code and shows no text"() {
    const reason = "敏感: 【信使】王小明您的病历已出 13800000001 A1B2";
    const fetch = async () => new Response(JSON.stringify({ status: "204", msg: reason, result: "" }));
    const events = [];
    const sms = createSms({
      vendors: { main: { vendor: "binstd", appkey: KEY } },
      fetch,
      on: (event) => events.push(event),
    });
    const each = [
      { to: "13800000001", text: "【信使】王小明您的病历已出，取件码A1B2" },
      { to: "13800000002", text: "【信使】李四您好" },
    ];
    for await (const outcome of sms.sendMany({ each })) {
      fails(outcome, "rejected", { code: "content", vendorCode: "204" });
      for (const secret of ["王小明", "病历", "13800000001", "A1B2"]) {
        check(
          !shown(outcome.error).includes(secret) && !shown(events).includes(secret),
          `${secret}: ${shown(outcome.error)}`,
        );
      }
    }
    const one = await sms.send({ to: "13800000001", text: "【信使】请到204房间" });
    equal(one.error.vendorCode, "204");
  },

  async "a JSONP bulk fits its URLs, and each request has its own callback"() {
    const sandbox = createSandbox();
    const account = { ...sandbox.config("binstd"), transport: "jsonp" };
    const plan = createSms({ vendors: { main: account }, fetch: sandbox.fetch }).plan({
      to: Array.from({ length: 50 }, (_, index) => `138${10_000_000 + index}`),
      text: "信".repeat(70),
    });
    equal(plan.requests.map(({ to }) => to.length).join(), "20,20,10");
    check(
      plan.requests.every(({ url }) => url.length < 1024),
      "a URL is too long",
    );
    const names = plan.requests.map(({ url }) => new URL(url).searchParams.get("callback"));
    equal(new Set(names).size, 3);
  },
};
