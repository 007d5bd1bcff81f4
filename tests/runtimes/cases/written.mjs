// Input as people write it: numbers in every spelling, wrong options, unwise texts.
import { countSegments, createSms } from "xinshi";
import { createHandler, memoryStore } from "xinshi/edge";
import { createSandbox } from "xinshi/sandbox";
import { check, equal, fails, throws } from "../expect.mjs";

const TEXT = "【信使】您的验证码是424242，5分钟内有效。";
const TO = "13812345678";
const E164 = "+8613812345678";

/** Spellings of one number. */
const WRITTEN = [
  TO,
  E164,
  "8613812345678",
  "008613812345678",
  "138 1234 5678",
  "138-1234-5678",
  "138.1234.5678",
  "+86 138 1234 5678",
  "+86-138-1234-5678",
  "(+86)138 1234 5678",
  "（＋８６）１３８－１２３４－５６７８",
  "１３８１２３４５６７８",
  "138\u00a01234\u30005678",
  "\u202d+86 138 1234 5678\u202c",
  " 13812345678\r\n",
];
/** Texts that are no number, or that could be two. */
const NONSENSE = [
  "",
  "1381234567",
  "138123456789",
  "12812345678",
  "1381234567O",
  "13812345678,13912345678",
  "13812345678\n13912345678",
  "++8613812345678",
  "0014155550123",
  "1 415 555 0123",
  "+44 (0)20 7946 0958",
  "١٣٨١٢٣٤٥٦٧٨",
];

const client = (vendor = "apiv1", more = {}) => {
  const sandbox = createSandbox();
  return createSms({ vendors: { main: sandbox.config(vendor) }, fetch: sandbox.fetch, ...more });
};

