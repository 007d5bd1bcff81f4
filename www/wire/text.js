// Draws the text on the wire: each character with its bytes below, and the segments it is billed as.
import { fill, h } from "../element.js";
import { number, t } from "../language.js";
import { charactersOf, hex, textOf } from "./bytes.js";
import { drawWarning, isOfRequest } from "./warnings.js";

/** The maximum number of characters drawn; a longer text is cut, with a note. */
const MAX_SHOWN = 240;
const NAMES = { "\n": "⏎", "\r": "␍", " ": "␣" };

export function drawText() {
  const sorts = h("div", { class: "sorts", role: "img", tabindex: "0" });
  const meter = h("dl", { class: "meter" });
  const warnings = h("div", { class: "warnings", role: "status" });
  const heading = h("h2", { id: "wire-text" }, t("wire.text"));
  const element = h(
    "section",
    { class: "card", "aria-labelledby": "wire-text" },
    h("div", { class: "between" }, heading, meter),
    sorts,
    warnings,
  );
  return { element, show };

  /**
   * @param {{ plan: any, requests: any[] } | undefined} made
   * @param {string} [charset]
   * @param {string} [written] The text as the person wrote it, if there is one.
   */
  function show(made, charset = "utf-8", written) {
    const found = made?.requests[0] && textOf(made.requests[0], charset);
    const wrong = new Set(made?.plan?.warnings.filter(({ at }) => at !== undefined).map(({ at }) => at));
    const characters = found ? charactersOf(found.bytes, charset) : withoutBytes(written ?? "");
    element.hidden = made !== undefined && characters.length === 0;
    const name = charset === "gbk" ? "GBK" : "UTF-8";
    sorts.setAttribute(
      "aria-label",
      found
        ? t("wire.sortsOf", { count: number(characters.length), bytes: number(found.bytes.length), charset: name })
        : t("wire.sortsRejected"),
    );
    let at = 0;
    fill(
      sorts,
      characters.slice(0, MAX_SHOWN).map(({ character, bytes }) => {
        const isWrong = !found && wrong.has(at);
        at += character.length;
        return h(
          "span",
          { class: isWrong ? "sort wrong" : "sort" },
          h("b", {}, NAMES[character] ?? character),
          h("i", {}, bytes ? hex(bytes) : isWrong ? "✗" : ""),
        );
      }),
      characters.length > MAX_SHOWN &&
        h("span", { class: "quiet" }, t("wire.more", { count: number(characters.length - MAX_SHOWN) })),
    );
    const plan = made?.plan;
    fill(
      meter,
      plan && [
        h("dt", {}, t("wire.segments")),
        h("dd", {}, number(plan.segments)),
        h("dt", {}, t("wire.characters")),
        h("dd", {}, number(plan.characters)),
      ],
      found && [
        h("dt", {}, `${name}${found.isTwice ? " × 2" : ""}`),
        h("dd", {}, t("wire.bytes", { count: number(found.bytes.length) })),
      ],
    );
    fill(
      warnings,
      (plan?.warnings ?? []).filter((warning) => !isOfRequest(warning)).map(drawWarning),
      plan?.rejected && h("p", { class: "rejected" }, t("wire.rejected", { code: plan.rejected.code })),
    );
  }
}

/** The characters of a text that has no bytes yet. */
const withoutBytes = (text) => [...text].map((character) => ({ character, bytes: undefined }));
