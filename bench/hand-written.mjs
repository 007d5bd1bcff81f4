// The rival: a client for apiv1 and smsadmin on iconv-lite and js-md5, as a careful team writes it by hand. It checks
// numbers, removes repeated ones, keeps the documents' limits, and hashes the password once.
import iconv from "iconv-lite";
import md5 from "js-md5";

const headers = { "content-type": "application/x-www-form-urlencoded" };

const MOBILE = /^1[3-9]\d{9}$/;

/** apiv1, /api/v1/send: a form in UTF-8. */
export function apiv1({ account, password, baseUrl }) {
  const pwd = md5(password);
  return ({ to, text, ref }) => {
    const mobiles = unique([to].flat(), 3000).join(",");
    if (text.length > 500) throw new Error("the text is too long");
    const fields = { account, pwd, taskId: ref, mobiles, content: text };
    const body = Object.entries(fields)
      .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
      .join("&");
    return { url: `${baseUrl}/api/v1/send`, headers, body };
  };
}

/** smsadmin, post_send_md5 and post_send_ddt: forms in GBK. */
export function smsadmin({ uid, pwd, baseUrl }) {
  const hash = md5(iconv.encode(pwd, "gbk"));
  const api = `${baseUrl}/smsmarketing/wwwroot/api`;
  const form = (fields) => fields.map(([name, value]) => `${name}=${value}`).join("&");
  const one = ({ to, text, ref }) => {
    const mobile = unique([to].flat(), 1000).join(";");
    const fields = [
      ["uid", percent(uid)],
      ["pwd", hash],
      ["mobile", encodeURIComponent(mobile)],
      ["msg", percent(text)],
      ["dtime", ""],
      ["linkid", ref],
    ];
    return { url: `${api}/post_send_md5/`, headers, body: form(fields) };
  };
  const each = ({ template, each, ref }) => {
    unique(
      each.map(({ to }) => to),
      1000,
    );
    const group = ({ to, values }) => {
      for (const value of values) if (/[,;]/.test(value)) throw new Error("a value holds a separator");
      return [to, ...values].join(",");
    };
    const fields = [
      ["uid", percent(uid)],
      ["pwd", hash],
      ["msg", encodeURIComponent(percent(template))],
      ["params", encodeURIComponent(percent(each.map(group).join(";")))],
      ["dtime", ""],
      ["linkid", ref],
    ];
    return { url: `${api}/post_send_ddt/`, headers, body: form(fields) };
  };
  return { one, each };
}

function unique(numbers, most) {
  const found = [...new Set(numbers)];
  if (found.length > most) throw new Error("too many numbers");
  for (const number of found) if (!MOBILE.test(number)) throw new Error(`${number} is no mobile number`);
  return found;
}

const BYTES = Array.from({ length: 256 }, (_, byte) =>
  /[\w.~-]/.test(String.fromCharCode(byte)) && byte < 128
    ? String.fromCharCode(byte)
    : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`,
);

function percent(text) {
  const bytes = iconv.encode(text, "gbk");
  // iconv-lite writes ? for a character that GBK lacks; a careful client rejects it.
  if (bytes.includes(63) && !text.includes("?")) throw new Error("GBK lacks a character");
  let encoded = "";
  for (const byte of bytes) encoded += BYTES[byte];
  return encoded;
}
