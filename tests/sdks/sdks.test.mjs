// The official programs of aliyun and tencent, unchanged, against the sandbox over HTTP; and the signer of
// aliyun's on a request of our client (tencent's: see same-requests.test.mjs).
import assert from "node:assert/strict";
import { once } from "node:events";
import http from "node:http";
import test, { after, before } from "node:test";
import { createSms } from "xinshi";
import { createSandbox } from "xinshi/sandbox";
import { serve } from "../../pkg/sandbox/server.js";
import { $OpenApiUtil, Dypns, Dysms, OpenApiUtil, PopCore, tencentcloud } from "./official.mjs";

const sandbox = createSandbox();
const aliyun = sandbox.config("aliyun");
const tencent = sandbox.config("tencent");
let server;
let port;
let requests = [];

before(async () => {
  const recorded = {
    ...sandbox,
    async fetch(request) {
      requests.push({ url: request.url, headers: new Map(request.headers), body: await request.clone().text() });
      return sandbox.fetch(request);
    },
  };
  server = await serve(recorded, { port: 0, host: "127.0.0.1" });
  ({ port } = server.address());
});

after(async () => {
  server.closeAllConnections();
  server.close();
  await once(server, "close");
});

async function inbox(to) {
  const received = await sandbox.fetch(`http://127.0.0.1/inbox?to=${to}`, { headers: { accept: "application/json" } });
  return (await received.json()).map(({ text, ref }) => [text, ref]);
}

const configOf = (secret = aliyun.accessKeySecret) =>
  new $OpenApiUtil.Config({
    accessKeyId: aliyun.accessKeyId,
    accessKeySecret: secret,
    endpoint: `127.0.0.1:${port}`,
    protocol: "http",
  });

test("dysms: the official program sends, asks and is rejected", async () => {
  const client = new Dysms.default(configOf());
  const sent = await client.sendSms(
    new Dysms.SendSmsRequest({
      phoneNumbers: "13812340001",
      signName: "信使",
      templateCode: "SMS_100000001",
      // Characters that programs encode in different ways.
      templateParam: JSON.stringify({ code: "1*2 (3)!'~+", minutes: "5" }),
      outId: "r-1",
    }),
  );
  assert.equal(sent.body.code, "OK");
  assert.deepEqual(await inbox("13812340001"), [["【信使】您的验证码是1*2 (3)!'~+，5分钟内有效。", "r-1"]]);

  const batch = await client.sendBatchSms(
    new Dysms.SendBatchSmsRequest({
      phoneNumberJson: '["13812340002","13812340003"]',
      signNameJson: '["信使","别的"]',
      templateCode: "SMS_100000002",
      templateParamJson: JSON.stringify([{ text: "一*" }, { text: "二" }]),
    }),
  );
  assert.equal(batch.body.code, "OK");
  assert.deepEqual(await inbox("13812340002"), [["【信使】一*", ""]]);
  assert.deepEqual(await inbox("13812340003"), [["【别的】二", ""]]);

  const sendDate = new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 10).replaceAll("-", "");
  const details = await client.querySendDetails(
    new Dysms.QuerySendDetailsRequest({ phoneNumber: "13812340001", sendDate, pageSize: 10, currentPage: 1 }),
  );
  const [detail] = details.body.smsSendDetailDTOs.smsSendDetailDTO;
  assert.deepEqual([detail.sendStatus, detail.outId, details.body.totalCount], [3, "r-1", "1"]);
  const templates = await client.querySmsTemplateList(new Dysms.QuerySmsTemplateListRequest({}));
  assert.equal(templates.body.smsTemplateList[0].templateCode, "SMS_100000001");
  const one = await client.getSmsTemplate(new Dysms.GetSmsTemplateRequest({ templateCode: "SMS_100000001" }));
  assert.equal(one.body.templateStatus, "1");
  const signatures = await client.querySmsSignList(new Dysms.QuerySmsSignListRequest({}));
  assert.equal(signatures.body.smsSignList[0].signName, "信使");
  const sign = await client.getSmsSign(new Dysms.GetSmsSignRequest({ signName: "信使" }));
  assert.equal(sign.body.signName, "信使");

  const rejected = await client.sendSms(
    new Dysms.SendSmsRequest({
      phoneNumbers: "138",
      signName: "信使",
      templateCode: "SMS_100000002",
      templateParam: '{"text":"x"}',
    }),
  );
  assert.deepEqual([rejected.body.code, rejected.body.message], ["isv.MOBILE_NUMBER_ILLEGAL", "非法手机号"]);
  const lacking = await client.sendSms(
    new Dysms.SendSmsRequest({
      phoneNumbers: "13812340001",
      signName: "信使",
      templateCode: "SMS_100000001",
      templateParam: '{"code":"1"}',
    }),
  );
  assert.equal(lacking.body.code, "isv.TEMPLATE_MISSING_PARAMETERS");
  assert.match(lacking.body.message, /^模板缺少变量: \$\{minutes\}$/);
  const stranger = new Dysms.default(configOf("another secret"));
  await assert.rejects(
    () => stranger.querySmsSignList(new Dysms.QuerySmsSignListRequest({})),
    ({ code }) => code === "SignatureDoesNotMatch",
  );
});

