// One-time codes in a page: send, wait, verify. No WebAssembly, no dependency.

export class OtpError extends Error {
  /** @param {string} type @param {number} status @param {any} [details] */
  constructor(type, status, { title = type, detail, field, retryAfter } = {}) {
    super(detail ?? title);
    this.name = "OtpError";
    this.type = type;
    this.status = status;
    this.field = field;
    this.retryAfter = retryAfter;
  }
}

/** What a device was given is kept under this and its number. */
const KEPT = "xinshi-device:";

/** @type {typeof import("./index.js").createOtp} */
export function createOtp({ base = "", captcha, storage = stored(), fetch = globalThis.fetch.bind(globalThis) } = {}) {
  /** The last code that was asked for. @type {{ phone: string, challenge: string, until: number } | undefined} */
  let last;
  let resendAt = 0;

  /** @param {string} path @param {object} body @param {AbortSignal | undefined} signal */
  const post = async (path, body, signal) => {
    /** @type {RequestInit} */
    const init = { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
    if (signal) init.signal = signal;
    const response = await fetch(`${base}/otp/${path}`, init).catch((error) => {
      if (signal?.aborted) throw error;
      throw new OtpError("network", 0);
    });
    const answer = await response.json().catch(() => ({}));
    if (response.ok) return answer;
    const retryAfter = Number(response.headers.get("retry-after")) || undefined;
    throw new OtpError(String(answer.type).split(":").pop() ?? "", response.status, { ...answer, retryAfter });
  };

  /**
   * Asks for a code, and once more for each thing that can be mended.
   * @param {any} body
   * @param {AbortSignal | undefined} signal
   * @returns {Promise<import("./index.js").Sent>}
   */
  const asked = async (body, signal) => {
    try {
      return await post("send", body, signal);
    } catch (error) {
      const { type } = /** @type {OtpError} */ (error);
      // What was open a moment ago may be over: a new code then.
      if (type === "challenge-closed" && body.challenge) return asked({ ...body, challenge: undefined }, signal);
      if (type !== "captcha-required" || body.captcha || !captcha) throw error;
      return asked({ ...body, captcha: await captcha() }, signal);
    }
  };

  return {
    async send(phone, { signal, ...options } = {}) {
      const again = last?.phone === phone && Date.now() < last.until ? { challenge: last.challenge } : {};
      const device = kept(() => storage?.getItem(KEPT + phone)) ?? undefined;
      const body = {
        phone,
        locale: globalThis.document?.documentElement.lang || undefined,
        device,
        ...again,
        ...options,
      };
      try {
        const sent = await asked(body, signal);
        last = { phone, challenge: sent.challenge, until: Date.now() + sent.expiresIn * 1000 };
        resendAt = Date.now() + sent.resendIn * 1000;
        return sent;
      } catch (error) {
        if (error instanceof OtpError && error.retryAfter) resendAt = Date.now() + error.retryAfter * 1000;
        throw error;
      }
    },

    async verify(code, { signal } = {}) {
      if (!last) throw new OtpError("not-sent", 0, { title: "no code was asked for" });
      const { phone, challenge } = last;
      const { proof, device } = await post("verify", { challenge, code: code.trim() }, signal);
      last = undefined;
      kept(() => storage?.setItem(KEPT + phone, device));
      return { proof };
    },

    countdown(tell) {
      /** @type {ReturnType<typeof setTimeout> | undefined} */
      let timer;
      const tick = () => {
        const left = Math.max(0, Math.ceil((resendAt - Date.now()) / 1000));
        if (left > 0) timer = setTimeout(tick, (resendAt - Date.now()) % 1000 || 1000);
        tell(left);
      };
      tick();
      return () => clearTimeout(timer);
    },

    async receive({ signal } = {}) {
      if (!("OTPCredential" in globalThis)) return undefined;
      /** @type {any} */
      const wanted = { otp: { transport: ["sms"] }, signal };
      // A person who declines has a keyboard.
      const credential = /** @type {any} */ (await navigator.credentials.get(wanted).catch(() => undefined));
      return credential?.code;
    },
  };
}

/** A page may be forbidden to keep anything. */
const stored = () => kept(() => globalThis.localStorage) ?? null;

/**
 * What a store gives; one that is full or closed loses no code.
 * @template T
 * @param {() => T} work
 */
function kept(work) {
  try {
    return work();
  } catch {
    return undefined;
  }
}