export const written = {
  async "every spelling of a number is equal, alone, in a bulk and with a template"() {
    const sms = client("smsadmin");
    for (const to of WRITTEN) {
      const outcome = await sms.send({ to, text: TEXT });
      equal(`${JSON.stringify(to)} ${outcome.status} ${outcome.to}`, `${JSON.stringify(to)} accepted ${E164}`);
    }
    const each = (more) => WRITTEN.map((to) => ({ to, ...more }));
    for (const bulk of [
      { to: WRITTEN, text: TEXT },
      { each: each({ text: TEXT }) },
      { template: "【信使】{value0}", each: each({ values: ["1"] }) },
    ]) {
      // The same number with the same text is sent once.
      const ends = [];
      for await (const outcome of sms.sendMany(bulk)) ends.push(`${outcome.status} ${outcome.to}`);
      equal(ends.join(), `accepted ${E164}`);
      equal(sms.plan(bulk).requests.length, 1);
    }
  },

  async "an invalid number is rejected with the reason, and as it was written"() {
    const sms = client();
    const reasons = new Set();
    for (const to of NONSENSE) {
      const outcome = await sms.send({ to, text: TEXT });
      fails(outcome, "rejected", { code: "number", field: "to", sent: "no" }, JSON.stringify(to));
      equal(outcome.to.join(), to);
      check(
        outcome.warnings.some(({ code }) => code === "number") || outcome.warnings.length === 0,
        "its warnings are about the number",
      );
      reasons.add(outcome.error.message);
      const ends = [];
      for await (const one of sms.sendMany({ to: [to, TO], text: TEXT })) ends.push(`${one.status} ${one.error?.code}`);
      equal(ends.sort().join(), "accepted undefined,rejected number");
    }
    equal(reasons.size, 4);
    equal((await sms.send({ to: "+1 (415) 555-0123", text: TEXT })).error.message.includes("mainland"), true);
    const abroad = client("liasmart");
    for (const to of ["+14155550123", "+1 (415) 555-0123", "＋1-415-555-0123"]) {
      equal((await abroad.send({ to, text: "Your code is 1" })).to.join(), "+14155550123");
    }
  },

  async "wrong options reject a plan as they reject a message"() {
    let calls = 0;
    const events = [];
    const on = (event) => events.push(event.type);
    const sms = client("apiv1", { fetch: async () => (calls += 1), on });
    const message = { to: TO, text: TEXT };
    const wrong = [
      [{ timeoutMs: 0 }, "timeoutMs"],
      [{ timeoutMs: -1 }, "timeoutMs"],
      [{ timeoutMs: 3e9 }, "timeoutMs"],
      [{ timeoutMs: 1.5 }, "timeoutMs"],
      [{ timeoutMs: "5000" }, "timeoutMs"],
      [{ timeoutMs: Number.NaN }, "timeoutMs"],
      [{ timeoutMs: {} }, "timeoutMs"],
      [{ timeout: 5000 }, "timeout"],
      [{ signal: {} }, "signal"],
    ];
    for (const [options, field] of wrong) {
      for (const what of [message, sms.plan(message)]) {
        for (const account of [sms, sms.vendor("main")]) {
          const outcome = await account.send(what, options);
          fails(outcome, "rejected", { code: "invalid_argument", field, sent: "no", account: "main" }, field);
          equal(`${outcome.account} ${outcome.vendor} ${Array.isArray(outcome.warnings)}`, "main apiv1 true");
        }
      }
    }
    equal(`${calls} ${new Set(events).size} ${events.length}`, `0 1 ${4 * wrong.length}`);
  },

  async "outcomes have the warnings of their plans"() {
    const codes = ({ warnings }) =>
      warnings.map(({ code, at }) => `${code}${at === undefined ? "" : `@${at}`}`).join(" ");
    const sms = client("binstd", { blockedWords: ["公馆"], optOutWords: ["QX"] });
    const marketing = (text) => ({ to: TO, text, kind: "marketing" });
    for (const [message, expected] of [
      [{ to: TO, text: TEXT }, ""],
      [{ to: TO, text: "您好" }, "no_signature"],
      [{ to: TO, text: "【信使】公馆" }, "blocked_word@4"],
      [{ to: TO, text: `【信使】${"长".repeat(997)}` }, "too_long@1000"],
      [marketing("【信使】大促"), "no_opt_out"],
      [marketing("【信使】大促，拒收请回复R"), ""],
      [marketing("【信使】大促，回TD退订"), ""],
      [marketing("【信使】大促，回N退订"), ""],
      [marketing("【信使】大促，回QX退订"), ""],
      [marketing("【信使】大促，拒收请回复YY"), "unknown_opt_out"],
      [{ to: "+14155550123", text: TEXT }, "number"],
    ]) {
      const plan = sms.plan(message);
      equal(codes(plan), expected);
      equal(codes(await sms.send(message)), expected);
      equal(codes(await sms.send(plan)), expected);
      const { to, ...rest } = message;
      for (const bulk of [
        { to: [to], ...rest },
        { each: [{ to, text: rest.text }], kind: rest.kind },
      ]) {
        for await (const outcome of sms.sendMany(bulk)) equal(codes(outcome), expected);
        for await (const outcome of sms.sendMany(sms.plan(bulk))) equal(codes(outcome), expected);
        equal(codes(sms.plan(bulk)), expected);
      }
    }
    // No warning names the account that lacks the characters if another one has them.
    const sandbox = createSandbox();
    const vendors = { main: sandbox.config("smsadmin"), spare: sandbox.config("liasmart") };
    const both = createSms({ vendors, fetch: sandbox.fetch });
    const outcome = await both.send({ to: TO, text: "【信使】龚䶮您好" });
    equal(`${outcome.account} ${outcome.status} ${codes(outcome)}`, "spare accepted ");
    equal(codes(both.plan({ to: TO, text: "【信使】龚䶮您好" })), "unencodable@5 plaintext_http");
    throws(() => client("apiv1", { optOutWords: ["…"] }), "optOutWords");
  },

  async "no segment splits a character"() {
    const parts = (text, billing) => countSegments(text, billing).segments;
    equal(parts(`${"a".repeat(152)}€${"a".repeat(152)}`, "gsm"), 3);
    equal(parts(`${"信".repeat(66)}𠮷${"信".repeat(66)}`, "gsm"), 3);
    equal(parts(`${"信".repeat(66)}𠮷${"信".repeat(66)}`), 2);
    const abroad = client("liasmart");
    equal(abroad.plan({ to: TO, text: `${"信".repeat(66)}𠮷${"信".repeat(66)}` }).segments, 3);
    equal(abroad.plan({ to: TO, text: `${"a".repeat(152)}€${"a".repeat(152)}` }).segments, 3);
    // liasmart sends Greek letters as UCS-2.
    equal(abroad.plan({ to: TO, text: `Ω${"a".repeat(70)}` }).segments, 2);
  },

  async "texts without commas share a request beside texts with commas"() {
    const each = Array.from({ length: 200 }, (_, index) => ({
      to: String(13_900_000_000 + index),
      text: `【信使】您好${index % 5 === 0 ? "," : ""}${index}`,
    }));
    const sizes = [];
    for await (const { to, status } of client("binstd").sendMany({ each }))
      sizes.push(status === "accepted" && to.length);
    equal(`${sizes.length} ${Math.max(...sizes)}`, "41 160");
  },

  async "the handler counts a number once, and reads a code, however they are typed"() {
    const sandbox = createSandbox();
    let now = Date.now();
    const handler = createHandler({
      vendors: { main: sandbox.config("smsadmin") },
      fetch: sandbox.fetch,
      now: () => now,
      store: memoryStore({ now: () => now }),
      pepper: "a pepper that is long enough to be one",
      proof: { key: "a key for proofs that is long enough", audience: "app" },
      brand: "信使",
      adminToken: "a-token-of-the-operator",
      clientAddress: () => "192.0.2.1",
      on: () => {},
    });
    const post = async (path, body, headers = {}) => {
      const init = {
        method: "POST",
        headers: { "content-type": "application/json", ...headers },
        body: JSON.stringify(body),
      };
      const response = await handler.fetch(new Request(`https://x.example${path}`, init));
      return { status: response.status, ...(await response.json().catch(() => ({}))) };
    };
    const admin = { authorization: "Bearer a-token-of-the-operator" };
    let challenge;
    for (const phone of WRITTEN) {
      const sent = await post("/otp/send", { phone });
      equal(`${JSON.stringify(phone)} ${sent.status}`, `${JSON.stringify(phone)} ${challenge ? 429 : 202}`);
      challenge ??= sent.challenge;
      equal((await post("/admin/explain", { phone }, admin)).number[0].used, 1);
      equal((await post("/admin/opt-out", { phone, optedOut: true }, admin)).status, 204);
      equal((await post("/opt-outs/check", { phones: [TO] }, admin)).optedOut.join(), TO);
      equal((await post("/admin/opt-out", { phone, optedOut: false }, admin)).status, 204);
    }
    for (const phone of NONSENSE) {
      const rejected = await post("/otp/send", { phone });
      equal(`${rejected.status} ${rejected.field}`, "400 phone");
      check(rejected.detail.length > 10, rejected.detail);
    }
    const wide = (code) => code.replace(/\d/g, (digit) => String.fromCharCode(0xff10 + Number(digit)));
    const forms = [
      (code) => ` ${code}\n`,
      (code) => `${code.slice(0, 3)} ${code.slice(3)}`,
      (code) => `${code.slice(0, 3)}-${code.slice(3)}`,
      (code) => `\u202d${wide(code.slice(0, 3))}\u3000${wide(code.slice(3))}`,
    ];
    for (const [index, type] of forms.entries()) {
      now += 60_000;
      ({ challenge } = await post("/otp/send", { phone: `1391234567${index}` }));
      const inbox = await sandbox.fetch("http://sandbox/inbox", { headers: { accept: "application/json" } });
      const code = (await inbox.json()).at(-1).text.match(/\d{6}/)[0];
      const verified = await post("/otp/verify", { challenge, code: type(code) });
      equal(`${JSON.stringify(type(code))} ${verified.status}`, `${JSON.stringify(type(code))} 200`);
    }
    for (const one of ["12345", "12345O", "1234567", "123.456"]) {
      equal((await post("/otp/verify", { challenge, code: one })).status, 400);
    }
  },
};
