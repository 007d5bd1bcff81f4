// GeeTest v4, as its documents have it:
// https://docs.geetest.com/gt4/deploy/server · https://docs.geetest.com/gt4/apirefer/errorcode/server
import { hmac, once, startServer } from "./stand-in.mjs";

const ID = "c0ffee00c0ffee00c0ffee00c0ffee00";
const KEY = "the captcha_key";

/** A server, its options, and what the page's script gives where somebody solved the captcha. */
export async function startGeeTest() {
  const tokens = once();
  const { origin, ...server } = await startServer(({ method, url, headers, body }) => {
    const failed = (code, msg) => [200, { status: "error", code, msg, desc: { type: "defined error" } }];
    const says = (result, reason) => [200, { status: "success", result, reason, captcha_args: { used_type: "slide" } }];
    if (method !== "POST" || headers["content-type"] !== "application/x-www-form-urlencoded")
      return failed("-50000", "runtime error");
    const form = new URLSearchParams(body);
    if (url.searchParams.get("captcha_id") !== ID) return failed("-50103", "not captcha");
    if (!/^\d+$/.test(form.get("gen_time"))) return failed("-50005", "illegal gen_time");
    const lot = form.get("lot_number");
    if (form.get("sign_token") !== hmac(KEY, lot).toString("hex")) return says("fail", "sign_token error");
    const token = form.get("pass_token");
    if (token === "down") return [503, "Service Unavailable"];
    if (token === "garbled") return [200, "<html>"];
    if (token === "cut") return undefined;
    if (token === "lot") return failed("-50301", "not proof");
    if (!token.startsWith("solved") || form.get("captcha_output") !== "a+b/c=")
      return says("fail", "illegal pass_token");
    return tokens(token) ? says("success", "") : says("fail", "pass_token expire");
  });
  const token = (pass_token, more) =>
    JSON.stringify({
      captcha_id: ID,
      lot_number: "4dc3cfc2cdff448cad8d13107198d473",
      captcha_output: "a+b/c=",
      pass_token,
      gen_time: "1767225600",
      ...more,
    });
  return {
    ...server,
    options: { provider: "geetest", captchaId: ID, secret: KEY, verifyUrl: `${origin}/validate` },
    solved: (by) => token(`solved ${by} &=`),
    wrong: [
      "guessed",
      token("guessed"),
      token("lot"),
      token("solved", { captcha_output: "x" }),
      token("solved", { gen_time: "x" }),
    ],
    broken: (how) => token(how),
    misconfigured: [{ captchaId: "another" }],
  };
}
