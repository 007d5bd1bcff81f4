// The phone's view: a person requests a code, receives it, enters it and gets a proof; beside it, the remaining limits.
import { createOtp } from "xinshi/otp";
import { backend, requestJson } from "../backend.js";
import { fill, h, submitted } from "../element.js";
import { number, says, span, t } from "../language.js";
import { drawClaims } from "./claims.js";
import { drawCode } from "./code.js";
import { drawIntroduction } from "./introduction.js";
import { drawLimits } from "./limits.js";
import { drawRoute } from "./route.js";
import { drawPhone } from "./screen.js";

/** The state of a number before its first request. */
const nothingAsked = () => ({
  code: "",
  /** The last answer, and the step that it answered. */
  message: /** @type {{ step: "send" | "verify", type?: string, retryAfter?: number } | undefined} */ (undefined),
  proof: /** @type {string | undefined} */ (undefined),
  /** Whether a code was requested, and whether one can be entered. */
  isRequested: false,
  isOpen: false,
  challenge: /** @type {string | undefined} */ (undefined),
  /** The steps of the last text. */
  way: /** @type {import("./route.js").Way} */ ({}),
});

/** The state survives a change of view or language. */
const state = { phone: /** @type {string} */ (anyNumber()), ...nothingAsked() };

/**
 * Milliseconds after a request for which the text's delivery is looked up. The server of `npm start` pulls reports every
 * minute, so that a report is there after two minutes at most.
 */
const REPORTED_WITHIN_MS = 130_000;

/** Reaches the handler: on the server, or in this page. */
const otp = createOtp({ fetch: async (path, init) => (await backend()).request(String(path).slice(1), init) });

