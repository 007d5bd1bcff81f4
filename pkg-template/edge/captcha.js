// Whether a captcha was solved: asked of its provider, once, or of the caller's own function.

import { invalid } from "../sms-error.js";
import { within } from "./exchange.js";

/** @typedef {import("../client/index.js").Fetch} Fetch */

// https://developers.cloudflare.com/turnstile/get-started/server-side-validation/ and https://docs.hcaptcha.com/#verify-the-user-response-server-side
const PROVIDERS = {
  turnstile: "https://challenges.cloudflare.com/turnstile/v0/siteverify",
  hcaptcha: "https://api.hcaptcha.com/siteverify",
};

/** How long a provider may take, in milliseconds. */
const TIMEOUT_MS = 5_000;

/**
 * Resolves to whether it was solved; rejects where nobody can say.
 * @param {any} captcha
 * @param {Fetch} fetch
 * @returns {(token: string, address: string) => Promise<boolean>}
 */
export function captchaOf(captcha, fetch) {
  const { provider, secret, verify } = captcha;
  if (typeof verify === "function") return async (token, address) => (await timely(verify(token, address))) === true;
  const url = captcha.verifyUrl ?? PROVIDERS[/** @type {keyof typeof PROVIDERS} */ (provider)];
  if (url === undefined) throw invalid("captcha.provider", "captcha.provider is neither turnstile nor hcaptcha");
  if (typeof secret !== "string" || secret === "") throw invalid("captcha.secret", "captcha.secret is missing");
  return async (token, address) => {
    const body = new URLSearchParams({ secret, response: token });
    if (address !== "") body.set("remoteip", address);
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    const asked = fetch(url, { method: "POST", headers, body: body.toString(), redirect: "manual" });
    const response = await timely(asked);
    if (response.status !== 200) throw new Error(`the captcha's provider answered ${response.status}`);
    return (await timely(response.json()))?.success === true;
  };
}

/**
 * @template T
 * @param {Promise<T> | T} work
 * @returns {Promise<T>}
 */
async function timely(work) {
  const end = await within(
    Promise.resolve(work).then((value) => ({ value })),
    TIMEOUT_MS,
    undefined,
  );
  if (typeof end === "string") throw new Error("the captcha's provider took too long");
  return end.value;
}
