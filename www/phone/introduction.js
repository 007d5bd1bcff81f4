// The first thing on the page: what xinshi is, what it saves, how to install it, and where to read on.
import { vendors } from "xinshi/vendors";
import { hasDocs } from "../backend.js";
import { copyButton } from "../copy.js";
import { h } from "../element.js";
import { current, number, t } from "../language.js";
import { BOMBING } from "./bombing.js";
import { INSTALL } from "./snippets.js";

/** What xinshi saves a developer, each with the place of the page that shows it. */
const SAVINGS = /** @type {const} */ ([
  ["work", "wire"],
  ["money", "attack"],
  ["doubt", "sending"],
]);

export function drawIntroduction() {
  // The package's README, as text, where the host has no site of the documents.
  const documents = h("a", { href: "readme.txt" }, t("intro.readme"));
  hasDocs().then(
    (has) => has && documents.setAttribute("href", current() === "zh" ? "docs/zh/first-text" : "docs/en/first-text"),
  );
  const status = h("span", { class: "quiet", role: "status" });
  return h(
    "div",
    { class: "introduction" },
    h(
      "div",
      { class: "pitch" },
      h("h1", {}, t("phone.title")),
      h("p", { class: "lead" }, t("phone.lead", { vendors: number(vendors.length) })),
      h(
        "p",
        { class: "links" },
        h("a", { href: "#own-code", onclick: showCode }, t("intro.code")),
        documents,
        SOURCES && h("a", { href: SOURCES }, t("intro.sources")),
      ),
    ),
    h(
      "div",
      { class: "install" },
      h(
        "div",
        { class: "between" },
        h("h2", {}, t("intro.install")),
        h(
          "div",
          { class: "tools" },
          status,
          copyButton(t("copy.copy"), () => INSTALL, status),
        ),
      ),
      h("pre", { tabindex: "0", "aria-label": t("intro.install") }, INSTALL),
    ),
    h(
      "ul",
      { class: "savings" },
      SAVINGS.map(([name, view]) =>
        h(
          "li",
          {},
          h("h3", {}, t(`intro.savings.${name}`)),
          h("p", {}, t(`intro.savingsWhy.${name}`, { operations: number(operationsOf()), ...BOMBING })),
          h("a", { href: `#${view}` }, t(`intro.savingsShown.${name}`)),
        ),
      ),
    ),
  );
}

/** The operations of all vendors' documents. */
const operationsOf = () =>
  vendors.reduce((sum, { sends, operations }) => {
    const sending = sends.flatMap(({ operation, texts, values }) => [operation, texts.operation, values.operation]);
    return sum + new Set([...sending, ...operations.map(({ name }) => name)]).size;
  }, 0);

/** A link to an anchor would change the view. */
function showCode(event) {
  event.preventDefault();
  const heading = document.querySelector("#own-code");
  heading?.scrollIntoView();
  heading?.closest("section")?.querySelector("button")?.focus({ preventScroll: true });
}
