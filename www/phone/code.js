// Shows all the code that a service needs, on a server and in a page.
import { copyButton } from "../copy.js";
import { h } from "../element.js";
import { t } from "../language.js";
import { INSTALL, PAGE, SERVER } from "./snippets.js";

export function drawCode() {
  return h(
    "section",
    { class: "card own-code", "aria-labelledby": "own-code" },
    h("h2", { id: "own-code" }, t("code.title")),
    h("div", { class: "codes" }, [drawOne(t("code.server"), SERVER, "server"), drawOne(t("code.page"), PAGE, "page")]),
  );
}

function drawOne(title, code, name) {
  const status = h("span", { class: "quiet", role: "status" });
  const whole = name === "server" ? `// ${INSTALL}\n${code}` : code;
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
        copyButton(t("copy.copy"), () => whole, status),
      ),
    ),
    h("pre", { tabindex: "0", "aria-label": title }, whole),
  );
}
