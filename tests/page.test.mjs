// The parts of the page that need no browser: its words, its traffic, its bytes.
import assert from "node:assert/strict";
import { test } from "node:test";
import iconv from "iconv-lite";
import { trafficOf, VICTIM } from "../www/attack/traffic.js";
import { accountsOf, outcomesOf, overTime, totals } from "../www/operations/counts.js";
import { charactersOf, listing, parametersOf, textOf } from "../www/wire/bytes.js";
import { asCurl } from "../www/wire/copy.js";
import { recipient } from "../www/wire/recipient.js";
import { en } from "../www/words/en.js";
import { zh } from "../www/words/zh.js";

test("both languages say the same things, with the same values in them", () => {
  const flat = (words, path = "") =>
    Object.entries(words).flatMap(([name, value]) =>
      typeof value === "string" ? [[`${path}${name}`, value]] : flat(value, `${path}${name}.`),
    );
  const [chinese, english] = [zh, en].map((words) => new Map(flat(words)));
  // In English, the package's own sentences describe problems of a text.
  const own = (name) => !name.startsWith("wire.warnings.");
  assert.deepEqual([...chinese.keys()].filter(own), [...english.keys()]);
  for (const [name, words] of english) {
    const values = (text) => (text.match(/\{\w+\}/g) ?? []).sort();
    assert.deepEqual(values(chinese.get(name)), values(words), name);
    assert.notEqual(words, "", name);
  }
});

test("the sample traffic is deterministic, ordered, and within its days", () => {
  const plan = { kind: "botnet", requests: 3000, days: 2 };
  const traffic = trafficOf(plan, 0);
  assert.deepEqual(trafficOf(plan, 0), traffic);
  assert.equal(traffic.filter(({ who }) => who === "bot").length, 3000);
  assert.ok(traffic.every(({ at }, index) => at >= (traffic[index - 1]?.at ?? 0) && at < 2 * 86_400_000));
  assert.ok(traffic.every(({ phone }) => /^1\d{10}$/.test(phone)));
  assert.ok(traffic.filter(({ who }) => who !== "person").every(({ phone }) => phone === VICTIM));
  assert.ok(new Set(trafficOf({ ...plan, kind: "spray" }, 0).map(({ phone }) => phone)).size > 2500);
  const prefixes = trafficOf({ ...plan, kind: "pump" }, 0).filter(({ who }) => who === "bot");
  assert.equal(new Set(prefixes.map(({ phone }) => phone.slice(0, 7))).size, 1);
});

test("statistics count by account and by time", () => {
  const buckets = [
    { at: 0, counts: { "sent.accepted.a": 9 } },
    {
      at: 3_600_000,
      counts: { "sent.accepted.a": 2, "sent.unknown.b": 1, "rejected.number": 4, "verify.verified": 2 },
    },
    { at: 3_900_000, counts: { "sent.accepted.b": 5, "reports.delivered.b": 3, "verified.b": 1 } },
  ];
  const counted = overTime({ bucketSeconds: 300, buckets }, 1, 4_200_000);
  assert.deepEqual([counted.begin, counted.widthMs, counted.buckets.length], [600_000, 300_000, 12]);
  const counts = totals(counted.buckets);
  assert.equal(counts["sent.accepted.a"], 2, "what is older is not shown");
  assert.deepEqual(accountsOf(counts), ["b", "a"]);
  assert.deepEqual(outcomesOf(counts, "b"), {
    accepted: 5,
    rejected: undefined,
    unknown: 1,
    delivered: 3,
    failed: undefined,
    verified: 1,
  });
  assert.equal(outcomesOf(counts, undefined).accepted, 7);
  const day = overTime({ bucketSeconds: 300, buckets }, 24, 86_400_000);
  assert.deepEqual([day.begin, day.widthMs, day.buckets.length], [0, 900_000, 96]);
});

test("the page finds the exact bytes of a request's text", () => {
  const text = "【信使】a 1";
  const gbk = iconv.encode(text, "gbk");
  const escaped = [...gbk].map((byte) => `%${byte.toString(16)}`).join("");
  const form = { url: "http://x/", headers: {}, body: new TextEncoder().encode(`uid=1&msg=${escaped}&x`) };
  assert.deepEqual(Buffer.from(textOf(form, "gbk").bytes), gbk);
  const twice = { ...form, body: new TextEncoder().encode(`msg=${encodeURIComponent(escaped)}`) };
  assert.deepEqual(Buffer.from(textOf(twice, "gbk").bytes), gbk);
  assert.equal(textOf(twice, "gbk").isTwice, true);
  const json = {
    ...form,
    headers: { "content-type": "application/json" },
    body: new TextEncoder().encode(JSON.stringify({ text })),
  };
  assert.equal(new TextDecoder().decode(textOf(json, "utf-8").bytes), text);
  assert.equal(textOf({ ...form, body: undefined }, "gbk"), undefined);
  assert.deepEqual(
    charactersOf(gbk, "gbk").map(({ character, bytes }) => [character, bytes.length]),
    [...text].map((character) => [character, character > "~" ? 2 : 1]),
  );
  assert.deepEqual(
    [...charactersOf(new TextEncoder().encode("é信😀"), "utf-8")].map(({ bytes }) => bytes.length),
    [2, 3, 4],
  );
  assert.deepEqual(
    parametersOf("a=1+2%zz&b").map(({ name, bytes }) => [name, Buffer.from(bytes).toString()]),
    [
      ["a", "1 2%zz"],
      ["b", ""],
    ],
  );
  assert.equal(listing(Uint8Array.of(65, 0, 255)), `0000  41 00 FF${" ".repeat(39)}  A··`);
  assert.equal(
    asCurl([{ url: "http://x/?a='", method: "GET", headers: {}, body: undefined }]),
    "curl -X GET 'http://x/?a='\\'''",
  );
});

test("a recipient's number may contain spaces, and its values follow it", () => {
  for (const [line, to, ...values] of [
    ["13812345678 王先生 8-1-2004", "13812345678", "王先生", "8-1-2004"],
    ["138 1234 5678 8-1-2004", "138 1234 5678", "8-1-2004"],
    ["+86 138-1234-5678  王先生", "+86 138-1234-5678", "王先生"],
    ["(+86) 138 1234 5678 12", "(+86) 138 1234 5678", "12"],
    ["0086 138 1234 5678 12", "0086 138 1234 5678", "12"],
    ["１３８ １２３４ ５６７８ 一", "１３８ １２３４ ５６７８", "一"],
    ["13812345678", "13812345678"],
    ["王先生 12", "王先生", "12"],
  ]) {
    assert.deepEqual(recipient(line), { to, values }, line);
  }
});
