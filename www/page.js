// The page: its header, its five views, and the view that is shown. A view is loaded on first use.

import { backendKind } from "./backend.js";
import { fill, h } from "./element.js";
import { current, setLanguage, t, tag } from "./language.js";
import { keepOffline } from "./offline.js";
import * as phone from "./phone/view.js";
import { applyTheme, nextTheme, theme } from "./theme.js";

const views = {
  phone: async () => phone,
  wire: () => import("./wire/view.js"),
  sending: () => import("./sending/view.js"),
  attack: () => import("./attack/view.js"),
  operations: () => import("./operations/view.js"),
};

const main = h("main", { id: "main", tabindex: "-1" });
const head = h("header", { class: "head" });
const foot = h("footer", { class: "foot" });
/** Ends the requests and timers of the shown view. */
let shown = new AbortController();

start();

function start() {
  applyTheme();
  document.body.append(h("a", { class: "skip", href: "#main", onclick: skip }), head, main, foot);
  addEventListener("hashchange", () => show(true));
  drawAround();
  show(false);
  keepOffline();
}

function currentView() {
  const name = location.hash.slice(1);
  return Object.hasOwn(views, name) ? /** @type {keyof typeof views} */ (name) : "phone";
}

async function show(moved) {
  shown.abort();
  const { signal } = (shown = new AbortController());
  const name = currentView();
  markCurrent(name);
  const load = views[name]();
  const view = name === "phone" ? phone : await load.catch(() => undefined);
  if (signal.aborted) return;
  if (view) fill(main, view.draw(signal));
  else fill(main, h("p", { class: "card failure", role: "alert" }, t("page.notLoaded")));
  document.title = `${t(`nav.${name}`)} · ${t("page.title")}`;
  // Moves the screen reader and the keyboard along with the person.
  if (moved) main.focus({ preventScroll: true });
  if (moved) scrollTo({ top: 0 });
}

function drawAround() {
  document.documentElement.lang = tag();
  fill(document.querySelector(".skip"), t("page.skip"));
  fill(
    head,
    h(
      "a",
      { class: "brand", href: "#phone" },
      h("img", { src: "icon.svg", alt: "", width: 32, height: 32 }),
      h("span", { class: "name" }, t("page.name")),
    ),
    h(
      "nav",
      { "aria-label": t("nav.label") },
      Object.keys(views).map((name) => h("a", { href: `#${name}`, "data-view": name }, t(`nav.${name}`))),
    ),
    h(
      "div",
      { class: "switches" },
      h(
        "button",
        { class: "plain", type: "button", "data-theme-switch": "", title: t("theme.label"), onclick: switchTheme },
        t(`theme.${theme()}`),
      ),
      h(
        "button",
        {
          class: "plain",
          type: "button",
          lang: current() === "zh" ? "en" : "zh-CN",
          "data-language-switch": "",
          onclick: switchLanguage,
        },
        current() === "zh" ? "English" : "中文",
      ),
    ),
  );
  const place = h("span", { class: "place" }, t("page.placeUnknown"));
  fill(foot, place, h("span", {}, t("page.nothingSent")));
  backendKind().then((kind) => fill(place, t(`page.place.${kind}`)));
}

function markCurrent(name) {
  for (const link of head.querySelectorAll("[data-view]")) {
    if (link.dataset.view === name) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
}

function switchLanguage() {
  setLanguage(current() === "zh" ? "en" : "zh");
  drawAround();
  show(false);
  head.querySelector("[data-language-switch]").focus();
}

function switchTheme({ currentTarget }) {
  nextTheme();
  fill(currentTarget, t(`theme.${theme()}`));
}

/** A link to an anchor would change the view. */
function skip(event) {
  event.preventDefault();
  main.focus();
}
