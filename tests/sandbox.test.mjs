// The sandbox's decoders with encoders of other projects: iconv-lite for GBK, qs and URLSearchParams for forms.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { test } from "node:test";
import iconv from "iconv-lite";
import qs from "qs";
import { createSms } from "xinshi";
import { createSandbox, SmsError } from "xinshi/sandbox";
import { serve } from "../pkg/sandbox/server.js";

const FORM = "application/x-www-form-urlencoded";
const API = "http://www.smsadmin.cn/smsmarketing/wwwroot/api";

async function inbox(sandbox) {
  const response = await sandbox.fetch("http://sandbox/inbox", { headers: { accept: "application/json" } });
  return response.json();
}

/** Percent-encodes iconv-lite's bytes. */
const gbk = (text) =>
  Array.from(iconv.encode(text, "gbk"), (byte) => `%${byte.toString(16).padStart(2, "0")}`).join("");

function post(sandbox, url, body, contentType = FORM) {
  return sandbox.fetch(url, { method: "POST", headers: { "content-type": contentType }, body });
}

test("GBK forms arrive as iconv-lite wrote them, with every two-byte code", async () => {
  const sandbox = createSandbox();
  const { uid, pwd } = sandbox.config("smsadmin");
  // Older tables lack the characters that GB 18030 added, which arrive as U+FFFD. See src/wire/gbk.rs.
  const isAdded = (code) =>
    [0xa6ec, 0xa6ed, 0xa6f3, 0xa8bc, 0xa8bf].includes(code) ||
    (code >= 0xa6d9 && code <= 0xa6df) ||
    (code >= 0xa989 && code <= 0xa995) ||
    (code >= 0xfe50 && code <= 0xfea0);
  const codes = [];
  for (let lead = 0x81; lead <= 0xfe; lead += 1) {
    for (let trail = 0x40; trail <= 0xfe; trail += 1) {
      const bytes = Buffer.from([lead, trail]);
      const character = iconv.decode(bytes, "gbk");
      const twoWays = character.length === 1 && character !== "\ufffd" && iconv.encode(character, "gbk").equals(bytes);
      if (twoWays && !isAdded(lead * 256 + trail)) codes.push(character);
    }
  }
  assert.ok(codes.length > 21_000, `${codes.length} codes`);
  const texts = [];
  for (let at = 0; at < codes.length; at += 300) texts.push(codes.slice(at, at + 300).join(""));
  for (const text of texts) {
    const body = `uid=${gbk(uid)}&pwd=${gbk(pwd)}&mobile=13812345678&msg=${gbk(text)}&dtime=&linkid=`;
    const reply = await post(sandbox, `${API}/post_send/`, body);
    assert.equal(iconv.decode(Buffer.from(await reply.arrayBuffer()), "gbk"), "0发送成功!");
  }
  const received = await inbox(sandbox);
  assert.equal(received.length, texts.length);
  for (const [index, text] of texts.entries()) assert.equal(received[index].text, text);
  await post(sandbox, `${API}/post_send/`, `uid=${gbk(uid)}&pwd=${gbk(pwd)}&mobile=13812345678&msg=%FE%9F%A6%D9%D0%C5`);
  assert.equal((await inbox(sandbox)).at(-1).text, "\ufffd\ufffd信");
});

test("the url-encoded endpoints decode exactly once more", async () => {
  const sandbox = createSandbox();
  const { uid, pwd } = sandbox.config("smsadmin");
  const text = "100% 的 a+b\n%E4%BF%A1 【签名】";
  const twice = (value) => encodeURIComponent(gbk(value));
  const query = `uid=${gbk(uid)}&pwd=${gbk(pwd)}&mobile=13812345678&msg=${twice(text)}`;
  await sandbox.fetch(`${API}/get_send_urldecode/?${query}`);
  await post(
    sandbox,
    `${API}/post_send_urldecode/`,
    `uid=${twice(uid)}&pwd=${gbk(pwd)}&mobile=13812345678&msg=${twice(text)}`,
  );
  assert.deepEqual(
    (await inbox(sandbox)).map((received) => received.text),
    [text, text],
  );
});

