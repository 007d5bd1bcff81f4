// One-time codes in a page: sends, waits, verifies. No dependency, and WebAssembly only for a proof of work.

export class OtpError extends Error {
  /**
   * @param {string} type
   * @param {number} status
   * @param {{ message?: string | undefined, field?: string | undefined, retryAfter?: number | undefined, proofOfWork?: any, cause?: unknown }} [details]
   */
  constructor(type, status, { message = sentence(type), field, retryAfter, proofOfWork, cause } = {}) {
    super(message, { cause });
    // Code that ignores aborts of `fetch` by name ignores these too.
    this.name = type === "aborted" ? "AbortError" : "OtpError";
    this.type = type;
    this.status = status;
    this.field = field;
    this.retryAfter = retryAfter;
    this.proofOfWork = proofOfWork;
  }
}

/** The prefix of the storage key of a device token; the number follows. */
const DEVICE_PREFIX = "xinshi-device:";

/** @type {typeof import("./index.js").createOtp} */
export function createOtp({
  base = "",
  captcha,
  proofOfWork = {},
  storage = defaultStorage(),
  fetch = globalThis.fetch.bind(globalThis),
} = {}) {
  /** The last requested code. @type {{ number: string, challenge: string, until: number } | undefined} */
  let last;
  let resendAt = 0;

  /**
   * Posts to the handler; `isAnswer` recognises its answer.
   * @param {string} path
   * @param {object} body
   * @param {AbortSignal | undefined} signal
   * @param {(answer: any) => boolean} isAnswer
   */
  const post = async (path, body, signal, isAnswer) => {
    const headers = { "content-type": "application/json" };
    const init = { method: "POST", headers, body: JSON.stringify(body), ...(signal && { signal }) };
    const [response, answer] = await asOtpError("network", async () => {
      const response = await fetch(`${base}/otp/${path}`, init);
      return [response, await response.json().catch(unreadable)];
    });
    const { ok, status, headers: given } = response;
    if (ok && isAnswer(Object(answer))) return answer;
    // An answer that is no problem document of the handler comes from a proxy before it.
    const { type, title, detail, field, proofOfWork } = Object(ok ? undefined : answer);
    const name = isText(type)
      ? type.match(/^(?:urn:xinshi:problem:|https:\/\/iana\.org\/assignments\/http-problem-types#)([\w-]+)$/)?.[1]
      : "";
    const wait = given?.get("retry-after") ?? "";
    throw new OtpError(name || "bad-reply", status, {
      message: name ? [detail, title].find(isText) : undefined,
      field: isText(field) ? field : undefined,
      proofOfWork: isText(proofOfWork?.challenge) ? proofOfWork : undefined,
      retryAfter: /^\d{1,7}$/.test(wait) ? Number(wait) || undefined : undefined,
    });
  };

  /**
   * Whether a challenge still accepts codes; true if the status is unknown. The request counts against no limit.
   * @param {string} challenge
   * @param {AbortSignal | undefined} signal
   */
  const isOpen = async (challenge, signal) => {
    try {
      const response = await fetch(`${base}/otp/status/${challenge}`, { ...(signal && { signal }) });
      return response.ok ? (await response.json()).status === "open" : response.status !== 404;
    } catch {
      return true;
    }
  };

  /**
   * The token for a handler that requires a captcha: work first, which costs the person nothing, and a captcha if that fails.
   * @param {any} work
   * @param {AbortSignal | undefined} signal
   */
  const shown = async (work, signal) => {
    if (work && proofOfWork) {
      try {
        const { solve } = await import("./work.js");
        return await solve(work, proofOfWork, signal);
      } catch (error) {
        if (!captcha || signal?.aborted) throw error;
      }
    }
    return written(await captcha?.());
  };

  /**
   * Requests a code. Retries once with a new challenge, and once with a captcha.
   * @param {any} body
   * @param {AbortSignal | undefined} signal
   * @returns {Promise<import("./index.js").Sent>}
   */
  const requestCode = async (body, signal) => {
    try {
      return await post("send", body, signal, isSent);
    } catch (error) {
      const { type, proofOfWork: work } = /** @type {OtpError} */ (error);
      if (type === "challenge-closed" && body.challenge) {
        // The challenge has closed since: request a new code. The captcha of this request may be used up, so the retry
        // omits it.
        last = undefined;
        return requestCode({ ...body, challenge: undefined, captcha: undefined }, signal);
      }
      // A limit may require a captcha even of a page that did the work.
      const hasWorked = isText(body.captcha) && body.captcha.startsWith("pow.");
      const left = hasWorked ? undefined : work;
      const canShow = captcha || (left && proofOfWork);
      if (type !== "captcha-required" || (body.captcha && !hasWorked) || !canShow) throw error;
      const token = await asOtpError("captcha-failed", () => shown(left, signal));
      if (!isText(token)) throw new OtpError("captcha-failed", 0);
      return requestCode({ ...body, captcha: token }, signal);
    }
  };

  return {
    async send(phone, { signal, ...options } = {}) {
      const number = canonical(phone);
      const challenge = last?.number === number && now() < last.until ? last.challenge : undefined;
      const device = valueOrUndefined(() => storage?.getItem(DEVICE_PREFIX + number)) ?? undefined;
      const token = await asOtpError("captcha-failed", async () => written(options.captcha));
      const body = { phone, locale: language() || undefined, device, challenge, ...options, captcha: token };
      try {
        const sent = await unlessAborted(signal, async () => {
          // A token given by the caller is valid once: do not spend it on a closed challenge.
          if (challenge && options.captcha && !(await isOpen(challenge, signal))) body.challenge = undefined;
          return requestCode(body, signal);
        });
        last = { number, challenge: sent.challenge, until: now() + sent.expiresIn * 1000 };
        resendAt = now() + sent.resendIn * 1000;
        return sent;
      } catch (error) {
        if (error instanceof OtpError && error.retryAfter) resendAt = now() + error.retryAfter * 1000;
        throw error;
      }
    },

    async verify(code, { signal } = {}) {
      if (!last) throw new OtpError("not-sent", 0);
      const { number, challenge } = last;
      const body = { challenge, code: plain(code) };
      const { proof, device } = await unlessAborted(signal, () => post("verify", body, signal, isVerified));
      last = undefined;
      if (isText(device)) valueOrUndefined(() => storage?.setItem(DEVICE_PREFIX + number, device));
      return { proof };
    },

    countdown(tell) {
      /** @type {ReturnType<typeof setTimeout> | undefined} */
      let timer;
      const tick = () => {
        const left = Math.max(0, resendAt - now());
        if (left > 0) timer = setTimeout(tick, left % 1000 || 1000);
        tell(Math.ceil(left / 1000));
      };
      tick();
      return () => clearTimeout(timer);
    },

    async receive({ signal } = {}) {
      if (!("OTPCredential" in globalThis)) return undefined;
      /** @type {any} */
      const options = { otp: { transport: ["sms"] }, signal };
      // A person who declines can type the code.
      const credential = /** @type {any} */ (await navigator.credentials.get(options).catch(() => undefined));
      return credential?.code;
    },
  };
}

/** A monotonic time in milliseconds. */
const now = () => performance.now();

/** The page's language; empty for none. */
const language = () => globalThis.document?.documentElement.lang ?? "";

/** The messages for errors without one from the handler, in Chinese and in English. */
const SENTENCES = {
  network: ["网络连接失败，请稍后再试", "The network failed: please try again"],
  aborted: ["已取消", "This was cancelled"],
  "captcha-failed": ["人机验证没有完成，请再试一次", "The captcha was not solved: please try again"],
  "not-sent": ["请先获取验证码", "Please ask for a code first"],
  "bad-reply": ["服务暂时不可用，请稍后再试", "The service cannot answer at the moment: please try again later"],
};

/** @param {string} type */
function sentence(type) {
  const [chinese, english] = SENTENCES[/** @type {keyof typeof SENTENCES} */ (type)] ?? SENTENCES["bad-reply"];
  return language().startsWith("zh") ? chinese : english;
}

/** @param {unknown} value */
const isText = (value) => typeof value === "string" && value !== "";

/** A captcha's token as a text: some scripts give an object. @param {any} token @returns {any} */
const written = (token) => (token && typeof token === "object" ? JSON.stringify(token) : token);

/** @param {unknown} value */
const isSeconds = (value) => typeof value === "number" && value >= 0 && value < 1e9;

/** @param {any} answer */
const isSent = ({ challenge, expiresIn, resendIn }) => isText(challenge) && isSeconds(expiresIn) && isSeconds(resendIn);

/** @param {any} answer */
const isVerified = ({ proof }) => isText(proof);

/** Returns nothing for an answer that is not JSON; rethrows if the answer broke off. @param {any} error */
function unreadable(error) {
  if (error?.name !== "SyntaxError") throw error;
}

/**
 * Awaits work; a failure becomes an error of this type.
 * @param {string} type
 * @param {() => Promise<any>} work
 */
async function asOtpError(type, work) {
  try {
    return await work();
  } catch (cause) {
    throw new OtpError(type, 0, { cause });
  }
}

/**
 * Awaits work; if the signal aborts, rejects with one kind of error, whatever the signal's reason and whether or not
 * the work heeds it.
 * @template T
 * @param {AbortSignal | undefined} signal
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
function unlessAborted(signal, work) {
  if (!signal) return work();
  return new Promise((resolve, reject) => {
    const abort = () => reject(new OtpError("aborted", 0, { cause: signal.reason }));
    if (signal.aborted) return abort();
    signal.addEventListener("abort", abort, { once: true });
    work()
      .then(resolve, (error) => (signal.aborted ? abort() : reject(error)))
      .finally(() => signal.removeEventListener("abort", abort));
  });
}
/**
 * Normalises digits: full-width ones to ASCII, without blanks, hyphens and invisible marks between them. @param
 * {unknown} typed
 */
const plain = (typed) =>
  String(typed ?? "")
    .normalize("NFKC")
    .replace(/[\s\p{Cf}\p{Pd}−]/gu, "");

/** One spelling for each number. The handler receives the original spelling. @param {string} phone */
const canonical = (phone) =>
  plain(phone)
    .replace(/[().·]/g, "")
    .replace(/^(?:(?:\+|00)?86)?(1[3-9]\d{9})$/, "+86$1");

/** The page's `localStorage`; a browser may forbid access to it. */
const defaultStorage = () => valueOrUndefined(() => globalThis.localStorage) ?? null;

/**
 * Returns the work's result, or `undefined` where it throws: a full or forbidden storage must not keep a code from
 * being sent.
 * @template T
 * @param {() => T} work
 */
function valueOrUndefined(work) {
  try {
    return work();
  } catch {
    return undefined;
  }
}
