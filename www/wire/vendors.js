// The operations of each vendor, from the package's own list of vendors: the fields of the form, and the call of the
// package that they make.
import { vendors as registry } from "xinshi/vendors";
import { recipient } from "./recipient.js";

/**
 * @typedef {{ name: string, type: "tel" | "line" | "text" | "number" | "date" | "check" | "kind", value: string, optional?: boolean }} Field
 * @typedef {object} Operation
 * @property {string} name The vendor's name of it, if all ways share one.
 * @property {string} call The method of the vendor's client, such as `accounts.create`.
 * @property {Field[]} fields
 * @property {(values: any) => any[]} args
 */

const TEXT = "【信使】您的验证码是112233，5分钟内有效。";
const tel = (value = "13812345678") => ({ name: "to", type: "tel", value });
const field = (name, type, value, optional = false) => ({ name, type, value, optional });
const text = field("text", "text", TEXT);
const kind = field("kind", "kind", "otp");
const ref = field("ref", "line", "", true);

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

/** The vendor shown first; the others follow in the order of the registry. */
const FIRST = "smsadmin";

/** The initial values of required fields. */
const EXAMPLES = {
  text: "主卧和停车场",
  page: "1",
  pageSize: "20",
  company: "信使科技",
  signature: "【信使科技】",
  total: "10",
  accountId: "1",
  name: "验证码",
  content: "【信使】您的验证码是@",
  templateId: "1",
  startDate: "2026-01-01",
  signatureId: "2000001",
  code: "112233",
  to: "13812345678",
};

/** The examples of vendors that keep templates and signatures: those of the sandbox. */
const APPROVED = {
  aliyun: { templateId: "SMS_100000001", name: "信使" },
  tencent: { templateId: "1000001" },
};

/** Today in Beijing, `2026-01-05`: an example whose texts the sandbox has. */
const today = () => new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 10);

/** Optional values that nobody needs for trying a vendor. */
const LEFT_OUT = ["replyUrl", "replyUsername", "replyPassword", "endDate", "id"];

/** The form of an operation of a vendor other than sending. */
function queryForm(vendor, { name, operation: call, gives, takes }) {
  const shown = takes.filter(({ name }) => !LEFT_OUT.includes(name) && !(call === "logs" && name === "templateId"));
  const fields = shown.map(({ name, kind, optional }) => {
    const value = APPROVED[vendor]?.[name] ?? (kind === "date" && !optional ? today() : (EXAMPLES[name] ?? ""));
    return field(name, typeOf(name, kind), value, optional && kind !== "number");
  });
  const isOne = gives !== "page" && takes.length === 1;
  return { name, call, fields, args: (values) => (isOne ? [values[takes[0].name]] : takes.length > 0 ? [values] : []) };
}

function typeOf(name, kind) {
  if (kind === "flag") return "check";
  if (kind === "number") return "number";
  return name === "content" || name === "text" ? "text" : "line";
}

function described({ name: vendor, charset, options, sends, operations, schedules, templates }) {
  const [{ operation, values }] = sends;
  const hasOtherOperations = sends.some((way) => way.operation !== operation);
  const one = hasOtherOperations ? "send" : operation;
  const optional = [
    ...(templates ? [field("templateId", "line", "", true)] : []),
    ...(schedules ? [field("sendAt", "date", "", true)] : []),
  ];
  const changing = options.filter(({ kind }) => kind === "choice" || kind === "flag");
  return {
    charset,
    account: Object.fromEntries(changing.map(({ name, words }) => [name, words ?? [false, true]])),
    operations: [
      send(one, ...optional),
      sendMany(`${one}, many`),
      ...(values.operation === operation ? [] : [personal(values.operation)]),
      ...operations.filter(({ account }) => Object.keys(account).length === 0).map((query) => queryForm(vendor, query)),
    ],
  };
}

/** @type {Record<string, { title: string, charset: "utf-8" | "gbk", account: Record<string, any[]>, operations: Operation[] }>} */
export const vendors = Object.fromEntries(
  [...registry]
    .sort((one, other) => Number(other.name === FIRST) - Number(one.name === FIRST))
    .map((vendor) => [vendor.name, { title: vendor.title, ...described(vendor) }]),
);

/** The written values as arguments of an operation; an empty optional value is absent. */
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
