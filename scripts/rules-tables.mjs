// The tables of docs/rules.md, from the data: `node scripts/rules-tables.mjs` writes them anew, and a test compares them.
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { root } from "./run.mjs";

const file = path.join(root, "docs", "rules.md");

/** What may follow a reason, for each language. */
const RETRY = {
  never: ["不要重发", "not as it is"],
  later: ["稍后", "later"],
  "other-account": ["换账号", "by another account"],
};
const ACTOR = { person: ["机主", "the person"], sender: ["发送方", "the sender"], vendor: ["供应商", "the vendor"] };

/** What is English in the names and dates of documents. */
const NAMES = [
  ["undated, about ", "无日期，约"],
  [/^undated$/, "无日期"],
  [/^about (.*)$/, "约$1"],
  [/^(无日期，约.*|约.*)$/, "$1年"],
  ["table of receipt codes in English", "状态码表（英文）"],
  ["an older copy of that table", "状态码表的旧版"],
  [", code of its callers", "调用者的代码"],
  ["public code of callers and resellers", "调用者与转售商的公开代码"],
  ["public code of callers of 极速数据", "极速数据调用者的公开代码"],
  ["public code of a gateway's callers", "某网关调用者的公开代码"],
  ["public code of a CMPP gateway", "某CMPP网关的公开代码"],
  ["FAQ of 消息&短信", "消息&短信常见问题"],
  [" and ", "、"],
];
const inChinese = (words) => NAMES.reduce((words, [english, chinese]) => words.replace(english, chinese), words);

/** The document with its tables written anew. */
export async function withTables(document) {
  const { listReasons, listRules } = await import("xinshi/rules");
  const dated = (sources, isChinese) =>
    isChinese
      ? sources.map(({ name, date }) => `${inChinese(name)}（${inChinese(date)}）`).join("；")
      : sources.map(({ name, date }) => `${name} (${date})`).join("; ");
  const rules = (text) =>
    listRules().map(
      (rule) => `| \`${rule.code}\` | ${rule.level} | ${rule[text]} | ${dated(rule.sources, text === "chinese")} |`,
    );
  const reasons = (language) =>
    listReasons().map(({ codes, reason, otherReason, blockedBy, retryable, actor, chinese, whose, sources }) => {
      const meaning = [reason, otherReason].filter(Boolean).join(" / ") + (blockedBy ? ` (${blockedBy})` : "");
      const statement = whose ? `${whose}：${chinese}` : chinese;
      const todo = `${RETRY[retryable][language]}；${ACTOR[actor][language]}`.replace("；", language ? "; " : "；");
      return `| ${codes.map((code) => `\`${code}\``).join(" ")} | ${meaning} | ${statement} | ${todo} | ${dated(sources, language === 0)} |`;
    });
  const tables = {
    "rules-zh": ["| 规则 | 级别 | 怎么办 | 出处（日期） |", "| --- | --- | --- | --- |", ...rules("chinese")],
    "rules-en": ["| rule | level | what to do | source (date) |", "| --- | --- | --- | --- |", ...rules("message")],
    "reasons-zh": [
      "| 状态码 | 原因 | 出处的说法 | 再试与负责方 | 出处（日期） |",
      "| --- | --- | --- | --- | --- |",
      ...reasons(0),
    ],
    "reasons-en": [
      "| code | reason | what the sources say | try again; who acts | source (date) |",
      "| --- | --- | --- | --- | --- |",
      ...reasons(1),
    ],
  };
  return Object.entries(tables).reduce((document, [name, rows]) => {
    const [begin, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
    const [before, rest] = document.split(begin);
    const [, after] = rest.split(end);
    return `${before}${begin}\n${rows.join("\n")}\n${end}${after}`;
  }, document);
}

/** The document as it is. */
export const readDocument = () => readFileSync(file, "utf8");

if (import.meta.url === pathToFileURL(process.argv[1]).href) writeFileSync(file, await withTables(readDocument()));
