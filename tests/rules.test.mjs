// `xinshi/rules`: once it is imported, plans and outcomes have what it finds; and it stops what a user lets it stop.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { createSms, parsePush, SmsError } from "xinshi";
import { carrierOf, checkText, explainStatus, listReasons, listRules } from "xinshi/rules";
import { createSandbox } from "xinshi/sandbox";

import { readDocument, withTables } from "../scripts/rules-tables.mjs";

const to = "13812345678";
const late = new Date("2026-11-30T22:00:00+08:00");

/** A client of a sandbox, and how often it was asked. */
function client(rules, vendors = ["smsadmin", "apiv1"]) {
  const sandbox = createSandbox();
  const counter = { requests: 0 };
  const fetch = (url, init) => {
    counter.requests += 1;
    return sandbox.fetch(url, init);
  };
  const accounts = Object.fromEntries(vendors.map((vendor) => [vendor, sandbox.config(vendor)]));
  return { sms: createSms({ vendors: accounts, fetch, rules }), counter };
}

const codes = (warnings = []) => warnings.map(({ code }) => code).filter((code) => code !== "plaintext_http");

test("a plan has the findings in place of the client's own two", () => {
  const { sms } = client();
  const [, warning] = sms.plan({ to, text: "您好" }).warnings;
  assert.deepEqual(
    [warning.code, warning.level, "at" in warning, "stops" in warning],
    ["no-signature", "error", false, false],
  );
  assert.deepEqual(codes(sms.plan({ to, text: "【信使】您好13912345678" }).warnings), ["mobile-number"]);
  assert.deepEqual(codes(sms.plan({ to, text: "【信使】八折", kind: "marketing", sendAt: late }).warnings), [
    "no-opt-out",
    "quiet-hours",
  ]);
  assert.deepEqual(codes(sms.plan({ to, text: "您好【信使】" }, "smsadmin").warnings), []);
  assert.deepEqual(codes(sms.plan({ to, text: "您好【信使】" }, "apiv1").warnings), ["signature-at-end"]);
  assert.deepEqual(codes(sms.vendor("apiv1").plan({ to, text: "您好【信使】" }).warnings), ["signature-at-end"]);
  assert.deepEqual(
    codes(sms.plan({ to: "+14155550123", text: "Hello" }, "apiv1").warnings),
    ["number", "no_signature"].slice(0, 1),
  );
});

test("a bulk's numbers, texts and values are checked", () => {
  const { sms } = client();
  const plan = (bulk) => codes(sms.plan(bulk).warnings);
  assert.deepEqual(plan({ to: [to, "15412345678"], text: "【信使】您好" }), ["unassigned-number"]);
  assert.deepEqual(plan({ each: [{ to, text: "您好" }] }), ["no-signature"]);
  assert.deepEqual(
    plan({ template: "【信使】您好{value0}{value1}", each: [{ to, values: ["a", "www.xinshi.com"] }] }),
    ["link-in-value", "adjacent-variables"],
  );
});

test("an outcome has the findings, from every account", async () => {
  const { sms } = client();
  const text = "您好【信使】";
  assert.deepEqual(codes((await sms.send({ to, text })).warnings), []);
  const outcome = await sms.vendor("apiv1").send({ to, text });
  assert.deepEqual([outcome.status, codes(outcome.warnings)], ["accepted", ["signature-at-end"]]);
  assert.deepEqual(codes((await sms.send(sms.plan({ to, text: "您好" }))).warnings), ["no-signature"]);
  for await (const outcome of sms.sendMany({ to: [to, "16812345678"], text: "您好" })) {
    assert.deepEqual([outcome.status, codes(outcome.warnings)], ["accepted", ["no-signature", "unassigned-number"]]);
  }
});

test("a rule that the user makes an error blocks its texts, and no other", async () => {
  const { sms, counter } = client({ "quiet-hours": "error", "no-signature": "off" });
  const marketing = { to, text: "【信使】八折，回T退订", kind: "marketing", sendAt: late };
  const rejected = await sms.send(marketing);
  assert.deepEqual(
    [rejected.status, rejected.error.code, rejected.error.field, rejected.error.sent],
    ["rejected", "content", "sendAt", "no"],
  );
  assert.ok(rejected.error instanceof SmsError);
  const plan = sms.plan(marketing);
  assert.deepEqual([plan.requests.length, plan.rejected?.code], [0, "content"]);
  assert.equal((await sms.send(plan)).status, "rejected");
  const bulk = { to: [to], text: marketing.text, kind: "marketing", sendAt: late };
  for (const stopped of [bulk, sms.plan(bulk)]) {
    const outcomes = [];
    for await (const outcome of sms.sendMany(stopped)) outcomes.push(outcome);
    assert.deepEqual(
      outcomes.map(({ status, to, error }) => [status, to, error.code, error.field]),
      [["rejected", [`+86${to}`], "content", "sendAt"]],
    );
  }
  assert.equal(counter.requests, 0);
  const sent = await sms.send({ to, text: "您好13912345678" });
  assert.deepEqual([sent.status, codes(sent.warnings), counter.requests], ["accepted", ["mobile-number"], 1]);
});

test("a rule that blocks a text at one possible account blocks it", async () => {
  const { sms, counter } = client({ "signature-at-end": "error" });
  const text = "您好【信使】";
  assert.equal((await sms.send({ to, text })).status, "rejected");
  assert.equal(counter.requests, 0);
  const other = client({ "no-opt-out": "error" });
  assert.equal((await other.sms.send({ to, text: "【信使】您好" })).status, "accepted");
});