/** Draws the view, until the signal ends it. @param {AbortSignal} signal */
export function draw(signal) {
  const route = drawRoute();
  const screen = drawPhone({ fillIn });
  const limits = drawLimits(signal);

  const phone = h("input", {
    id: "phone-number",
    type: "tel",
    inputmode: "tel",
    autocomplete: "tel",
    required: true,
    value: state.phone,
    "aria-describedby": "number-error",
    oninput: () => setPhone(phone.value),
  });
  const send = h("button", { class: "primary", type: "submit" }, t("phone.send"));
  const numberError = h("p", { class: "field-error", id: "number-error", role: "alert" });
  const sendMessage = h("p", { class: "message", id: "send-message", role: "status" });
  const code = h("input", {
    id: "code",
    name: "code",
    class: "code",
    inputmode: "numeric",
    autocomplete: "one-time-code",
    // Six digits, and the characters that people put between them.
    maxlength: 16,
    value: state.code,
    "aria-describedby": "code-error",
    oninput: () => {
      state.code = code.value;
      if (state.message?.step !== "verify") return;
      state.message = undefined;
      showState();
    },
  });
  const verify = h("button", { class: "primary", type: "submit" }, t("phone.verify"));
  const codeError = h("p", { class: "field-error", id: "code-error", role: "alert" });
  const verifyMessage = h("p", { class: "message", id: "verify-message", role: "status" });
  const proof = h("div", { class: "proof" });

  const sending = step(1, t("phone.stepNumber"), {
    onsubmit: submitted(submit),
    content: [
      h("label", { for: "phone-number" }, t("phone.number")),
      h(
        "div",
        { class: "row" },
        phone,
        h(
          "button",
          { type: "button", class: "plain", onclick: another, title: t("phone.anotherTitle") },
          t("phone.another"),
        ),
      ),
      numberError,
      send,
      sendMessage,
    ],
  });
  const entering = step(2, t("phone.stepCode"), {
    onsubmit: submitted(enter),
    content: [
      h("label", { for: "code" }, t("phone.code")),
      h("div", { class: "row" }, code, verify),
      codeError,
      verifyMessage,
    ],
  });

  /** @type {string | undefined} */
  let shownProof;
  let stopCounting = () => {};
  let isCounting = false;
  signal.addEventListener("abort", () => stopCounting());
  showState();
  watch();
  if (state.isRequested) {
    limits.watch(state.phone.trim());
    countDown();
  }

  return [
    drawIntroduction(),
    h("h2", { class: "part" }, t("phone.demo")),
    h("p", { class: "lead" }, t("phone.demoLead")),
    route.element,
    h(
      "div",
      { class: "phone-view" },
      h("div", { class: "steps" }, sending, entering, step(3, t("phone.stepProof"), { content: [proof] })),
      screen.element,
      limits.element,
    ),
    drawCode(),
  ];

  /** Requests a code. */
  async function submit() {
    const sentTo = state.phone.trim();
    const began = performance.now();
    state.way = { began };
    state.message = undefined;
    send.disabled = true;
    showState();
    const { sent, error } = await otp.send(sentTo).then(
      (sent) => ({ sent, error: undefined }),
      (error) => ({ sent: undefined, error }),
    );
    send.disabled = false;
    // The person has written another number, so this answer does not belong to it.
    if (sentTo !== state.phone.trim()) return;
    const answered = performance.now();
    state.way = { began, answered, status: error ? error.status : 202, rejected: Boolean(error) };
    state.message = { step: "send", type: error?.type, retryAfter: error?.retryAfter };
    if (error?.type === "malformed-request") phone.focus();
    if (sent) {
      state.isOpen = true;
      state.challenge = sent.challenge;
      receive();
    }
    // A text that is no number has no limits.
    state.isRequested ||= error?.type !== "malformed-request" && error?.type !== "network";
    if (signal.aborted) return;
    if (state.isRequested) {
      limits.watch(sentTo);
      countDown();
    }
    await refresh();
    limits.refresh();
    showState();
  }

  /** Enters the code. */
  async function enter() {
    // The code was requested for a number that the person has since replaced.
    if (!state.isOpen) {
      state.message = { step: "verify", type: "not-sent" };
      return showState();
    }
    verify.disabled = true;
    try {
      ({ proof: state.proof } = await otp.verify(state.code));
      state.message = { step: "verify" };
      state.isOpen = false;
    } catch (error) {
      state.message = { step: "verify", type: error.type, retryAfter: error.retryAfter };
    }
    verify.disabled = false;
    if (signal.aborted) return;
    if (AT_FIELD.verify.includes(state.message.type ?? "")) code.focus();
    limits.refresh();
    showState();
  }

  /** Reads the code by the browser, where it can (WebOTP). */
  async function receive() {
    const received = await otp.receive({ signal });
    if (received && !signal.aborted) fillIn(received);
  }

  function fillIn(received) {
    state.code = received;
    code.value = received;
    verify.focus();
  }

  function another() {
    phone.value = anyNumber();
    setPhone(phone.value);
    phone.focus();
  }

  function setPhone(written) {
    if (written.trim() === state.phone.trim()) return;
    Object.assign(state, { phone: written, ...nothingAsked() });
    code.value = "";
    stopCounting();
    isCounting = false;
    screen.show([], written);
    limits.watch(undefined);
    limits.announce(0);
    showState();
  }

  function countDown() {
    stopCounting();
    const of = state.phone;
    stopCounting = otp.countdown((seconds) => {
      if (of !== state.phone) return;
      isCounting = seconds > 0;
      limits.announce(seconds);
      fill(
        send,
        isCounting ? t("phone.sendIn", { span: span(seconds) }) : t(state.isOpen ? "phone.again" : "phone.send"),
      );
      // A screen reader announces changes: the button counts down, and the sentence is read once.
      send.setAttribute("aria-disabled", String(isCounting));
    });
  }

  /** Polls the inbox and draws texts as they arrive. */
  async function watch() {
    await refresh();
    if (signal.aborted) return;
    const timer = setInterval(() => state.isRequested && !document.hidden && refresh(), 1000);
    signal.addEventListener("abort", () => clearInterval(timer));
  }

  async function refresh() {
    const of = state.phone.trim();
    if (state.way.began === undefined) return screen.show([], of);
    const inbox = await requestJson(`sandbox/inbox?to=${encodeURIComponent(of)}`, {
      headers: { accept: "application/json" },
    }).catch(() => []);
    if (signal.aborted || of !== state.phone.trim()) return;
    const newest = inbox.at(-1);
    if (newest && state.way.status === 202 && !state.way.arrived) {
      state.way = { ...state.way, arrived: performance.now(), vendor: newest.vendor };
    }
    screen.show(inbox, of);
    await lookUp(of);
    route.show(state.way);
  }

  /** Polls the handler for the text's status: for a while, since a report may follow. */
  async function lookUp(of) {
    const { challenge, way } = state;
    // The challenge may be that of an earlier text, while this request was rejected.
    if (!challenge || way.status !== 202 || performance.now() - (way.began ?? 0) > REPORTED_WITHIN_MS) return;
    const { delivery } = await requestJson(`otp/status/${challenge}`).catch(() => ({}));
    if (of === state.phone.trim() && challenge === state.challenge) state.way = { ...state.way, delivery };
  }

  function showState() {
    route.show(state.way);
    showMessage("send", phone, numberError, sendMessage);
    showMessage("verify", code, codeError, verifyMessage);
    if (!isCounting) {
      fill(send, t(state.isOpen ? "phone.again" : "phone.send"));
      send.setAttribute("aria-disabled", "false");
    }
    // Drawn once for each proof, since its seconds count down.
    if (state.proof === shownProof && proof.hasChildNodes()) return;
    shownProof = state.proof;
    fill(proof, drawClaims(state.proof, signal));
  }

  /** Shows the last answer to a step: what the person should write differently at its field, the rest below. */
  function showMessage(step, field, atField, below) {
    const message = state.message?.step === step ? state.message : undefined;
    const isAtField = AT_FIELD[step].includes(message?.type ?? "");
    const text = message ? sentence(message) : "";
    fill(atField, isAtField ? text : "");
    fill(below, isAtField ? "" : text);
    below.classList.toggle("failure", Boolean(message?.type));
    field.setAttribute("aria-invalid", String(isAtField));
  }
}

