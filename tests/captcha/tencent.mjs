// Tencent Cloud's captcha, as its documents have it:
// https://cloud.tencent.com/document/product/1110/36926
// https://cloud.tencent.com/document/api/213/30654
import { hmac, once, sha256, startServer } from "./stand-in.mjs";

const ID = "AKIDstandin";
const SECRET = "the SecretKey";
const APP = 199999164;
const APP_SECRET = "the AppSecretKey";

/** The error of a request that is not signed as the document has it; nothing where it is. */
function signatureError({ method, url, headers, body }) {
  const written =
    /^TC3-HMAC-SHA256 Credential=([^/]+)\/([\d-]+)\/(\w+)\/tc3_request, SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$/.exec(
      headers.authorization ?? "",
    );
  if (!written) return "AuthFailure.InvalidAuthorization";
  const [, id, date, service, names, signature] = written;
  const timestamp = Number(headers["x-tc-timestamp"]);
  if (!(Math.abs(timestamp - Date.now() / 1000) < 300)) return "AuthFailure.SignatureExpire";
  if (date !== new Date(timestamp * 1000).toISOString().slice(0, 10)) return "AuthFailure.SignatureFailure";
  if (id !== ID) return "AuthFailure.SecretIdNotFound";
  // These two at least must be signed; values are in lower case but for that of content-type.
  if (!["content-type", "host"].every((name) => names.split(";").includes(name))) return "AuthFailure.SignatureFailure";
  const value = (name) => (name === "content-type" ? headers[name] : headers[name].toLowerCase());
  const lines = names.split(";").map((name) => `${name}:${value(name).trim()}\n`);
  const canonical = [method, url.pathname, url.search.slice(1), lines.join(""), names, sha256(body)].join("\n");
  const toSign = ["TC3-HMAC-SHA256", timestamp, `${date}/${service}/tc3_request`, sha256(canonical)].join("\n");
  const key = [date, service, "tc3_request"].reduce((key, part) => hmac(key, part), `TC3${SECRET}`);
  return signature === hmac(key, toSign).toString("hex") ? undefined : "AuthFailure.SignatureFailure";
}

/** A server, its options, and what the page's script gives where somebody solved the captcha. */
export async function startTencent() {
  const tokens = once();
  const { origin, ...server } = await startServer((request) => {
    const { headers, body } = request;
    const says = (Response) => [200, { Response: { ...Response, RequestId: "1" } }];
    const failed = (Code) => says({ Error: { Code, Message: Code } });
    const error = signatureError(request);
    if (error) return failed(error);
    if (headers["x-tc-action"] !== "DescribeCaptchaResult" || headers["x-tc-version"] !== "2019-07-22")
      return failed("InvalidAction");
    const { CaptchaType, Ticket, UserIp, Randstr, CaptchaAppId, AppSecretKey } = JSON.parse(body);
    if (CaptchaType !== 9 || typeof CaptchaAppId !== "number" || !UserIp) return failed("InvalidParameterValue");
    if (Ticket === "down") return [503, "Service Unavailable"];
    if (Ticket === "garbled") return [200, "<html>"];
    if (Ticket === "cut") return undefined;
    const code = () => {
      if (CaptchaAppId !== APP || AppSecretKey !== APP_SECRET) return 100;
      if (Ticket.startsWith("trerror_")) return 21;
      if (!Ticket.startsWith("solved")) return 15;
      if (Randstr !== "@Vki") return 7;
      return tokens(Ticket) ? 1 : 9;
    };
    const CaptchaCode = code();
    const EvilLevel = Ticket.includes("malicious") ? 100 : 0;
    return says({ CaptchaCode, CaptchaMsg: CaptchaCode === 1 ? "OK" : "no", EvilLevel });
  });
  const token = (ticket, randstr = "@Vki") => JSON.stringify({ ret: 0, ticket, randstr, CaptchaAppId: `${APP}` });
  return {
    ...server,
    options: {
      provider: "tencent",
      secretId: ID,
      secret: SECRET,
      appId: APP,
      appSecret: APP_SECRET,
      verifyUrl: `${origin}/`,
    },
    solved: (by) => token(`solved ${by} +/=&"信`),
    wrong: ["guessed", token("guessed"), token("solved", "@other"), token("trerror_1001_1"), token("solved malicious")],
    broken: (how) => token(how),
    misconfigured: [{ secret: "wrong" }, { secretId: "AKIDother" }],
  };
}
