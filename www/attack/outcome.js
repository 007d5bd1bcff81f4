// The result of an attack, in figures and by rule, beside the result under the rules before.
import { h } from "../element.js";
import { number, t } from "../language.js";

/** The empty result, before any traffic was decided. */
export const nothing = (begin, days, buckets = 96) => ({
  begin,
  widthMs: (days * 86_400_000) / buckets,
  buckets: Array.from({ length: buckets }, () => ({})),
  people: { requested: 0, received: 0 },
  owner: { requested: 0, received: 0 },
  texts: { people: 0, attackers: 0 },
  most: 0,
});

/**
 * @param {any} result
 * @param {any} before The result of the same traffic under other rules, if there is one.
 * @param {boolean} hasOwner Whether the attack is on one number.
 * @param {string} [hint] Advice for that number's owner.
 */
export function figuresOf(result, before, hasOwner, hint) {
  const of = ({ received, requested }) => t("attack.of", { received: number(received), requested: number(requested) });
  const rating = ({ received, requested }, enough) =>
    requested === 0 ? undefined : received < requested * enough ? "bad" : "good";
  return [
    figure("attempted", number(attemptedOf(result))),
    figure(
      "attackers",
      number(result.texts.attackers),
      before && number(before.texts.attackers),
      result.texts.attackers > 0 ? "bad" : "good",
    ),
    hasOwner && figure("owner", of(result.owner), before && of(before.owner), rating(result.owner, 0.5), hint),
    figure("people", of(result.people), before && of(before.people), rating(result.people, 0.8)),
    figure("most", number(result.most), before && number(before.most)),
  ];
}

/** The number of all requests. */
export const attemptedOf = ({ buckets }) =>
  buckets.flatMap((bucket) => Object.values(bucket)).reduce((sum, count) => sum + count, 0);

function figure(name, value, before, rating, hint = "") {
  return h(
    "div",
    { class: rating ? `figure ${rating}` : "figure", "data-figure": name },
    h("dt", {}, t(`attack.figures.${name}`)),
    h("dd", {}, value),
    h(
      "dd",
      { class: "before" },
      before === undefined || before === value ? hint : t("attack.before", { value: before }),
    ),
  );
}

/** A row for each rule, with a bar: its part of all requests. */
export function drawStopped({ rows, series, isDone, attempted }) {
  const max = Math.max(1, attempted);
  return h(
    "section",
    { class: "card", "aria-labelledby": "attack-stopped" },
    h("h2", { id: "attack-stopped" }, t("attack.stopped")),
    h("p", { class: "quiet" }, t("attack.stoppedUnit", { count: number(attempted) })),
    isDone && rows.length === 0 && h("p", { class: "quiet" }, t("attack.nothingStopped")),
    h(
      "table",
      {},
      h(
        "thead",
        { class: "hidden" },
        h("tr", {}, h("th", { scope: "col" }, t("attack.rule")), h("th", { scope: "col" }, t("attack.count"))),
      ),
      h(
        "tbody",
        {},
        rows.map(({ by, count }, index) =>
          h(
            "tr",
            { "data-rule": by },
            h("th", { scope: "row" }, h("i", { class: `key ${series[index].color}` }), series[index].label),
            h(
              "td",
              {},
              h("span", { class: `length ${series[index].color}`, vars: { "--part": count / max } }),
              h("span", { class: "amount" }, number(count)),
            ),
          ),
        ),
      ),
    ),
  );
}
