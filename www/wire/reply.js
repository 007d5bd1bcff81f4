// Shows a reply as it came, to the byte, and as the package read it.
import { fill, h } from "../element.js";
import { number, says, t, wordFor } from "../language.js";
import { listing } from "./bytes.js";

export function drawReply() {
  const raw = h("div", { class: "exchange" });
  const read = h("div", { class: "exchange" });
  const verdict = h("span", { role: "status", class: "verdict" });
  const element = h(
    "section",
    { class: "card", "aria-labelledby": "wire-reply" },
    h("div", { class: "between" }, h("h2", { id: "wire-reply" }, t("wire.reply")), verdict),
    h(
      "div",
      { class: "halves" },
      h("div", {}, h("h3", {}, t("wire.asItCame")), raw),
      h("div", {}, h("h3", {}, t("wire.asRead")), read),
    ),
  );
  return {
    element,
    /** Scrolls the reply into view. */
    reveal() {
      verdict.scrollIntoView({ block: "nearest" });
    },
    wait() {
      fill(verdict, t("wire.waiting"));
      verdict.className = "verdict";
    },
    /** @param {{ replies: import("./calls.js").Reply[], read?: any, error?: any, charset: string } | undefined} answer */
    show(answer) {
      const nothing = h("p", { class: "quiet" }, t("wire.noReply"));
      const none = answer?.replies.length === 0 && h("p", { class: "quiet" }, t("wire.noneCame"));
      fill(raw, answer ? [none, answer.replies.map((reply) => drawOne(reply, answer.charset))] : nothing);
      fill(
        read,
        answer
          ? h(
              "pre",
              { class: "text", tabindex: "0", "aria-label": t("wire.asRead") },
              written(answer.error ?? answer.read),
            )
          : nothing.cloneNode(true),
      );
      const status = answer && statusOf(answer);
      fill(verdict, status ? wordFor("wire.status", status) : "");
      verdict.className = `verdict ${status ?? ""}`;
    },
  };
}

/** @param {import("./calls.js").Reply} reply @param {string} charset */
function drawOne({ status, headers = [], body, isScript }, charset) {
  const type = headers.find(([name]) => name === "content-type");
  return h(
    "div",
    { class: "one" },
    status !== undefined && h("p", { class: "line mono" }, h("strong", {}, `HTTP ${status}`)),
    isScript && h("p", { class: "quiet" }, t("wire.byScript")),
    type && h("p", { class: "line mono" }, h("span", { class: "quiet" }, "content-type: "), type[1]),
    h("pre", { class: "text", tabindex: "0", "aria-label": t("wire.asItCame") }, new TextDecoder(charset).decode(body)),
    h(
      "details",
      {},
      h("summary", {}, t("wire.replyBytes", { count: number(body.length) })),
      h("pre", { class: "listing", tabindex: "0" }, listing(body, 8)),
    ),
  );
}

function statusOf(/** @type {{ read?: any, error?: any }} */ { read, error }) {
  if (error) return error.sent === "maybe" ? "unknown" : "rejected";
  const outcomes = [read].flat();
  const statuses = new Set(
    outcomes.map((outcome) => outcome?.status).filter((status) => says(`wire.status.${status}`)),
  );
  if (statuses.size > 1) return "partial";
  return [...statuses][0] ?? "answered";
}

/** The result as its caller sees it, with the fields that a list has beside its items. */
function written(value) {
  const whole = Array.isArray(value) && "unparsed" in value ? { items: [...value], unparsed: value.unparsed } : value;
  return JSON.stringify(
    whole,
    (_, inner) => (inner instanceof Error && !("toJSON" in inner) ? { ...inner, message: inner.message } : inner),
    2,
  );
}
