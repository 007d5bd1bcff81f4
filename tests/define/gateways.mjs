// Five gateways of different families as definitions, and a stand-in for each that checks requests by its own code: Node's
// crypto and URLSearchParams. The formats are those of public documents, told in our words.
import { createHash, createHmac } from "node:crypto";
import { defineVendor } from "xinshi/define";

const md5 = (text) => createHash("md5").update(text).digest("hex");
const form = (body) => Object.fromEntries(new URLSearchParams(body));

/** MD5 of account, key and a time by the clock, in a form; JSON reply. */
const clocked = {
  definition: {
    name: "clocked",
    baseUrl: "https://clocked.example",
    account: { account: "text", key: "secret" },
    send: {
      url: "{baseUrl}/sms/batchSend",
      form: {
        account: "{account}",
        timestamp: "{time('yyyyMMddHHmmss')}",
        sign: "{md5(account + key + time('yyyyMMddHHmmss'))}",
        mobile: "{to}",
        content: "{text}",
        msgId: "{ref}",
      },
      max: 500,
    },
    read: {
      format: "json",
      code: "status",
      accepted: ["0"],
      id: "data.taskId",
      message: "desc",
      codes: { 1001: "auth", 1002: "balance", 1003: "number" },
    },
    reports: {
      url: "{baseUrl}/sms/reports",
      form: { account: "{account}", sign: "{md5(account + key)}" },
      read: {
        format: "json",
        code: "status",
        accepted: ["0"],
        list: "data",
        fields: { ref: "msgId", phone: "mobile", status: "stat", at: "time" },
      },
    },
    push: {
      read: { format: "json", list: "", fields: { ref: "msgId", phone: "mobile", status: "stat", text: "content" } },
    },
  },
  account: { account: "u1", key: "k-clocked" },
  rejected: '{"status":"1002","desc":"balance of u1 is 0, key k-clocked"}',
  answer({ path, body }) {
    const { account, timestamp = "", sign, mobile } = form(body);
    if (sign !== md5(`${account}k-clocked${timestamp}`)) return '{"status":"1001","desc":"sign"}';
    if (path === "/sms/reports")
      return '{"status":0,"data":[{"msgId":"r7","mobile":"13812345678","stat":"DELIVRD","time":"2024-03-01 08:00:00"},{"stat":""}]}';
    return /^\d{14}$/.test(timestamp) && mobile
      ? '{"status":0,"data":{"taskId":9007199254740993}}'
      : '{"status":"1003"}';
  },
  id: "9007199254740993",
};

/** HMAC-SHA256 over the sorted parameters, in JSON; the signature is upper case. */
const sorted = {
  definition: {
    name: "sorted",
    baseUrl: "https://sorted.example",
    account: { appId: "text", secret: "secret", channel: "optional" },
    international: true,
    send: {
      url: "{baseUrl}/v1/messages",
      headers: { "content-type": "application/json;charset=utf-8", "x-nonce": "{nonce}" },
      json: {
        appId: "{appId}",
        channel: "{channel}",
        mobiles: "{e164}",
        content: "{text}",
        timestamp: "{number(timeMs)}",
        nonce: "{nonce}",
        sign: "{upper(hmacSha256(secret, sorted('=', '&')))}",
      },
      max: 200,
    },
    read: {
      format: "json",
      code: "code",
      accepted: ["SUCCESS"],
      id: "result.0.sid",
      message: "msg",
      codes: { SIGN: "auth", QUOTA: "balance" },
    },
  },
  account: { appId: "a1", secret: "k-sorted" },
  rejected: '{"code":"QUOTA","msg":"no quota for k-sorted"}',
  answer({ body, headers }) {
    const { sign, ...rest } = JSON.parse(body);
    const joined = Object.keys(rest)
      .sort()
      .map((name) => `${name}=${rest[name]}`)
      .join("&");
    const expected = createHmac("sha256", "k-sorted").update(joined).digest("hex").toUpperCase();
    const isRight = sign === expected && headers["x-nonce"] === rest.nonce && typeof rest.timestamp === "number";
    return isRight && !("channel" in rest) && headers["content-type"] === "application/json;charset=utf-8"
      ? '{"code":"SUCCESS","result":[{"sid":"s-1"}]}'
      : '{"code":"SIGN","msg":"wrong"}';
  },
  id: "s-1",
};

