// Shows a decoded proof: anybody can read one, and only a holder of the key can check it.
import { copyButton } from "../copy.js";
import { fill, h } from "../element.js";
import { clock, span, t } from "../language.js";

/**
 * @param {string | undefined} proof
 * @param {AbortSignal} signal
 */
export function drawClaims(proof, signal) {
  if (!proof) return h("p", { class: "quiet" }, t("proof.none"));
  const parts = proof.split(".");
  const [header, claims] = parts.slice(0, 2).map(decoded);
  const left = h("dd");
  const count = () => {
    const seconds = claims.exp - Date.now() / 1000;
    fill(left, seconds > 0 ? t("proof.left", { span: span(seconds) }) : t("proof.over"));
  };
  count();
  const timer = setInterval(count, 1000);
  signal.addEventListener("abort", () => clearInterval(timer));
  const status = h("span", { class: "quiet", role: "status" });
  return [
    h(
      "div",
      { class: "between" },
      h("p", { class: "seal" }, t("proof.verified")),
      h(
        "div",
        { class: "tools" },
        status,
        copyButton(t("copy.copy"), () => proof, status),
      ),
    ),
    h(
      "p",
      { class: "token", tabindex: "0", "aria-label": t("proof.token") },
      parts.map((part, index) => [index > 0 && ".", h("span", { class: `part-${index}` }, part)]),
    ),
    h(
      "dl",
      { class: "claims" },
      h("dt", {}, t("proof.header")),
      h(
        "dd",
        {},
        Object.entries(header).map(([name, value]) => [h("code", {}, name), ` ${value} `]),
      ),
      Object.entries(claims).map(([name, value]) => [
        h("dt", {}, h("code", {}, name)),
        name === "exp"
          ? left
          : h("dd", {}, name === "iat" ? clock(value * 1000, { timeStyle: "medium" }) : String(value)),
      ]),
    ),
    h("p", { class: "quiet" }, t("proof.check")),
  ];
}

function decoded(part) {
  const bytes = Uint8Array.from(atob(part.replaceAll("-", "+").replaceAll("_", "/")), (character) =>
    character.charCodeAt(0),
  );
  return JSON.parse(new TextDecoder().decode(bytes));
}