test("UTF-8 forms arrive as URLSearchParams and qs write them", async () => {
  const sandbox = createSandbox();
  const { appkey } = sandbox.config("binstd");
  const text = "【信使】a=b&c=d +100%25 \r\n\t😀 ~!*()'";
  const fields = { mobile: "13812345678", content: text, appkey };
  const url = "https://api.binstd.com/sms/send";
  const replies = [
    await post(sandbox, url, new URLSearchParams(fields).toString()),
    await post(sandbox, url, qs.stringify(fields), `${FORM}; charset=utf-8`),
    await post(sandbox, url, qs.stringify(fields, { format: "RFC1738" })),
    await sandbox.fetch(`${url}?${new URLSearchParams(fields)}`),
    await sandbox.fetch(`${url}?${qs.stringify(fields)}`),
  ];
  for (const reply of replies) assert.equal((await reply.json()).status, "0");
  for (const received of await inbox(sandbox)) assert.equal(received.text, text);
  assert.equal((await inbox(sandbox)).length, replies.length);
});

test("each vendor rejects a wrong key in its own format", async () => {
  const sandbox = createSandbox();
  const text = "【信使】1";
  const form = (fields) => new URLSearchParams(fields).toString();
  const binstd = await post(
    sandbox,
    "https://api.binstd.com/sms/send",
    form({ mobile: "13812345678", content: text, appkey: "x" }),
  );
  assert.deepEqual(await binstd.json(), { status: "101", msg: "APPKEY为空或不存在", result: "" });
  const liupai = await post(sandbox, "http://open.liupai.net/sms/send", form({ mobile: "13812345678", content: text }));
  assert.deepEqual(await liupai.json(), { status: 101, msg: "APPKEY为空或不存在", result: [] });
  const liasmart = await post(sandbox, "https://api.liasmart.com/api/SendSMS", "{}", "application/json");
  assert.deepEqual(await liasmart.json(), { message_id: 0, status: "F", remarks: "Invalid Credentials" });
  const apiv1 = await post(sandbox, "http://127.0.0.1:4010/apiv1/api/v1/send", form({ account: "sandbox", pwd: "x" }));
  assert.equal((await apiv1.json()).code, "01");
  const smsadmin = await sandbox.fetch(`${API}/get_send/?uid=x&pwd=y&mobile=13812345678&msg=z`);
  assert.equal(iconv.decode(Buffer.from(await smsadmin.arrayBuffer()), "gbk"), "1用户名或密码错误!");
  assert.deepEqual(await inbox(sandbox), []);
});

test("the sandbox gives documented rejections by its rules, and any code on demand", async () => {
  const sandbox = createSandbox();
  const { uid, pwd } = sandbox.config("smsadmin");
  const send = async (fields) => {
    const all = { uid, pwd, mobile: "13812345678", msg: "好【签名】", ...fields };
    const query = Object.entries(all).map(([name, value]) => `${name}=${gbk(value)}`);
    const reply = await sandbox.fetch(`${API}/get_send/?${query.join("&")}`);
    return iconv.decode(Buffer.from(await reply.arrayBuffer()), "gbk");
  };
  const numbers = (count) => Array.from({ length: count }, (_, index) => String(13_800_000_000 + index)).join(";");
  assert.equal(await send({ mobile: numbers(101) }), "3超过发送最大量100条");
  assert.equal(await send({ mobile: numbers(100) }), "0发送成功!");
  assert.equal(await send({ msg: "" }), "5手机号或发送信息不能为空!");
  assert.equal(await send({ msg: "主卧【签名】" }), "6含有敏感字,请修改后发送!");
  assert.equal(await send({ msg: "字".repeat(351) }), "7超过350个字,请修改后发送!");
  const { appkey } = sandbox.config("binstd");
  const codes = {
    201: { mobile: "" },
    202: { mobile: "1381234567" },
    203: { content: "" },
    204: { content: "【x】公馆" },
    205: { content: "x" },
  };
  for (const [code, fields] of Object.entries(codes)) {
    const all = { mobile: "13812345678", content: "【信使】1", appkey, ...fields };
    const reply = await post(sandbox, "https://api.binstd.com/sms/send", new URLSearchParams(all).toString());
    assert.equal((await reply.json()).status, code);
  }
  for (const [vendor, code] of [
    ["smsadmin", "8"],
    ["smsadmin", "4"],
    ["binstd", "206"],
  ]) {
    await sandbox.fetch("http://sandbox/faults", {
      method: "POST",
      body: JSON.stringify({ vendor, fault: "reject", code }),
    });
  }
  assert.equal(await send({}), "8用户已冻结, 请联系客服人员!");
  assert.equal(await send({}), "4此用户不允许发送!");
  assert.equal((await inbox(sandbox)).length, 100);
});

