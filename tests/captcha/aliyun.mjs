// Alibaba Cloud's CAPTCHA 2.0, as its documents have it:
// https://help.aliyun.com/zh/captcha/captcha2-0/user-guide/server-integration
// https://help.aliyun.com/zh/sdk/product-overview/v3-request-structure-and-signature
import { hmac, once, sha256, startServer } from "./stand-in.mjs";

const ID = "LTAI-stand-in";
const SECRET = "the AccessKey secret";
const SCENE = "scene1";

/** The error of a request that is not signed as the document has it; nothing where it is. */
function signatureError({ method, url, headers, body }, nonces) {
  const written = /^ACS3-HMAC-SHA256 Credential=([^,]+),SignedHeaders=([^,]+),Signature=([0-9a-f]{64})$/.exec(
    headers.authorization ?? "",
  );
  if (!written) return [400, "MissingAuthorization"];
  const [, id, names, signature] = written;
  // All of these that are there must be signed, in the order of their names.
  const toSign = Object.keys(headers).filter(
    (name) => name === "host" || name === "content-type" || /^x-acs-/.test(name),
  );
  if (names !== toSign.sort().join(";")) return [400, "IncompleteSignature"];
  if (headers["x-acs-content-sha256"] !== sha256(body)) return [400, "InvalidContentSha256"];
  if (!(Math.abs(Date.parse(headers["x-acs-date"]) - Date.now()) < 15 * 60_000))
    return [400, "InvalidTimeStamp.Expired"];
  if (!nonces(headers["x-acs-signature-nonce"])) return [400, "SignatureNonceUsed"];
  if (id !== ID) return [404, "InvalidAccessKeyId.NotFound"];
  const lines = names.split(";").map((name) => `${name}:${headers[name].trim()}\n`);
  const canonical = [method, url.pathname, url.search.slice(1), lines.join(""), names, sha256(body)].join("\n");
  const expected = hmac(SECRET, `ACS3-HMAC-SHA256\n${sha256(canonical)}`).toString("hex");
  return signature === expected ? undefined : [400, "SignatureDoesNotMatch"];
}

/** A server, its options, and what the page's script gives where somebody solved the captcha. */
export async function startAliyun() {
  const nonces = once();
  const tokens = once();
  const { origin, ...server } = await startServer((request) => {
    const { headers, body } = request;
    const error = signatureError(request, nonces);
    if (error) return [error[0], { RequestId: "1", Code: error[1], Message: error[1], Success: false }];
    if (headers["x-acs-action"] !== "VerifyIntelligentCaptcha" || headers["x-acs-version"] !== "2023-03-05")
      return [404, { RequestId: "1", Code: "InvalidAction.NotFound", Success: false }];
    const form = new URLSearchParams(body);
    const token = form.get("CaptchaVerifyParam");
    if (token === "down") return [503, "Service Unavailable"];
    if (token === "garbled") return [200, "<html>"];
    if (token === "cut") return undefined;
    const code = () => {
      let param;
      try {
        param = JSON.parse(token);
      } catch {
        return "F003";
      }
      if (param.sceneId !== form.get("SceneId")) return "F012";
      if (!param.securityToken?.startsWith("solved")) return "F001";
      return tokens(token) ? "T001" : "F008";
    };
    const verdict = code();
    const Result = { VerifyResult: verdict === "T001", VerifyCode: verdict };
    return [200, { RequestId: "1", Code: "Success", Message: "success", Success: true, Result }];
  });
  return {
    ...server,
    options: { provider: "aliyun", accessKeyId: ID, secret: SECRET, sceneId: SCENE, verifyUrl: `${origin}/` },
    solved: (by) => JSON.stringify({ sceneId: SCENE, certifyId: "c", securityToken: `solved ${by} +/=&` }),
    wrong: [
      "guessed",
      JSON.stringify({ sceneId: SCENE, securityToken: "guessed" }),
      JSON.stringify({ sceneId: "another", securityToken: "solved" }),
    ],
    misconfigured: [{ secret: "wrong" }, { accessKeyId: "LTAI-other" }],
  };
}