/** The answers that a person mends in the field itself. @type {Record<"send" | "verify", string[]>} */
const AT_FIELD = {
  send: ["malformed-request", "number-not-allowed"],
  verify: ["malformed-request", "not-verified"],
};

/** The sentence for a person: when to try again, and never which rule applied. */
function sentence(/** @type {{ step: "send" | "verify", type?: string, retryAfter?: number }} */ message) {
  const { step, type, retryAfter } = message;
  if (!type) return t(step === "send" ? "phone.messages.sent" : "phone.messages.verified");
  if (type === "malformed-request") return t(step === "send" ? "phone.messages.noNumber" : "phone.messages.noCode");
  if (type === "quota-exceeded" && retryAfter) return t("phone.messages.later", { span: span(retryAfter) });
  return says(`phone.messages.${type}`) ? t(`phone.messages.${type}`) : t("phone.messages.other", { type });
}

/** @param {number} index @param {string} title @param {{ onsubmit?: (event: Event) => void, content: any }} options */
function step(index, title, { onsubmit, content }) {
  return h(
    onsubmit ? "form" : "section",
    { class: "card step", onsubmit, novalidate: onsubmit && true, "aria-labelledby": `step-${index}` },
    h("h2", { id: `step-${index}` }, h("span", { class: "count", "aria-hidden": "true" }, number(index)), title),
    content,
  );
}

/** A number that received no text lately: on a server, others' limits persist. */
function anyNumber() {
  const [seed = 0] = crypto.getRandomValues(new Uint32Array(1));
  return `139${String(seed % 1e8).padStart(8, "0")}`;
}
