// One rolling window: a cell for each event, with the used ones filled, and the time at which a full one allows the
// next.
import { h } from "../element.js";
import { number, span, t } from "../language.js";

/** The maximum number of cells; a higher limit is drawn as a bar. */
const CELLS = 24;

/**
 * @param {{ limit: number, windowSeconds: number, used: number, until?: number, isGuess?: boolean }} rule
 * @param {number} now
 */
export function drawWindow({ limit, windowSeconds, used, until, isGuess }, now) {
  const left = Math.max(0, limit - used);
  const wait = until ? Math.max(0, (until - now) / 1000) : 0;
  const text = wait > 0 ? t("limits.fullFor", { span: span(wait) }) : t("limits.left", { count: number(left) });
  return h(
    "li",
    { class: wait > 0 ? "window full" : "window" },
    h(
      "span",
      { class: "rule" },
      t(isGuess ? "limits.guessRule" : "limits.rule", { limit: number(limit), span: windowName(windowSeconds) }),
    ),
    h("span", { class: "left" }, text),
    limit <= CELLS
      ? h(
          "span",
          { class: "cells", "aria-hidden": "true" },
          Array.from({ length: limit }, (_, index) => h("i", { class: index < used ? "used" : undefined })),
        )
      : h("span", { class: "cells bar", "aria-hidden": "true", vars: { "--part": Math.min(1, used / limit) } }, h("i")),
  );
}

/** The name of a window: `一小时`, `minute`. */
export function windowName(seconds) {
  const named = { 60: "minute", 3600: "hour", 86400: "day" }[seconds];
  return named ? t(`window.${named}`) : span(seconds);
}
