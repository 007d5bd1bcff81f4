// Draws what the texts of an attack cost, beside those of the people who signed in, with the rules that would stop it.
import { h } from "../element.js";
import { number, t, tag } from "../language.js";
import { costOf } from "./texts.js";

/** An amount of yuan: `¥12.80`. */
export const yuan = (amount) =>
  new Intl.NumberFormat(tag(), { style: "currency", currency: "CNY", currencyDisplay: "narrowSymbol" }).format(amount);

/**
 * Rules that stop more of the attacker's texts, the mildest first; each switches itself on.
 * @type {{ name: string, isOn: (rules: any) => boolean, switchOn: (rules: any) => void }[]}
 */
export const REMEDIES = [
  { name: "adaptive", isOn: ({ adaptive }) => adaptive, switchOn: (rules) => (rules.adaptive = true) },
  { name: "captcha", isOn: ({ captcha }) => captcha, switchOn: (rules) => (rules.captcha = true) },
  {
    name: "always",
    isOn: ({ captcha, always }) => captcha && always,
    switchOn: (rules) => Object.assign(rules, { captcha: true, always: true }),
  },
];

/**
 * @param {{ result: any, rules: any, price: number, attack: number, isDone: boolean, apply: (remedy: any) => void }} options
 * `attack` is the number of the attacker's requests.
 */
export function drawCost({ result, rules, price, attack, isDone, apply }) {
  const { people, owner, texts } = result;
  const signedIn = people.received + owner.received;
  const max = Math.max(1, attack, texts.people);
  const remedies = REMEDIES.filter(({ isOn }) => !isOn(rules));
  return h(
    "section",
    { class: "card cost", "aria-labelledby": "attack-cost" },
    h("h2", { id: "attack-cost" }, t("attack.cost.title")),
    h(
      "table",
      {},
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          h("th", { scope: "col" }, t("attack.cost.who")),
          h("th", { scope: "col" }, t("attack.cost.bar")),
          h("th", { scope: "col", class: "amount" }, t("attack.cost.yuan")),
        ),
      ),
      h("tbody", {}, [
        row("people", t("attack.cost.people", { count: number(signedIn) }), texts.people, "sent"),
        row("attackers", t("attack.cost.attackers", { count: number(attack) }), texts.attackers, "attack"),
        row("unlimited", t("attack.cost.unlimited"), attack, "hypothetical"),
      ]),
    ),
    h(
      "div",
      { class: "remedies", role: "group", "aria-label": t("attack.cost.remedies") },
      texts.attackers > 0 && isDone && remedies.length > 0
        ? [
            h("p", {}, t("attack.cost.stop")),
            remedies.map((remedy) =>
              h(
                "button",
                { type: "button", class: "plain small", "data-remedy": remedy.name, onclick: () => apply(remedy) },
                t(`attack.cost.remedy.${remedy.name}`),
              ),
            ),
          ]
        : isDone && h("p", { class: "quiet" }, t(texts.attackers > 0 ? "attack.cost.least" : "attack.cost.none")),
    ),
  );

  function row(name, title, count, color) {
    const cost = yuan(costOf(count, price));
    return h(
      "tr",
      { "data-cost": name, class: name },
      h("th", { scope: "row" }, title),
      h(
        "td",
        {},
        h("span", { class: `length ${color}`, vars: { "--part": count / max } }),
        h("span", { class: "texts" }, t("attack.cost.texts", { count: number(count) })),
      ),
      h("td", { class: "amount" }, cost),
    );
  }
}
