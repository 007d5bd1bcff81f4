// Shows all the code that a service needs, on a server and in a page, and the commands that run it.
import { copyButton } from "../copy.js";
import { h } from "../element.js";
import { t } from "../language.js";
import { PAGE, RUN, SERVER } from "./snippets.js";

export function drawCode() {
  return h(
    "section",
    { class: "card own-code", "aria-labelledby": "own-code" },
    h("h2", { id: "own-code" }, t("code.title")),
    h("p", { class: "quiet" }, t("code.lead")),
    h("div", { class: "codes" }, [drawOne(t("code.server"), SERVER), drawOne(t("code.page"), PAGE)]),
    drawOne(t("code.run"), RUN),
  );
}

function drawOne(title, code) {
  const status = h("span", { class: "quiet", role: "status" });
  return h(
    "div",
    {},
    h(
      "div",
      { class: "between" },
      h("h3", {}, title),
      h(
        "div",
        { class: "tools" },
        status,
        copyButton(t("copy.copy"), () => code, status),
      ),
    ),
    h("pre", { tabindex: "0", "aria-label": title }, code),
  );
}
