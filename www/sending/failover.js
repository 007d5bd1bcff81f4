// Failover: a vendor fails, and the text goes by another if certainly nothing was sent; it never goes twice.
import { fill, h, submitted } from "../element.js";
import { number, t, wordFor } from "../language.js";
import { anyNumbers, createClient, inboxOf, ORDER, orderFaults } from "./client.js";

/** The faults of the first vendor. */
const FAULTS = ["reject", "reset", "garbage", "accept_then_reset", "timeout", "none"];

/** Milliseconds of one attempt: nobody wants to watch for ten seconds. */
const TIMEOUT_MS = 3000;

/** The state survives a change of view or language. */
const state = { fault: "reject", result: /** @type {any} */ (undefined) };

export function drawFailover() {
  const steps = h("ol", { class: "attempts", "aria-label": t("sending.failover.attempts") });
  const verdict = h("p", { class: "answer", role: "status" });
  const send = h("button", { class: "primary", type: "submit" }, t("sending.failover.send"));
  show();
  return h(
    "section",
    { class: "card", "aria-labelledby": "failover" },
    h("h2", { id: "failover" }, t("sending.failover.title")),
    h("p", { class: "quiet" }, t("sending.failover.lead")),
    h(
      "form",
      { class: "toolbar", onsubmit: submitted(run) },
      h("label", { for: "failover-fault" }, t("sending.failover.fault", { vendor: ORDER[0] })),
      h(
        "select",
        { id: "failover-fault", onchange: ({ currentTarget }) => (state.fault = currentTarget.value) },
        FAULTS.map((fault) =>
          h("option", { value: fault, selected: fault === state.fault }, t(`sending.failover.faults.${fault}`)),
        ),
      ),
      send,
    ),
    steps,
    verdict,
  );

  async function run() {
    if (send.disabled) return;
    send.disabled = true;
    const [to = ""] = anyNumbers(1);
    /** @type {any} */
    const result = { attempts: [] };
    state.result = result;
    show();
    try {
      await orderFaults(state.fault === "none" ? [] : [{ vendor: ORDER[0], fault: state.fault, times: 1 }]);
      const on = (event) => {
        if (event.type === "attempt") result.attempts.push({ account: event.account });
        if (event.type === "attempted") Object.assign(result.attempts.at(-1), event);
        show();
      };
      const sms = await createClient({ timeoutMs: TIMEOUT_MS, on });
      result.outcome = await sms.send({ to, text: t("sending.failover.text"), kind: "notice" });
      result.arrived = await inboxOf(to);
    } catch {
      result.failed = true;
    }
    send.disabled = false;
    show();
  }

  function show() {
    const { attempts = [], outcome, arrived, failed } = state.result ?? {};
    fill(
      steps,
      ORDER.map((vendor, index) => {
        const attempt = attempts.find(({ account }) => account === vendor);
        const status = attempt ? (attempt.status ?? "waiting") : "untried";
        return h(
          "li",
          { class: `attempt ${status}`, "data-account": vendor, "data-status": status },
          h("span", { class: "place" }, `${number(index + 1)} · ${vendor}`),
          h(
            "strong",
            {},
            status === "waiting" || status === "untried" ? t(`sending.${status}`) : wordFor("wire.status", status),
          ),
          attempt?.error && h("code", {}, attempt.error.code),
          attempt?.error && h("span", { class: "quiet" }, t(`sending.sent.${attempt.error.sent}`)),
        );
      }),
    );
    fill(verdict, failed ? t("operations.notReached") : arrived ? sentenceOf(outcome, arrived) : "");
  }
}

/** What happened, and what to do about it. */
function sentenceOf({ status }, arrived) {
  const [first] = arrived;
  if (status === "unknown") return t(first ? "sending.failover.maybeArrived" : "sending.failover.maybe");
  if (!first) return t("sending.failover.none");
  return t("sending.failover.once", { vendor: first.vendor, count: number(arrived.length) });
}
