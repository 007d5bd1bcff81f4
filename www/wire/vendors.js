// What each vendor can be asked, as data: the fields of an operation, and the call of the package that they become.
import { recipient } from "./lines.js";

/**
 * @typedef {{ name: string, type: "tel" | "line" | "text" | "number" | "date" | "check" | "kind", value: string, optional?: boolean }} Field
 * @typedef {object} Operation
 * @property {string} name By the vendor's own name, where it has one for all ways.
 * @property {string} call The method of the vendor's client: `accounts.create`.
 * @property {Field[]} fields
 * @property {(values: any) => any[]} args
 * @property {(account: any) => boolean} [where] For which accounts the vendor has it.
 */

const TEXT = "【信使】您的验证码是112233，5分钟内有效。";
const tel = (value = "13812345678") => ({ name: "to", type: "tel", value });
const field = (name, type, value, optional = false) => ({ name, type, value, optional });
const text = field("text", "text", TEXT);
const kind = field("kind", "kind", "otp");
const ref = field("ref", "line", "", true);
const plain = (values) => [values];

const send = (name, ...more) => ({
  name,
  call: "send",
  fields: [tel(), text, kind, ...more, ref],
  args: ({ sendAt, ...message }) => [{ ...message, ...(sendAt && { sendAt: new Date(sendAt) }) }],
});
const sendMany = (name) => ({
  name,
  call: "sendMany",
  fields: [
    field("numbers", "text", "13812345678\n13912345678"),
    field("text", "text", "【信使】您的包裹已到驿站。"),
    ref,
  ],
  args: ({ numbers, ...bulk }) => [{ to: lines(numbers), ...bulk }],
});
const personal = (name) => ({
  name,
  call: "sendMany",
  fields: [
    field("template", "text", "【信使】{value0}，您的取件码是{value1}。"),
    field("each", "text", "13812345678 王先生 8-1-2004\n13912345678 李女士 8-1-2005"),
  ],
  args: ({ template, each }) => [
    {
      template,
      each: lines(each).map(recipient),
    },
  ],
});

const page = [field("page", "number", "1"), field("pageSize", "number", "20")];
const account = [
  field("company", "line", "信使科技"),
  field("signature", "line", "【信使科技】"),
  field("total", "number", "10"),
  field("statusUrl", "line", "", true),
];
const template = [
  field("accountId", "line", "1"),
  field("name", "line", "验证码"),
  field("content", "text", "【信使】您的验证码是@"),
  field("marketing", "check", ""),
];

/** Of liupai and binstd, whose APIs are alike. */
const books = [
  { name: "balance", call: "balance", fields: [], args: () => [] },
  { name: "addaccount", call: "accounts.create", fields: account, args: plain },
  { name: "accountlist", call: "accounts.list", fields: page, args: plain },
  { name: "editaccount", call: "accounts.update", fields: [field("accountId", "line", "1"), ...account], args: plain },
  { name: "addtemplate", call: "templates.create", fields: template, args: plain },
  { name: "templatelist", call: "templates.list", fields: [field("accountId", "line", "1"), ...page], args: plain },
];

const appkey = { method: ["POST", "GET"], transport: ["fetch", "jsonp"] };

/** @type {Record<string, { charset: "utf-8" | "gbk", account: Record<string, any[]>, operations: Operation[] }>} */
export const vendors = {
  smsadmin: {
    charset: "gbk",
    account: { method: ["POST", "GET"], pwdMode: ["md5", "plain"], urlencoded: [false, true] },
    operations: [
      send("send", field("sendAt", "date", "", true)),
      sendMany("send, many"),
      personal("post_send_ddt"),
      { name: "user_info", call: "balance", fields: [], args: () => [] },
      { name: "mgz", call: "checkText", fields: [field("text", "text", "主卧和停车场")], args: ({ text }) => [text] },
      { name: "report", call: "reports", fields: [], args: () => [] },
      { name: "reve", call: "replies", fields: [], args: () => [] },
    ],
  },
  apiv1: {
    charset: "utf-8",
    account: {},
    operations: [
      send("send"),
      sendMany("send, many"),
      { name: "queryBalance", call: "balance", fields: [], args: () => [] },
      { name: "report", call: "reports", fields: [], args: () => [] },
      { name: "mo", call: "replies", fields: [], args: () => [] },
    ],
  },
  binstd: {
    charset: "utf-8",
    account: appkey,
    operations: [
      send("send"),
      sendMany("send, many"),
      ...books,
      {
        name: "edittemplate",
        call: "templates.update",
        fields: [field("templateId", "line", "1"), ...template],
        args: plain,
      },
      {
        name: "templatedetail",
        call: "templates.get",
        fields: [field("templateId", "line", "1")],
        args: ({ templateId }) => [templateId],
      },
      { name: "blackword", call: "blockedWords", fields: [], args: () => [] },
    ],
  },
  liupai: {
    charset: "utf-8",
    account: appkey,
    operations: [
      send("send", field("templateId", "line", "", true)),
      sendMany("send, many"),
      ...books,
      {
        name: "sendlogs",
        call: "logs",
        fields: [field("startDate", "line", "2026-01-01", true), field("page", "number", "1")],
        args: plain,
      },
    ],
  },
  liasmart: {
    charset: "utf-8",
    account: { method: ["POST", "GET"] },
    operations: [send("SendSMS"), sendMany("SendSMS, many")],
  },
};

/** What a person wrote, as the values of an operation: what may be left empty, and is, is absent. */
export function valuesOf(fields, written) {
  const present = fields.filter(({ name, type, optional }) => type === "check" || !(optional && !written[name]));
  return Object.fromEntries(present.map(({ name, type }) => [name, read(type, written[name])]));
}

function read(type, written) {
  if (type === "number") return Number(written);
  if (type === "check") return Boolean(written);
  return written;
}

const lines = (written) =>
  written
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean);