test("a recipient blocked by a rule affects no other", async () => {
  const { sms } = client({ "unassigned-number": "error", "link-in-value": "error" });
  const bulks = [
    { text: "【信使】您好", to: ["13812345678", "15412345678", "13912345678"] },
    {
      template: "【信使】{value0}您好",
      each: [
        { to: "13812345678", values: ["王"] },
        { to: "13712345678", values: ["www.xinshi.com"] },
        { to: "13912345678", values: ["李"] },
      ],
    },
  ];
  for (const bulk of bulks) {
    const reached = { accepted: [], rejected: [] };
    for await (const { status, to, error, warnings } of sms.sendMany(bulk)) {
      reached[status].push(...to);
      assert.equal(error?.field, status === "rejected" ? (bulk.text ? "to" : "text") : undefined);
      assert.ok(warnings.some(({ level }) => level === "error"));
    }
    const stopped = bulk.text ? "+8615412345678" : "+8613712345678";
    assert.deepEqual(reached, { accepted: ["+8613812345678", "+8613912345678"], rejected: [stopped] });
    const plan = sms.plan(bulk);
    assert.deepEqual(
      [plan.requests.flatMap((request) => request.to).length, plan.rejected?.message.includes(":")],
      [2, true],
    );
  }
});

test("rules: false disables the checks, and the error for an unknown rule names it", () => {
  const { sms } = client(false);
  assert.deepEqual(codes(sms.plan({ to, text: "您好" }).warnings), ["no_signature"]);
  for (const [rules, field] of [
    [{ "quiet-hour": "error" }, "rules.quiet-hour"],
    [{ "quiet-hours": 1 }, "rules.quiet-hours"],
    ["off", "rules"],
  ]) {
    assert.throws(
      () => client(rules),
      (error) => error instanceof SmsError && error.field === field,
    );
  }
});

test("checkText, carrierOf and explainStatus work without a client", () => {
  assert.deepEqual(codes(checkText("【信使】八折", { kind: "marketing", sendAt: late })), [
    "no-opt-out",
    "quiet-hours",
  ]);
  assert.deepEqual(codes(checkText("您好【信使】", { vendor: "binstd" })), []);
  assert.throws(
    () => checkText("x", { vendor: "nobody" }),
    (error) => error.field === "vendor",
  );
  assert.throws(
    () => checkText("x", { sendAt: new Date(Number.NaN) }),
    (error) => error instanceof SmsError,
  );
  assert.deepEqual(carrierOf("17400123456"), {
    carrier: "telecom",
    service: "satellite",
    resale: false,
    portable: false,
    asOf: "2023-03-31",
  });
  assert.deepEqual(carrierOf("+8613812345678"), {
    carrier: "mobile",
    service: "phone",
    resale: false,
    portable: true,
    asOf: "2023-03-31",
  });
  assert.equal(carrierOf("1440012345678").service, "machine");
  assert.throws(
    () => carrierOf("1"),
    (error) => error.code === "number",
  );
  assert.deepEqual(explainStatus("DELIVER", "apiv1"), { delivered: true });
  const { reason, blockedBy, retryable, actor } = explainStatus("DB:0141");
  assert.deepEqual([reason, blockedBy, retryable, actor], ["blocklisted", "carrier", "never", "person"]);
  assert.ok(listRules().every(({ sources }) => sources.length > 0) && listReasons().length > 60);
});

test("a failed report has its reason", async () => {
  const push = (status) =>
    parsePush(
      "apiv1",
      new Request("http://x/", { method: "POST", body: JSON.stringify({ sendId: "r", mobile: to, status }) }),
    );
  const [report] = (await push("MK:0001")).reports;
  assert.deepEqual(
    [report.delivered, report.reason, report.retryable, report.actor],
    [false, "no-such-number", "never", "sender"],
  );
  const [pending] = (await push("ACCEPTD")).reports;
  assert.deepEqual([pending.delivered, pending.pending, pending.reason], [false, true, undefined]);
  const [delivered] = (await push("DELIVER")).reports;
  assert.deepEqual([delivered.delivered, delivered.reason], [true, undefined]);
});

test("docs/rules.md has every rule and every code as the data has them", async () => {
  assert.equal(await withTables(readDocument()), readDocument(), "run node scripts/rules-tables.mjs");
  const declared = readFileSync(new URL("../pkg/rules/index.d.ts", import.meta.url), "utf8");
  for (const { code } of listRules()) assert.ok(declared.includes(`| "${code}"`), code);
});

test("a strict sandbox rejects what a carrier would, and the client gets the code", async () => {
  for (const vendor of ["liupai", "binstd", "liasmart", "apiv1", "smsadmin"]) {
    const sandbox = createSandbox({ strict: true, now: () => Date.parse("2026-11-30T12:00:00+08:00") });
    const sms = createSms({ vendors: { main: sandbox.config(vendor) }, fetch: sandbox.fetch });
    const status = async (text) => (await sms.send({ to, text })).status;
    assert.equal(await status("【信使】您的订单已发货"), "accepted", vendor);
    // A code that no document has may be an answer to a text that was sent.
    assert.match(await status("【客户服务】您好13912345678"), /^(rejected|unknown)$/, vendor);
    const inbox = await (
      await sandbox.fetch("http://sandbox/inbox", { headers: { accept: "application/json" } })
    ).json();
    assert.equal(inbox.length, 1, vendor);
  }
});