test("dypns: the official program sends a code of ours, which the vendor cannot check, and one of the vendor's, which it can", async () => {
  const client = new Dypns.default(configOf());
  const sent = await client.sendSmsVerifyCode(
    new Dypns.SendSmsVerifyCodeRequest({
      phoneNumber: "13812340004",
      signName: "速通互联验证码",
      templateCode: "SMS_100000001",
      templateParam: '{"code":"112233","minutes":"5"}',
    }),
  );
  assert.deepEqual([sent.body.code, sent.body.success, typeof sent.body.model.bizId], ["OK", true, "string"]);
  assert.deepEqual(await inbox("13812340004"), [["【速通互联验证码】您的验证码是112233，5分钟内有效。", ""]]);
  const checked = await client.checkSmsVerifyCode(
    new Dypns.CheckSmsVerifyCodeRequest({ phoneNumber: "13812340004", verifyCode: "112233" }),
  );
  assert.equal(checked.body.model.verifyResult, "UNKNOWN");
  // A code that the vendor made passes once, for both programs.
  const made = { phoneNumber: "13812340005", signName: "速通互联验证码", templateCode: "SMS_100000001" };
  const templateParam = '{"code":"##code##","minutes":"5"}';
  await client.sendSmsVerifyCode(new Dypns.SendSmsVerifyCodeRequest({ ...made, templateParam }));
  const [[text]] = await inbox("13812340005");
  const code = text.match(/码是(\d{4})，/)[1];
  const sms = createSms({ vendors: { main: { ...aliyun, baseUrl: `http://127.0.0.1:${port}` } } });
  const check = () => sms.vendor("main").checkCode({ to: "13812340005", code });
  assert.equal((await check()).passed, true);
  assert.deepEqual([(await check()).passed, (await check()).status], [false, "UNKNOWN"]);
});

test("pop-core: the older program sends by GET and by POST, and is rejected", async () => {
  const clientWith = (accessKeySecret) =>
    new PopCore({
      accessKeyId: aliyun.accessKeyId,
      accessKeySecret,
      endpoint: `http://127.0.0.1:${port}`,
      apiVersion: "2017-05-25",
    });
  const client = clientWith(aliyun.accessKeySecret);
  for (const [method, to] of [
    ["GET", "13812340006"],
    ["POST", "13812340007"],
  ]) {
    const message = {
      PhoneNumbers: to,
      SignName: "信使",
      TemplateCode: "SMS_100000001",
      TemplateParam: JSON.stringify({ code: "1*2 (3)!'~+", minutes: "5" }),
      OutId: "r-1",
    };
    const sent = await client.request("SendSms", message, { method });
    assert.equal(sent.Code, "OK");
    assert.deepEqual(await inbox(to), [["【信使】您的验证码是1*2 (3)!'~+，5分钟内有效。", "r-1"]]);
    // This program rejects where the newer one resolves.
    await assert.rejects(
      () => client.request("SendSms", { ...message, PhoneNumbers: "138" }, { method }),
      ({ code, data }) => code === "isv.MOBILE_NUMBER_ILLEGAL" && data.Message === "非法手机号",
    );
    await assert.rejects(
      () => clientWith("another secret").request("SendSms", message, { method }),
      ({ code }) => code === "SignatureDoesNotMatch",
    );
  }
});

/** An agent that connects to the sandbox and leaves the name of the host as it is, from which the program takes the service. */
class ToSandbox extends http.Agent {
  createConnection(options, done) {
    return super.createConnection({ ...options, host: "127.0.0.1", port }, done);
  }
}