test("the inbox page shows texts and never runs them", async () => {
  const sandbox = createSandbox();
  const { appkey } = sandbox.config("binstd");
  const content = "【信使】<script>alert(1)</script>";
  await post(
    sandbox,
    "https://api.binstd.com/sms/send",
    new URLSearchParams({ mobile: "13812345678", content, appkey }).toString(),
  );
  const page = await (await sandbox.fetch("http://sandbox/inbox", { headers: { accept: "text/html" } })).text();
  assert.match(page, /\+8613812345678/);
  assert.match(page, /&lt;script&gt;/);
  assert.doesNotMatch(page, /<script/);
  await sandbox.fetch("http://sandbox/inbox", { method: "DELETE" });
  assert.deepEqual(await inbox(sandbox), []);
});

test("the sandbox accepts the requests of clients that worked in production", async () => {
  const sandbox = createSandbox();
  const { uid, pwd } = sandbox.config("smsadmin");
  const text = "【信使】您好";
  const accepted = async (reply) => iconv.decode(Buffer.from(await reply.arrayBuffer()), "gbk");
  // The vendor's own sample passes an array to PHP's curl: multipart, in GBK.
  const fields = {
    uid: iconv.encode(uid, "gbk"),
    pwd,
    mobile: "13812345678",
    msg: iconv.encode(text, "gbk"),
    linkid: "",
  };
  const parts = Object.entries(fields).flatMap(([name, value]) => [
    Buffer.from(`--XX\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n`),
    Buffer.from(value),
    Buffer.from("\r\n"),
  ]);
  const multipart = Buffer.concat([...parts, Buffer.from("--XX--\r\n")]);
  const url = `${API}/post_send/`;
  assert.equal(await accepted(await post(sandbox, url, multipart, "Multipart/Form-Data; boundary=XX")), "0发送成功!");
  const query = `uid=${gbk(uid)}&pwd=${gbk(pwd)}&mobile=13812345678&msg=${gbk(text)}`;
  assert.equal(await accepted(await sandbox.fetch(`${url}?${query}`, { method: "POST" })), "0发送成功!");
  const [credentials, message] = [`uid=${gbk(uid)}&pwd=${gbk(pwd)}`, `mobile=13812345678&msg=${gbk(text)}`];
  const shouted = FORM.toUpperCase();
  assert.equal(await accepted(await post(sandbox, `${url}?${credentials}`, message, shouted)), "0发送成功!");
  for (const [vendor, address] of [
    ["binstd", "https://api.binstd.com/sms/send"],
    ["liupai", "http://open.liupai.net/sms/send"],
  ]) {
    const { appkey } = sandbox.config(vendor);
    const body = new URLSearchParams({ mobile: "13812345678", content: text }).toString();
    const reply = await (await post(sandbox, `${address}?appkey=${appkey}`, body)).json();
    assert.equal(reply.msg, "ok", vendor);
  }
  const received = await inbox(sandbox);
  assert.deepEqual(
    received.map(({ text }) => text),
    Array(5).fill(text),
  );
});

test("liasmart accepts numbers of other countries, and a template without a text", async () => {
  const sandbox = createSandbox();
  const { apiId, apiPassword, senderId } = sandbox.config("liasmart");
  const fields = { api_id: apiId, api_password: apiPassword, sms_type: "T", encoding: "T", sender_id: senderId };
  const url = "https://api.liasmart.com/api/SendSMS";
  const send = async (more, contentType = "Application/JSON; charset=UTF-8") => {
    const all = { ...fields, ...more };
    const body = contentType === FORM ? new URLSearchParams(all).toString() : JSON.stringify(all);
    return (await post(sandbox, url, body, contentType)).json();
  };
  for (const phonenumber of ["+14155550123", "14155550123", 14155550123]) {
    assert.equal((await send({ phonenumber, textmessage: "hello" })).status, "S", phonenumber);
    assert.equal((await send({ phonenumber, textmessage: "hello" }, FORM)).status, "S", phonenumber);
  }
  assert.equal((await send({ phonenumber: "8613812345678", templateid: 12, V1: "4242" })).status, "S");
  const received = await inbox(sandbox);
  assert.deepEqual([...new Set(received.map(({ to }) => to))], ["+14155550123", "+8613812345678"]);
  assert.match(received.at(-1).text, /12.*4242/);
  for (const [more, remarks] of [
    [{ phonenumber: "8613812345678" }, "Text Message Required"],
    [{ phonenumber: "abc", textmessage: "x" }, "Invalid Phone Number"],
    [{ phonenumber: "+8613812345678", textmessage: "x", encoding: "X" }, "Invalid Encoding"],
  ]) {
    assert.deepEqual(await send(more), { message_id: 0, status: "F", remarks });
  }
  const reply = await (await post(sandbox, url, "{", "application/json")).json();
  assert.equal(reply.remarks, "Invalid JSON");
});

