// For the same call, nonce and time, our client builds the request of the official program, the program's own headers
// excepted. Where the programs differ from ours, this test says how.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { once } from "node:events";
import http from "node:http";
import test, { after, before, mock } from "node:test";
import { createSms } from "xinshi";
import { createSandbox } from "xinshi/sandbox";
import { serve } from "../../pkg/sandbox/server.js";
import { $OpenApiUtil, Dypns, Dysms, OpenApiUtil, tencentcloud } from "./official.mjs";

const sandbox = createSandbox();
const aliyun = sandbox.config("aliyun");
const tencent = sandbox.config("tencent");
let server;
let port;
let requests = [];

before(async () => {
  // A sandbox for each request: both programs use a nonce, and a sandbox takes a nonce once.
  const recorded = {
    async fetch(request) {
      requests.push(await recordOf(request));
      return createSandbox().fetch(request);
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

async function recordOf(request) {
  const { url, method } = request;
  return {
    url: new URL(url),
    method,
    headers: Object.fromEntries(request.headers),
    body: await request.clone().text(),
  };
}

/** The only request that a call made. */
async function requestOf(call) {
  requests = [];
  await call();
  assert.equal(requests.length, 1);
  return requests[0];
}

const sha256 = (text) => createHash("sha256").update(text).digest("hex");
const encode = (text) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
/** Parameters in the one form that the document signs: by name, in RFC 3986's encoding. */
const formOf = (pairs) =>
  [...pairs]
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .sort()
    .join("&");
/** The headers that the document signs. */
const SIGNED = /^(host|content-type|x-acs-.*)$/;
/** The header that the program of aliyun adds of its own, which names the kind of the key. */
const OWN = "x-acs-credentials-provider";
const signedNames = (authorization) => /SignedHeaders=([^,]+)/.exec(authorization)[1].split(";");

const code = JSON.stringify({ code: "1*2 (3)!'~+", minutes: "5" });
const params = JSON.parse(code);
const to = "13812340001";
const today = new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 10);

/** The calls of both: where the program puts its parameters, ours and theirs. */
const CALLS_OF_ALIYUN = {
  SendSms: {
    puts: "query",
    ours: (sms) => sms.send({ to, templateId: "SMS_100000001", params, ref: "r-1" }),
    theirs: ({ dysms }) =>
      dysms.sendSms(
        new Dysms.SendSmsRequest({
          phoneNumbers: to,
          signName: "信使",
          templateCode: "SMS_100000001",
          templateParam: code,
          outId: "r-1",
        }),
      ),
  },
  SendBatchSms: {
    puts: "both",
    ours: async (sms) => {
      const each = [
        { to, text: "【信使】一*" },
        { to: "13812340002", text: "【别的】二" },
      ];
      for await (const outcome of sms.sendMany({ each, ref: "r-1" })) assert.equal(outcome.status, "accepted");
    },
    theirs: ({ dysms }) =>
      dysms.sendBatchSms(
        new Dysms.SendBatchSmsRequest({
          phoneNumberJson: '["13812340001","13812340002"]',
          signNameJson: '["信使","别的"]',
          templateCode: "SMS_100000002",
          templateParamJson: JSON.stringify([{ text: "一*" }, { text: "二" }]),
          // The number of the request follows the reference of a bulk.
          outId: "r-10",
        }),
      ),
  },
  QuerySendDetails: {
    puts: "query",
    ours: (sms) => sms.logs({ to, date: today, pageSize: 10 }),
    theirs: ({ dysms }) =>
      dysms.querySendDetails(
        new Dysms.QuerySendDetailsRequest({
          phoneNumber: to,
          sendDate: today.replaceAll("-", ""),
          pageSize: 10,
          currentPage: 1,
        }),
      ),
  },
  QuerySmsTemplateList: {
    puts: "query",
    ours: (sms) => sms.templates.list({ pageSize: 10 }),
    theirs: ({ dysms }) =>
      dysms.querySmsTemplateList(new Dysms.QuerySmsTemplateListRequest({ pageIndex: 1, pageSize: 10 })),
  },
  GetSmsTemplate: {
    puts: "query",
    ours: (sms) => sms.templates.get("SMS_100000001"),
    theirs: ({ dysms }) => dysms.getSmsTemplate(new Dysms.GetSmsTemplateRequest({ templateCode: "SMS_100000001" })),
  },
  QuerySmsSignList: {
    puts: "query",
    ours: (sms) => sms.signatures.list({ pageSize: 10 }),
    theirs: ({ dysms }) => dysms.querySmsSignList(new Dysms.QuerySmsSignListRequest({ pageIndex: 1, pageSize: 10 })),
  },
  GetSmsSign: {
    puts: "query",
    ours: (sms) => sms.signatures.get("信使"),
    theirs: ({ dysms }) => dysms.getSmsSign(new Dysms.GetSmsSignRequest({ signName: "信使" })),
  },
  SendSmsVerifyCode: {
    puts: "query",
    product: "dypns",
    ours: (sms) => sms.send({ to, templateId: "SMS_100000001", params, ref: "r-1" }),
    theirs: ({ dypns }) =>
      dypns.sendSmsVerifyCode(
        new Dypns.SendSmsVerifyCodeRequest({
          phoneNumber: to,
          signName: "信使",
          templateCode: "SMS_100000001",
          templateParam: code,
          outId: "r-1",
        }),
      ),
  },
  CheckSmsVerifyCode: {
    puts: "query",
    ours: (sms) => sms.checkCode({ to, code: "112233" }),
    theirs: ({ dypns }) =>
      dypns.checkSmsVerifyCode(new Dypns.CheckSmsVerifyCodeRequest({ phoneNumber: to, verifyCode: "112233" })),
  },
};

for (const [action, { puts, product = "dysms", ours, theirs }] of Object.entries(CALLS_OF_ALIYUN)) {
  test(`aliyun, ${action}: the program's request with its parameters in the body`, async (t) => {
    const baseUrl = `http://127.0.0.1:${port}`;
    const account = createSms({ vendors: { main: { ...aliyun, product, baseUrl } } }).vendor("main");
    const mine = await requestOf(() => ours(account));
    // The program makes its request with our nonce and our time.
    mock.method(OpenApiUtil, "getNonce", () => mine.headers["x-acs-signature-nonce"]);
    mock.method(OpenApiUtil, "getTimestamp", () => mine.headers["x-acs-date"]);
    t.after(() => mock.restoreAll());
    const { accessKeyId, accessKeySecret } = aliyun;
    const config = () =>
      new $OpenApiUtil.Config({ accessKeyId, accessKeySecret, endpoint: `127.0.0.1:${port}`, protocol: "http" });
    const programs = { dysms: new Dysms.default(config()), dypns: new Dypns.default(config()) };
    const official = await requestOf(() => theirs(programs));

    assert.deepEqual([mine.method, mine.url.pathname, mine.url.search], ["POST", "/", ""]);
    assert.deepEqual([official.method, official.url.pathname], ["POST", "/"]);
    for (const name of ["host", "x-acs-action", "x-acs-version", "x-acs-date", "x-acs-signature-nonce"])
      assert.equal(mine.headers[name], official.headers[name], name);
    assert.equal(mine.headers["x-acs-action"], action);

    // The program has the parameters in the URL, which servers log: all of them, or some.
    const inUrl = [...official.url.searchParams];
    const inBody = [...new URLSearchParams(official.body)];
    assert.deepEqual([inUrl.length > 0, inBody.length > 0], [true, puts === "both"], "where the program puts them");
    const body = formOf([...inUrl, ...inBody]);
    assert.equal(mine.body, body, "the same parameters with the same values");

    // Nothing else differs: the program's signer makes our signature of the program's headers, once the body is signed.
    const headers = { ...official.headers, "content-type": "application/x-www-form-urlencoded" };
    headers["x-acs-content-sha256"] = sha256(body);
    for (const name of Object.keys(headers)) if (!SIGNED.test(name) || name === OWN) delete headers[name];
    const request = { method: "POST", pathname: "/", query: {}, headers };
    assert.equal(
      mine.headers.authorization,
      OpenApiUtil.getAuthorization(request, "ACS3-HMAC-SHA256", sha256(body), accessKeyId, accessKeySecret),
    );
    const names = new Set([...signedNames(official.headers.authorization), "content-type"]);
    names.delete(OWN);
    assert.deepEqual(signedNames(mine.headers.authorization), [...names].sort());
  });
}

const PAGE = { International: 0, Limit: 10, Offset: 0 };
const CALLS_OF_TENCENT = {
  SendSms: {
    ours: (sms) => sms.send({ to, templateId: "1000001", params: Object.values(params), ref: "r-1" }),
    theirs: {
      PhoneNumberSet: [`+86${to}`],
      SmsSdkAppId: tencent.sdkAppId,
      TemplateId: "1000001",
      SignName: "信使",
      TemplateParamSet: Object.values(params),
      SessionContext: "r-1",
    },
  },
  PullSmsSendStatus: {
    ours: (sms) => sms.reports(),
    theirs: { Limit: 100, SmsSdkAppId: tencent.sdkAppId },
  },
  PullSmsReplyStatus: {
    ours: (sms) => sms.replies(),
    theirs: { Limit: 100, SmsSdkAppId: tencent.sdkAppId },
  },
  DescribeSmsTemplateList: {
    ours: (sms) => sms.templates.list({ pageSize: 10 }),
    theirs: PAGE,
  },
  DescribeSmsSignList: {
    ours: (sms) => sms.signatures.list({ pageSize: 10 }),
    theirs: PAGE,
  },
};

/** An agent that connects to the sandbox and leaves the name of the host as it is, from which the program takes the service. */
class ToSandbox extends http.Agent {
  createConnection(options, done) {
    return super.createConnection({ ...options, host: "127.0.0.1", port }, done);
  }
}

for (const [action, { ours, theirs }] of Object.entries(CALLS_OF_TENCENT)) {
  test(`tencent, ${action}: the program's request, its signature included`, async (t) => {
    const to = [];
    const fetch = async (url, init) => {
      const request = new Request(url, init);
      to.push(await recordOf(request));
      return createSandbox().fetch(request);
    };
    await ours(createSms({ vendors: { main: tencent }, fetch }).vendor("main"));
    const [mine] = to;
    assert.equal(to.length, 1);
    const agent = new ToSandbox();
    t.after(() => agent.destroy());
    const program = new tencentcloud.sms.v20210111.Client({
      credential: { secretId: tencent.secretId, secretKey: tencent.secretKey },
      region: "ap-guangzhou",
      profile: { httpProfile: { protocol: "http://", agent } },
    });
    const now = 1000 * Number(mine.headers["x-tc-timestamp"]);
    const official = await requestOf(async () => {
      t.mock.timers.enable({ apis: ["Date"], now });
      const sent = program[action](theirs);
      await sent;
      t.mock.timers.reset();
    });

    assert.equal(mine.url.href, "https://sms.tencentcloudapi.com/");
    assert.deepEqual([official.method, official.url.pathname, official.url.search], [mine.method, "/", ""]);
    assert.equal(official.headers.host, mine.url.host);
    assert.equal(mine.body, official.body);
    for (const [name, value] of Object.entries(mine.headers)) assert.equal(value, official.headers[name], name);
    // What the program adds: its name and version, the id of a trace, and what every HTTP client writes.
    const own = Object.keys(official.headers).filter((name) => !(name in mine.headers) && name !== "host");
    assert.deepEqual(own.filter((name) => /^x-|auth|sign/i.test(name)).sort(), ["x-tc-requestclient", "x-tc-traceid"]);
  });
}