test("tencent: the official program sends, pulls, asks and is rejected", async () => {
  const agent = new ToSandbox();
  const clientWith = (secretKey) =>
    new tencentcloud.sms.v20210111.Client({
      credential: { secretId: tencent.secretId, secretKey },
      region: "ap-guangzhou",
      profile: { httpProfile: { protocol: "http://", agent } },
    });
  const client = clientWith(tencent.secretKey);
  const message = {
    PhoneNumberSet: ["+8613812340011"],
    SmsSdkAppId: tencent.sdkAppId,
    TemplateId: "1000001",
    SignName: "信使",
    TemplateParamSet: ["1*2", "5"],
    SessionContext: "r-1",
  };
  const sent = await client.SendSms(message);
  assert.deepEqual([sent.SendStatusSet[0].Code, sent.SendStatusSet[0].PhoneNumber], ["Ok", "+8613812340011"]);
  assert.deepEqual(await inbox("13812340011"), [["【信使】您的验证码是1*2，5分钟内有效。", "r-1"]]);
  const pulled = await client.PullSmsSendStatus({ Limit: 10, SmsSdkAppId: tencent.sdkAppId });
  assert.deepEqual(
    pulled.PullSmsSendStatusSet.map(({ SerialNo, SessionContext }) => [SerialNo, SessionContext]),
    [[sent.SendStatusSet[0].SerialNo, "r-1"]],
  );
  const reply = { vendor: "tencent", from: "13812340011", text: "TD" };
  await sandbox.fetch("http://127.0.0.1/replies", { method: "POST", body: JSON.stringify(reply) });
  const replies = await client.PullSmsReplyStatus({ Limit: 10, SmsSdkAppId: tencent.sdkAppId });
  assert.equal(replies.PullSmsReplyStatusSet[0].ReplyContent, "TD");
  const templates = await client.DescribeSmsTemplateList({ International: 0, TemplateIdSet: [1000001] });
  assert.equal(templates.DescribeTemplateStatusSet[0].StatusCode, 0);
  const signatures = await client.DescribeSmsSignList({ International: 0, Limit: 10 });
  assert.equal(signatures.DescribeSignListStatusSet[0].SignName, "信使");
  const rejected = await client.SendSms({ ...message, TemplateParamSet: [] });
  assert.equal(rejected.SendStatusSet[0].Code, "FailedOperation.TemplateParamSetNotMatchApprovedTemplate");
  assert.match(rejected.SendStatusSet[0].Message, /模板参数的个数/);
  await assert.rejects(
    () => clientWith("another key").SendSms(message),
    ({ code }) => code === "AuthFailure.SignatureFailure",
  );
  agent.destroy();
});

test("our client's requests with the tokens of temporary keys bear the signature that aliyun's signer makes of them", async () => {
  const baseUrl = `http://127.0.0.1:${port}`;
  // With the tokens of temporary keys, which aliyun signs.
  const sms = createSms({
    vendors: {
      aliyun: { ...aliyun, baseUrl, securityToken: "token-of-sts" },
      tencent: { ...tencent, baseUrl, token: "token-of-cam" },
    },
  });
  requests = [];
  const text = "【信使】您的验证码是1*2 (3)!'~+，5分钟内有效。";
  for (const account of ["aliyun", "tencent"]) {
    const outcome = await sms.vendor(account).send({ to: "13812340021", text });
    assert.equal(outcome.status, "accepted");
    assert.equal(typeof outcome.id, "string");
  }
  const [toAliyun, toTencent] = requests;
  assert.equal(requests.length, 2, "one request a send");
  for (const { url } of requests) assert.equal(new URL(url).pathname + new URL(url).search, "/", "nothing in the URL");

  const headers = Object.fromEntries(toAliyun.headers);
  assert.deepEqual(
    [headers["x-acs-security-token"], toTencent.headers.get("x-tc-token")],
    ["token-of-sts", "token-of-cam"],
  );
  assert.match(headers.authorization, /x-acs-security-token/);
  const signed = { method: "POST", pathname: "/", query: {}, headers: { ...headers, authorization: undefined } };
  delete signed.headers.authorization;
  assert.equal(
    headers.authorization,
    OpenApiUtil.getAuthorization(
      signed,
      "ACS3-HMAC-SHA256",
      headers["x-acs-content-sha256"],
      aliyun.accessKeyId,
      aliyun.accessKeySecret,
    ),
  );

  assert.equal((await inbox("13812340021")).length, 2);
  assert.deepEqual(
    (await inbox("13812340021")).map(([received]) => received),
    [text, text],
  );
});
