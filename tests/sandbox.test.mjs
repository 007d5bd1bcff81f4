// The sandbox's decoders against other people's encoders: iconv-lite for GBK, qs and URLSearchParams for forms.
import assert from "node:assert/strict";
import { test } from "node:test";
import iconv from "iconv-lite";
import qs from "qs";
import { createSandbox } from "xinshi/sandbox";

const FORM = "application/x-www-form-urlencoded";
const API = "http://www.smsadmin.cn/smsmarketing/wwwroot/api";

async function inbox(sandbox) {
  const response = await sandbox.fetch("http://sandbox/inbox", { headers: { accept: "application/json" } });
  return response.json();
}

/** Percent-encodes as iconv-lite's bytes say. */
const gbk = (text) =>
  Array.from(iconv.encode(text, "gbk"), (byte) => `%${byte.toString(16).padStart(2, "0")}`).join("");

function post(sandbox, url, body, contentType = FORM) {
  return sandbox.fetch(url, { method: "POST", headers: { "content-type": contentType }, body });
}

test("GBK forms arrive as iconv-lite wrote them: every two-byte code of it", async () => {
  const sandbox = createSandbox();
  const { uid, pwd } = sandbox.config("smsadmin");
  // GB 18030-2022 gave these 18 codes a place of their own in Unicode; iconv-lite still reads them as private use.
  const moved = "a6d9 a6da a6db a6dc a6dd a6de a6df a6ec a6ed a6f3 fe59 fe61 fe66 fe67 fe6d fe7e fe90 fea0".split(" ");
  const codes = [];
  for (let lead = 0x81; lead <= 0xfe; lead += 1) {
    for (let trail = 0x40; trail <= 0xfe; trail += 1) {
      const bytes = Buffer.from([lead, trail]);
      const character = iconv.decode(bytes, "gbk");
      const twoWays = character.length === 1 && character !== "\ufffd" && iconv.encode(character, "gbk").equals(bytes);
      if (twoWays && !moved.includes(bytes.toString("hex"))) codes.push(character);
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

test("each vendor refuses a wrong key in its own format", async () => {
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

test("documented refusals come of themselves, and any code on demand", async () => {
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

test("the inbox page shows texts and cannot be made to run them", async () => {
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
