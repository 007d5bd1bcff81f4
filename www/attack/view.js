// The view of attacks: decides days of traffic in seconds and draws what each rule stopped. Other rules decide the same
// traffic again.
import { fill, h, submitted } from "../element.js";
import { number, t } from "../language.js";
import { drawPlot } from "../plot.js";
import { simulated } from "./last-statistics.js";
import { drawStopped, figuresOf, nothing } from "./outcome.js";
import { seriesOf, stoppedOf } from "./rejections.js";
import { documented, FIELDS, optionsOf } from "./rules.js";
import { simulate } from "./simulator.js";

const HOUR = 3_600_000;
const KINDS = ["botnet", "spray", "pump"];

/** The state survives a change of view or language. */
const state = {
  plan: { kind: "botnet", requests: 4000, days: 2 },
  rules: documented(),
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
                  type: "number",
                  min: 0,
                  max: 1_000_000,
                  value: rules[name],
                  oninput: ({ currentTarget }) =>
                    other(rules, name, Math.max(0, Math.trunc(Number(currentTarget.value) || 0))),
                }),
              ),
            ),
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
              onchange: ({ currentTarget }) => other(rules, name, currentTarget.checked),
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
    fill(failure, "");
    simulate(requested, (update) => {
      if (update.error) {
        state.result = undefined;
        if (!signal.aborted) fill(failure, t("attack.refused", { why: update.error }));
        return;
      }
      state.result = { ...update, plan: requested.plan };
      if (update.statistics) simulated.statistics = update.statistics;
      if (!signal.aborted) show(state.result);
    });
  }

  function show({ result, part }) {
    progress.value = part;
    progress.classList.toggle("done", part === 1);
    const rows = stoppedOf(result);
    const series = seriesOf(rows);
    const sent = { key: "sent", label: t("attack.sent"), color: "sent" };
    const before = state.before?.result;
    plot.show({
      ...result,
      panels: [
        { series: [sent, ...series], height: 210, title: t("attack.attempted"), legend: [sent, ...series] },
        {
          series: [sent],
          height: 84,
          title: t("attack.sent"),
          ...(before && { before: before.buckets.map((bucket) => bucket.sent ?? 0) }),
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
    fill(stopped, drawStopped(rows, series, part === 1));
  }
}

let firstBegin = 0;
function beginOf(days) {
  firstBegin ||= Math.floor(Date.now() / HOUR) * HOUR;
  return firstBegin - days * 24 * HOUR;
}
