// The view of attacks: decides days of traffic in seconds and draws what each rule stopped. Other rules decide the same
// traffic again.
import { fill, h, submitted } from "../element.js";
import { number, t } from "../language.js";
import { drawPlot } from "../plot.js";
import { drawCost } from "./cost.js";
import { simulated } from "./last-statistics.js";
import { attemptedOf, drawStopped, figuresOf, nothing } from "./outcome.js";
import { seriesOf, stoppedOf } from "./rejections.js";
import { documented, FIELDS, fieldOf, optionsOf } from "./rules.js";
import { simulate } from "./simulator.js";

const HOUR = 3_600_000;
const KINDS = ["botnet", "spray", "pump"];

/** The state survives a change of view or language. */
const state = {
  plan: { kind: "botnet", requests: 4000, days: 2 },
  rules: documented(),
  /** Yuan for a text. Source: docs/proof-of-work.md, "The price of a text". */
  price: 0.04,
  /** @type {any} */
  result: undefined,
  /** The result of the same traffic under other rules. @type {any} */
  before: undefined,
};

/** @param {AbortSignal} signal */
export function draw(signal) {
  const plot = drawPlot({ label: t("attack.plot"), signal });
  const figures = h("dl", { class: "figures" });
  const stopped = h("div", { class: "stopped" });
  const cost = h("div", {});
  const progress = h("progress", { max: 1, value: 0, "aria-label": t("attack.progress") });
  const failure = h("p", { class: "failure", role: "alert" });
  const form = h("form", { class: "attack-form", onsubmit: submitted(run) });
  let waiting = 0;
  signal.addEventListener("abort", () => clearTimeout(waiting));
  drawForm();
  if (state.result?.statistics) show(state.result);
  else {
    show({ result: nothing(beginOf(state.plan.days), state.plan.days), part: 0 });
    run();
  }
  return [
    h("h1", {}, t("attack.title")),
    h("p", { class: "lead" }, t("attack.lead")),
    h(
      "div",
      { class: "attack-view" },
      form,
      h(
        "div",
        { class: "attack-shown" },
        figures,
        cost,
        h("section", { class: "card", "aria-label": t("attack.plot") }, progress, plot.element, failure),
        stopped,
      ),
    ),
  ];

  function drawForm() {
    const { plan, rules } = state;
    fill(
      form,
      h(
        "div",
        { class: "card" },
        h("h2", {}, t("attack.traffic")),
        h(
          "div",
          { class: "kinds", role: "radiogroup", "aria-label": t("attack.traffic") },
          KINDS.map((kind) =>
            h(
              "label",
              { class: "kind" },
              h("input", {
                type: "radio",
                name: "kind",
                value: kind,
                checked: plan.kind === kind,
                onchange: () => other(plan, "kind", kind),
              }),
              h("span", {}, h("strong", {}, t(`attack.kinds.${kind}`)), h("small", {}, t(`attack.kindsWhy.${kind}`))),
            ),
          ),
        ),
        h(
          "div",
          { class: "pair" },
          choice("requests", [1000, 4000, 12_000], plan, (value) => number(value)),
          choice("days", [1, 2, 3], plan, (value) => t("units.day", { count: value })),
          h(
            "div",
            { class: "field" },
            h("label", { for: "attack-price" }, t("attack.fields.price")),
            h("input", {
              id: "attack-price",
              type: "number",
              min: 0,
              max: 10,
              step: 0.01,
              value: state.price,
              oninput: ({ currentTarget }) => {
                state.price = Math.min(10, Math.max(0, Number(currentTarget.value) || 0));
                if (state.result) show(state.result);
              },
            }),
          ),
        ),
      ),
      h(
        "div",
        { class: "card rules-card" },
        h("h2", {}, t("attack.rules")),
        ["number", "address", "all"].map((group) =>
          h(
            "fieldset",
            { class: group },
            h("legend", {}, t(`attack.groups.${group}`)),
            FIELDS.filter((field) => field.group === group).map(({ name }) =>
              h(
                "div",
                { class: "field" },
                h("label", { for: `attack-${name}` }, t(`attack.fields.${name}`)),
                h("input", {
                  id: `attack-${name}`,
                  "aria-describedby": `attack-${group}-error`,
                  type: "number",
                  min: 0,
                  max: 1_000_000,
                  value: rules[name],
                  oninput: ({ currentTarget }) =>
                    other(rules, name, Math.max(0, Math.trunc(Number(currentTarget.value) || 0))),
                }),
              ),
            ),
            h("p", { class: "field-error", id: `attack-${group}-error`, role: "alert" }),
          ),
        ),
        ["adaptive", "captcha", "work"].map((name) =>
          h(
            "label",
            { class: "check" },
            h("input", {
              type: "checkbox",
              id: `attack-${name}`,
              checked: rules[name],
              onchange: ({ currentTarget }) => {
                // A captcha that is switched off and on again is asked for where it is busy.
                if (name === "captcha") rules.always = false;
                other(rules, name, currentTarget.checked);
              },
            }),
            h("span", {}, h("strong", {}, t(`attack.${name}`)), h("small", {}, t(`attack.${name}Why`))),
          ),
        ),
        h(
          "button",
          {
            type: "button",
            class: "plain",
            onclick: () => {
              state.rules = documented();
              drawForm();
              form.querySelector(".rules-card button").focus();
              later();
            },
          },
          t("attack.asDocumented"),
        ),
      ),
    );
  }

  function choice(name, values, of, textOf) {
    return h(
      "div",
      { class: "field" },
      h("label", { for: `attack-${name}` }, t(`attack.fields.${name}`)),
      h(
        "select",
        { id: `attack-${name}`, onchange: ({ currentTarget }) => other(of, name, Number(currentTarget.value)) },
        values.map((value) => h("option", { value, selected: value === of[name] }, textOf(value))),
      ),
    );
  }

  function other(of, name, value) {
    if (of[name] === value) return;
    of[name] = value;
    later();
  }

  /** Decides again once the person has stopped typing. */
  function later() {
    clearTimeout(waiting);
    waiting = setTimeout(run, 350);
  }

  function run() {
    const { plan } = state;
    const isSame = state.result?.statistics && JSON.stringify(state.result.plan) === JSON.stringify(plan);
    state.before = isSame ? state.result : undefined;
    // Whole hours up to now: the traffic stays the same while the page is open.
    const begin = beginOf(plan.days);
    const requested = { plan: { ...plan }, rules: optionsOf(state.rules), begin };
    fail();
    simulate(requested, (update) => {
      // What was decided before stays, for the error is in the rules alone.
      if (update.error) return signal.aborted || fail(update);
      state.result = { ...update, plan: requested.plan };
      if (update.statistics) simulated.statistics = update.statistics;
      if (!signal.aborted) show(state.result);
    });
  }

  /** Shows an error at the field of the rule, and at the plot where it is of no field; without one, removes it. */
  function fail(/** @type {{ error?: string, field?: string }} */ { error, field } = {}) {
    const name = error && fieldOf(field, state.rules);
    const sentence = error ? t("attack.rejected", { why: error }) : "";
    fill(failure, name ? "" : sentence);
    const group = FIELDS.find((one) => one.name === name)?.group;
    for (const one of ["number", "address", "all"])
      fill(form.querySelector(`#attack-${one}-error`), one === group ? sentence : "");
    for (const one of FIELDS)
      form.querySelector(`#attack-${one.name}`).setAttribute("aria-invalid", String(one.name === name));
    if (error) progress.classList.add("done");
  }

  function apply(remedy) {
    remedy.switchOn(state.rules);
    drawForm();
    run();
  }

  function show({ result, part }) {
    progress.value = part;
    progress.classList.toggle("done", part === 1);
    const rows = stoppedOf(result);
    const series = seriesOf(rows);
    const sent = { key: "sent", label: t("attack.toPeople"), color: "sent" };
    const attack = { key: "attack", label: t("attack.toAttackers"), color: "attack" };
    const stopping = { label: t("attack.stoppedByRule"), color: series[0]?.color ?? "number" };
    const before = state.before?.result;
    const attempted = attemptedOf(result);
    plot.show({
      ...result,
      panels: [
        {
          series: [attack, sent, ...series],
          height: 200,
          title: t("attack.attempted"),
          legend: [attack, sent, stopping],
        },
        {
          series: [attack, sent],
          height: 96,
          title: t("attack.sent"),
          legend: [attack, sent, ...(before ? [{ label: t("attack.beforeLine"), color: "line" }] : [])],
          ...(before && { before: before.buckets.map((bucket) => (bucket.sent ?? 0) + (bucket.attack ?? 0)) }),
        },
      ],
    });
    fill(
      figures,
      figuresOf(
        result,
        before,
        state.plan.kind === "botnet",
        state.rules.captcha || state.rules.work ? undefined : t("attack.tryCaptcha"),
      ),
    );
    const { rules, price, plan } = state;
    fill(cost, drawCost({ result, rules, price, attack: plan.requests, isDone: part === 1, apply }));
    fill(stopped, drawStopped({ rows, series, isDone: part === 1, attempted }));
  }
}

let firstBegin = 0;
function beginOf(days) {
  firstBegin ||= Math.floor(Date.now() / HOUR) * HOUR;
  return firstBegin - days * 24 * HOUR;
}
