// Shows the remaining limits of a number: every window to the operator, and to the person when to try again.

import { backendKind, requestOperator } from "../backend.js";
import { fill, h } from "../element.js";
import { clock, number, span, t } from "../language.js";
import { drawDial } from "./dial.js";
import { drawWindow } from "./limit-window.js";

/** The point of view, and the last explanation; both survive a change of view. @type {"operator" | "person"} */
let viewer = "operator";
/** @type {{ phone: string, explained: any } | undefined} */
let last;

/** @param {AbortSignal} signal */
export function drawLimits(signal) {
  /** @type {string | undefined} */
  let phone;
  /** @type {any} */
  let explained;
  let isForbidden = false;
  /** The earliest next try by the public answer, in milliseconds of `performance.now()`. */
  let again = 0;
  const content = h("div", { class: "limits" });
  const switches = ["person", "operator"].map((name) =>
    h(
      "button",
      { type: "button", "aria-pressed": String(name === viewer), onclick: () => setViewer(name) },
      t(`limits.eyes.${name}`),
    ),
  );
  const element = h(
    "section",
    { class: "card limits-card", "aria-labelledby": "limits" },
    h("h2", { id: "limits" }, t("limits.title")),
    h("div", { class: "segments", role: "group", "aria-label": t("limits.eyesLabel") }, switches),
    content,
  );
  show();
  const ticking = setInterval(() => phone && !document.hidden && show(), 1000);
  const looking = setInterval(() => phone && !document.hidden && refresh(), 3000);
  signal.addEventListener("abort", () => {
    clearInterval(ticking);
    clearInterval(looking);
  });
  return { element, refresh, watch, announce };

  /** Shows in how many seconds the person may try again, by the public answer. */
  function announce(seconds) {
    again = performance.now() + seconds * 1000;
    show();
  }

  /** Shows another number; undefined before the first request. */
  function watch(next) {
    if (next === phone) return;
    phone = next;
    explained = last?.phone === next ? last?.explained : undefined;
    show();
    if (phone) refresh();
  }

  async function refresh() {
    const of = phone;
    if (!of) return;
    await backendKind();
    try {
      const answer = await requestOperator("admin/explain", { phone: of });
      last = { phone: of, explained: answer };
      if (of === phone) explained = answer;
    } catch (error) {
      // A public page may not read the limits.
      isForbidden ||= error.status === 401 || error.status === 404;
      switches[1].disabled = isForbidden;
      if (isForbidden) setViewer("person");
    }
    if (!signal.aborted && of === phone) show();
  }

  function setViewer(name) {
    viewer = name;
    for (const [index, one] of ["person", "operator"].entries())
      switches[index].setAttribute("aria-pressed", String(one === name));
    show();
  }

  function show() {
    fill(content, viewer === "person" ? asPerson((again - performance.now()) / 1000) : asOperator(explained));
  }
}

function asPerson(wait) {
  const words = wait > 0.5 ? t("limits.personLater", { span: span(wait) }) : t("limits.personNow");
  return [h("p", { class: "person" }, words), h("p", { class: "quiet" }, t("limits.personWhy"))];
}

function asOperator(explained) {
  const wait = explained?.until ? (explained.until - Date.now()) / 1000 : 0;
  const rules = explained?.number ?? RULES;
  const [cooldown, ...windows] = rules;
  const left = cooldown.until ? Math.max(0, (cooldown.until - Date.now()) / 1000) : 0;
  const guesses = explained?.verifyPerNumber?.[0];
  const open = explained?.challenges?.filter(({ status }) => status === "open" || status === "pending") ?? [];
  return [
    h(
      "div",
      { class: "cooldown" },
      drawDial(left, cooldown.windowSeconds),
      h(
        "p",
        {},
        h("strong", {}, t("limits.cooldown")),
        h("br"),
        left > 0 ? t("limits.waits", { span: span(left) }) : t("limits.passes"),
      ),
    ),
    h(
      "ul",
      { class: "windows" },
      windows.map((rule) => drawWindow(rule, Date.now())),
    ),
    h(
      "dl",
      { class: "facts" },
      h("dt", {}, t("limits.guesses")),
      h("dd", {}, guesses ? t("limits.of", { used: number(guesses.used), limit: number(guesses.limit) }) : "—"),
      h("dt", {}, t("limits.next")),
      h("dd", {}, wait > 0 ? clock(explained.until, { timeStyle: "medium" }) : t("limits.now")),
      h("dt", {}, t("limits.tries")),
      h("dd", {}, open.length > 0 ? number(open.at(-1).triesLeft) : "—"),
    ),
  ];
}

/** The documented rules, drawn empty until there is a number. */
const RULES = [
  { limit: 1, windowSeconds: 60, used: 0 },
  { limit: 4, windowSeconds: 60, used: 0 },
  { limit: 5, windowSeconds: 3600, used: 0 },
  { limit: 8, windowSeconds: 86400, used: 0 },
];