/** Basic authentication, JSON with an element a receiver, an HTTP error with a code. */
const basic = {
  definition: {
    name: "basic",
    baseUrl: "https://basic.example",
    account: { sid: "text", token: "secret" },
    send: {
      url: "{baseUrl}/Accounts/{sid}/Messages",
      headers: { authorization: "Basic {base64(sid + ':' + token)}" },
      json: {
        messages: [{ to: "{to}", body: "{text}" }],
        from: { sender: 7, test: false, note: null, tags: ["a", "b"] },
      },
      max: 100,
    },
    read: {
      format: "json",
      code: "status",
      accepted: ["queued"],
      id: "id",
      message: "error.text",
      codes: { unauthorized: "auth", suspended: "suspended" },
    },
  },
  account: { sid: "S1", token: "k-basic" },
  rejected: { status: 403, body: '{"status":"suspended","error":{"text":"UzE6ay1iYXNpYw== is suspended"}}' },
  answer({ path, body, headers }) {
    const { messages, from } = JSON.parse(body);
    const isRight =
      headers.authorization === `Basic ${Buffer.from("S1:k-basic").toString("base64")}` &&
      path === "/Accounts/S1/Messages";
    if (!isRight) return { status: 401, body: '{"status":"unauthorized"}' };
    const isWhole =
      messages.every(({ to, body }) => /^1\d{10}$/.test(to) && body) &&
      JSON.stringify(from) === '{"sender":7,"test":false,"note":null,"tags":["a","b"]}';
    return isWhole ? '{"status":"queued","id":"q-1"}' : '{"status":"bad"}';
  },
  id: "q-1",
};

/** A GET in GBK with an XML reply. */
const xml = {
  definition: {
    name: "xmlish",
    baseUrl: "https://xml.example",
    charset: "gbk",
    account: { userid: "text", password: "secret" },
    maxLength: 500,
    send: {
      method: "GET",
      url: "{baseUrl}/sms.aspx",
      query: { action: "send", userid: "{userid}", password: "{password}", mobile: "{to}", content: "{text}" },
      separator: ";",
      max: 50,
    },
    read: {
      format: "xml",
      code: "returnsms.returnstatus",
      accepted: ["Success"],
      id: "returnsms.taskID",
      count: "returnsms.successCounts",
      message: "returnsms.message",
      codes: { Faild: "vendor" },
    },
    replies: {
      url: "{baseUrl}/callApi.aspx",
      form: { userid: "{userid}", password: "{password}" },
      read: {
        format: "xml",
        list: "returnsms.callbox",
        fields: { phone: "mobile", text: "content", at: "receivetime", ext: "extno" },
      },
    },
  },
  account: { userid: "7", password: "k-xml" },
  rejected:
    "<?xml version='1.0'?><returnsms><returnstatus>Faild</returnstatus><message>password k-xml</message></returnsms>",
  answer({ path, query }) {
    if (path === "/callApi.aspx")
      return "<returnsms><callbox><mobile>13812345678</mobile><content>TD &amp; R</content><receivetime>2024-03-01 08:00:00</receivetime></callbox><callbox><mobile>13912345678</mobile><content><![CDATA[<hi>]]></content></callbox></returnsms>";
    const { password } = Object.fromEntries(new URLSearchParams(query));
    // 【信使】 in GBK.
    const isGbk = query.includes("content=%A1%BE%D0%C5%CA%B9%A1%BF");
    const mobiles = new URLSearchParams(query).get("mobile").split(";").length;
    return `<?xml version="1.0" encoding="gb2312"?>\n<returnsms><returnstatus>${password === "k-xml" && isGbk ? "Success" : "Faild"}</returnstatus><message>ok</message><taskID>77</taskID><successCounts>${mobiles}</successCounts></returnsms>`;
  },
  id: "77",
};

/** MD5 password in upper case; a reply of fields joined by `|`. */
const joined = {
  definition: {
    name: "joined",
    baseUrl: "https://joined.example",
    account: { name: "text", pwd: "secret" },
    send: {
      url: "{baseUrl}/send",
      form: { name: "{name}", pwd: "{upper(md5(pwd))}", phone: "{to}", msg: "{text}", id: "{ref}" },
      max: 1000,
    },
    read: {
      format: "text",
      code: "0",
      id: "1",
      message: "1",
      accepted: ["0"],
      codes: { "-1": "auth", "-2": "balance" },
    },
    reports: {
      method: "GET",
      url: "{baseUrl}/report",
      query: { name: "{name}", pwd: "{upper(md5(pwd))}" },
      read: { format: "text", fields: { id: "0", phone: "1", status: "2" }, delivered: "OK" },
    },
  },
  account: { name: "n1", pwd: "k-joined" },
  rejected: `-2|no money for ${md5("k-joined").toUpperCase()}`,
  answer({ path, query, body }) {
    const { pwd, phone } = form(path === "/report" ? query : body);
    if (pwd !== md5("k-joined").toUpperCase()) return "-1|pwd";
    if (path === "/report") return "77|13812345678|OK\r\n78|13912345678|FAIL\r\n";
    return phone ? "0|77" : "-9|phone";
  },
  id: "77",
};

export const gateways = [clocked, sorted, basic, xml, joined].map((gateway) => ({
  ...gateway,
  vendor: defineVendor(gateway.definition),
}));