test("a linkid and a taskId are valid once, and have the documented form", async () => {
  const sandbox = createSandbox();
  const { uid, pwd } = sandbox.config("smsadmin");
  const send = async (linkid, more = {}) => {
    const all = { uid, pwd, mobile: "13812345678", msg: "好【签名】", linkid, ...more };
    const query = Object.entries(all).map(([name, value]) => `${name}=${gbk(value)}`);
    const reply = await sandbox.fetch(`${API}/get_send/?${query.join("&")}`);
    return iconv.decode(Buffer.from(await reply.arrayBuffer()), "gbk");
  };
  assert.match(await send("abc1", { mobile: "1" }), /^5/, "a text that is rejected uses no linkid up");
  assert.equal(await send("abc1"), "0发送成功!");
  assert.match(await send("abc1"), /linkid不得重复/);
  assert.match(await send("a".repeat(33)), /linkid.*32/);
  assert.match(await send("a-b"), /linkid.*字母/);
  assert.equal(await send("a".repeat(32)), "0发送成功!");
  for (let time = 0; time < 2; time += 1) assert.equal(await send(""), "0发送成功!");

  const { account, password, baseUrl } = sandbox.config("apiv1");
  const pwdMd5 = createHash("md5").update(password).digest("hex");
  const task = async (more, url = `${baseUrl}/api/v1/send`) => {
    const all = { account, pwd: pwdMd5, mobiles: "13812345678", content: "【信使】1", ...more };
    return (await post(sandbox, url, new URLSearchParams(all).toString())).json();
  };
  assert.equal((await task({ taskId: "t1" })).code, "00");
  const repeated = await task({ taskId: "t1" });
  assert.notEqual(repeated.code, "00");
  assert.match(repeated.message, /taskId/);
  for (const extNo of ["0", "00", "-1", "1.5", "a"]) {
    const rejected = await task({ extNo });
    assert.notEqual(rejected.code, "00", extNo);
    assert.match(rejected.message, /extNo/, extNo);
  }
  assert.equal((await task({ extNo: "12" })).code, "00");
});

test("the reply to an undocumented request says what is wrong", async () => {
  const sandbox = createSandbox();
  const call = async (url, init) => {
    const reply = await sandbox.fetch(url, init);
    return [reply.status, await reply.text()];
  };
  for (const [url, init, status, says] of [
    ["https://api.binstd.com/sms/sendlogs", {}, 404, /sendlogs/],
    ["http://open.liupai.net/sms/edittemplate", {}, 404, /edittemplate/],
    ["https://api.binstd.com/sms/send", { method: "PUT" }, 405, /GET, POST.*PUT/],
    [`${API}/post_send/`, {}, 405, /POST.*GET/],
    [`${API}/get_send/`, { method: "POST" }, 405, /GET.*POST/],
    ["http://127.0.0.1/apiv1/api/v1/send", {}, 405, /POST.*GET/],
    ["https://api.binstd.com/sms/send", { method: "POST", body: "a=1" }, 415, /x-www-form-urlencoded.*text\/plain/],
    ["https://api.liasmart.com/api/SendSMS", { method: "POST", body: "<a/>" }, 415, /json.*text\/plain/],
  ]) {
    const [found, text] = await call(url, init);
    assert.equal(found, status, url);
    assert.match(text, says);
  }
  const { account } = sandbox.config("apiv1");
  const url = `http://127.0.0.1/apiv1/api/v1/send?account=${account}&pwd=x`;
  assert.match((await (await sandbox.fetch(url, { method: "POST" })).json()).message, /表单/);
});

/** A handler's text with a code, to a number, through apiv1's documented route. */
const sendCode = async (sandbox, to, text) => {
  const sms = createSms({ vendors: { main: sandbox.config("apiv1") }, fetch: sandbox.fetch });
  assert.equal((await sms.send({ to, text })).status, "accepted");
};

test("waitForCode returns the newest code, whether it came before or comes later, and each once", async () => {
  const sandbox = createSandbox();
  await sendCode(sandbox, "13812345678", "【信使】您的验证码是111111，5分钟内有效。");
  await sendCode(sandbox, "13812345678", "【信使】您的验证码是222222，5分钟内有效。");
  assert.equal(await sandbox.waitForCode("138 1234 5678"), "222222");
  const later = sandbox.waitForCode("+8613812345678", { timeoutMs: 5000 });
  const other = sandbox.waitForCode("13912345678", { timeoutMs: 5000 });
  await sendCode(sandbox, "13912345678", "【信使】Your verification code is 333333.");
  assert.equal(await other, "333333");
  await sendCode(sandbox, "13812345678", "【信使】您的订单已发货");
  await sendCode(sandbox, "13812345678", "【信使】您的验证码是444444，5分钟内有效。");
  assert.equal(await later, "444444");
});

test("two waits for one number get a code each", async () => {
  const sandbox = createSandbox();
  const waits = [1, 2].map(() => sandbox.waitForCode("13812345678", { timeoutMs: 5000 }));
  for (const code of ["111111", "222222"]) await sendCode(sandbox, "13812345678", `【信使】验证码${code}`);
  assert.deepEqual((await Promise.all(waits)).sort(), ["111111", "222222"]);
});

test("a wait ends with its time, with its signal, or at once for a wrong argument", async () => {
  const sandbox = createSandbox();
  await sendCode(sandbox, "13812345678", "【信使】您的订单已发货");
  await assert.rejects(sandbox.waitForCode("13812345678", { timeoutMs: 20 }), (error) => {
    assert.ok(error instanceof SmsError);
    assert.equal(error.code, "timeout");
    assert.match(error.message, /no new code arrived at 13812345678 within 20 ms: the inbox has 1 texts, 1 of them/);
    return true;
  });
  for (const [to, options] of [
    [""],
    [undefined],
    ["13812345678", { timeoutMs: -1 }],
    ["13812345678", { timeoutMs: Number.NaN }],
  ]) {
    await assert.rejects(sandbox.waitForCode(to, options), { code: "invalid_argument" });
  }
  const abort = new AbortController();
  const waits = sandbox.waitForCode("13812345678", { signal: abort.signal });
  abort.abort(new Error("the test is over"));
  await assert.rejects(waits, /the test is over/);
});

test("GET /inbox/wait waits over HTTP, and a client that leaves takes no code", async (t) => {
  const sandbox = createSandbox();
  let reached = () => {};
  const isReached = new Promise((resolve) => {
    reached = resolve;
  });
  const fetchAndTell = (request) => {
    const reply = sandbox.fetch(request);
    reached(request.signal);
    return reply;
  };
  const server = await serve({ ...sandbox, fetch: fetchAndTell }, { port: 0, host: "127.0.0.1" });
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${server.address().port}/inbox/wait?to=13812345678`;
  const left = new AbortController();
  const leaves = fetch(url, { signal: left.signal });
  const signal = await isReached;
  left.abort();
  await assert.rejects(leaves);
  if (!signal.aborted) await once(signal, "abort");
  const waits = fetch(url);
  await sendCode(sandbox, "13812345678", "【信使】您的验证码是112233，5分钟内有效。");
  const reply = await waits;
  const { at, ref, ...rest } = await reply.json();
  assert.equal(reply.status, 200);
  assert.deepEqual(rest, {
    code: "112233",
    text: "【信使】您的验证码是112233，5分钟内有效。",
    to: "+8613812345678",
    vendor: "apiv1",
  });
  assert.ok(Date.parse(at) > 0 && typeof ref === "string");
  const none = await fetch(`${url}&timeoutMs=10`);
  assert.deepEqual([none.status, /no new code/.test(await none.text())], [404, true]);
  assert.equal((await fetch(`${url}&timeoutMs=x`)).status, 400);
  assert.equal((await fetch(url, { method: "POST" })).status, 405);
  const foreign = await fetch(url, { headers: { origin: "https://evil.example" } });
  assert.equal(foreign.status, 403);
});
