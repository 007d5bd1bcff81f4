// The view of operations: the outcomes of texts by account and over time, and why a number is rejected, and until when.
import { simulated } from "../attack/last-statistics.js";
import { requestOperator } from "../backend.js";
import { fill, h } from "../element.js";
import { number, t, wordFor } from "../language.js";
import { drawPlot } from "../plot.js";
import { accountsOf, OUTCOMES, outcomesOf, overTime, totals } from "./counts.js";
import { drawExplain } from "./explain.js";
import { sendSome } from "./sample-traffic.js";
import { drawSpark } from "./spark.js";

const COLUMNS = /** @type {const} */ (["accepted", "rejected", "unknown", "delivered", "failed", "verified"]);

/** The state survives a change of view or language. */
const state = { source: "now", hours: 1 };

/** @param {AbortSignal} signal */
export function draw(signal) {
  if (!simulated.statistics) state.source = "now";
  const figures = h("dl", { class: "figures" });
  const accounts = h("div", {
    class: "scrolls",
    tabindex: "0",
    role: "group",
    "aria-label": t("operations.accounts"),
  });
  const plot = drawPlot({ label: t("operations.plot"), signal });
  const plotted = h(
    "section",
    { class: "card", "aria-labelledby": "over-time" },
    h("h2", { id: "over-time" }, t("operations.plot")),
    plot.element,
  );
  const explain = drawExplain(() => state.source === "simulated");
  const status = h("p", { class: "quiet", role: "status" });
  const some = h(
    "button",
    { type: "button", class: "plain small", disabled: state.source === "simulated", onclick: trySome },
    t("operations.some"),
  );
  const invitation = h("button", { type: "button", class: "primary", onclick: trySome }, t("operations.some"));
  const sources = switches("source", ["now", "simulated"], t("operations.source"));
  const ranges = switches("hours", [1, 24], t("operations.range"));
  let lastRequest = 0;
  show(overTime({ bucketSeconds: 300, buckets: [] }, state.hours, Date.now()));
  refresh();
  const looking = setInterval(() => !document.hidden && state.source === "now" && refresh(), 5000);
  signal.addEventListener("abort", () => clearInterval(looking));
  return [
    h("h1", {}, t("operations.title")),
    h("p", { class: "lead" }, t("operations.lead")),
    h("div", { class: "toolbar" }, sources, ranges, some, status),
    figures,
    h(
      "div",
      { class: "operations-view" },
      h(
        "div",
        { class: "operations-shown" },
        h(
          "section",
          { class: "card", "aria-labelledby": "accounts" },
          h("h2", { id: "accounts" }, t("operations.accounts")),
          accounts,
        ),
        plotted,
      ),
      explain.element,
    ),
  ];

  function switches(name, values, label) {
    const buttons = values.map((value) =>
      h(
        "button",
        {
          type: "button",
          "data-value": value,
          "aria-pressed": String(state[name] === value),
          disabled: value === "simulated" && !simulated.statistics,
          title: value === "simulated" && !simulated.statistics ? t("operations.noSimulation") : undefined,
          onclick: () => {
            state[name] = value;
            // A simulation covers a day.
            if (value === "simulated") state.hours = 24;
            if (name === "source") explain.show();
            some.disabled = state.source === "simulated";
            for (const group of [sources, ranges]) {
              for (const one of group.children) {
                const chosen = [String(state.source), String(state.hours)].includes(one.dataset.value);
                one.setAttribute("aria-pressed", String(chosen));
              }
            }
            refresh();
          },
        },
        t(`operations.${name === "hours" ? "ranges" : "sources"}.${value}`),
      ),
    );
    return h("div", { class: "segments", role: "group", "aria-label": label }, buttons);
  }

  async function refresh() {
    lastRequest += 1;
    const requestId = lastRequest;
    try {
      const isSimulated = state.source === "simulated";
      const statistics = isSimulated ? simulated.statistics : await requestOperator("admin/stats");
      if (requestId !== lastRequest || signal.aborted) return;
      // The simulated clock stands where its traffic ended.
      const last = statistics.buckets.at(-1)?.at ?? Date.now();
      show(overTime(statistics, state.hours, isSimulated ? last + statistics.bucketSeconds * 1000 : Date.now()));
    } catch (error) {
      if (requestId === lastRequest && !signal.aborted)
        fill(
          status,
          t(error.status === 401 || error.status === 404 ? "operations.forbidden" : "operations.notReached"),
        );
    }
  }

  function show(counted) {
    const counts = totals(counted.buckets);
    const all = outcomesOf(counts, undefined);
    fill(
      figures,
      COLUMNS.filter(
        (name) => all[name] !== undefined || OUTCOMES.includes(/** @type {any} */ (name)) || name === "verified",
      ).map((name) =>
        h(
          "div",
          {
            class: `figure${all[name] && (name === "rejected" || name === "failed") ? " bad" : ""}`,
            "data-figure": name,
          },
          h("dt", {}, t(`operations.columns.${name}`)),
          h("dd", {}, number(all[name] ?? 0)),
        ),
      ),
      h(
        "div",
        { class: "figure", "data-figure": "rejected-by-rules" },
        h("dt", {}, t("operations.rejected")),
        h("dd", {}, number(rejectionsOf(counts).reduce((sum, name) => sum + counts[name], 0))),
      ),
    );
    const isEmpty = Object.keys(counts).length === 0;
    plotted.hidden = isEmpty;
    if (isEmpty) return fill(accounts, drawInvitation());
    fill(accounts, drawAccounts(counted, counts), drawReasons(counts));
    const named = (name, color, label) => ({ key: name, label, color });
    const rules = rejectionsOf(counts);
    const verifying = ["verified", "wrong", "closed", "rejected"].map((status) =>
      named(`verify.${status}`, `verify-${status}`, t(`operations.verify.${status}`)),
    );
    const rejecting = rules.map((name) => {
      const by = name.slice("rejected.".length);
      return named(name, by, wordFor("operations.by", by));
    });
    // Known only of vendors that report to the handler.
    const reports = ["delivered", "failed"].map((name) => ({ label: t(`operations.columns.${name}`), color: name }));
    const reporting = reports.flatMap(({ label, color }) =>
      accountsOf(counts)
        .filter((account) => counts[`reports.${color}.${account}`] > 0)
        .map((account) => named(`reports.${color}.${account}`, color, `${account} ${label}`)),
    );
    plot.show({
      ...counted,
      panels: [
        {
          title: t("operations.sentOverTime"),
          height: 150,
          legend: OUTCOMES.map((name) => ({ label: t(`operations.columns.${name}`), color: name })),
          series: OUTCOMES.flatMap((outcome) =>
            accountsOf(counts).map((account) =>
              named(`sent.${outcome}.${account}`, outcome, `${account} ${t(`operations.columns.${outcome}`)}`),
            ),
          ),
        },
        {
          title: t("operations.verifiedOverTime"),
          height: 80,
          legend: verifying.filter(({ key }) => counts[key] > 0),
          series: verifying,
        },
        ...(reporting.length > 0
          ? [{ title: t("operations.reportsOverTime"), height: 110, legend: reports, series: reporting }]
          : []),
        { title: t("operations.rejectedOverTime"), height: 110, legend: rejecting, series: rejecting },
      ],
    });
  }

  /** What the view shows once there are texts, and the button that sends some. */
  function drawInvitation() {
    invitation.disabled = some.disabled;
    return h(
      "div",
      { class: "invitation" },
      h("p", { class: "answer" }, t("operations.empty")),
      h("p", { class: "quiet" }, t("operations.emptyWhy")),
      invitation,
    );
  }

  async function trySome() {
    if (some.disabled) return;
    some.disabled = true;
    invitation.disabled = true;
    fill(status, t("operations.sending"));
    try {
      const { sent, verified } = await sendSome();
      fill(status, t("operations.sentSome", { sent: number(sent), verified: number(verified) }));
    } catch {
      fill(status, t("operations.notReached"));
    }
    some.disabled = state.source === "simulated";
    invitation.disabled = some.disabled;
    if (!signal.aborted) refresh();
  }
}

const rejectionsOf = (counts) => Object.keys(counts).filter((name) => name.startsWith("rejected."));

function drawAccounts(counted, counts) {
  const accounts = accountsOf(counts);
  if (accounts.length === 0) return h("p", { class: "quiet none" }, t("operations.nothing"));
  return h(
    "table",
    { class: "accounts" },
    h(
      "thead",
      {},
      h(
        "tr",
        {},
        h("th", { scope: "col" }, t("operations.account")),
        h("th", { scope: "col" }, t("operations.over")),
        COLUMNS.map((name) => h("th", { scope: "col", class: "amount" }, t(`operations.columns.${name}`))),
      ),
    ),
    h(
      "tbody",
      {},
      accounts.map((account) => {
        const outcomes = outcomesOf(counts, account);
        return h(
          "tr",
          { "data-account": account },
          h("th", { scope: "row", class: "mono" }, account),
          h("td", {}, drawSpark(counted.buckets, account)),
          COLUMNS.map((name) => h("td", { class: "amount" }, cell(outcomes[name], name))),
        );
      }),
    ),
  );
}

/** Why texts did not arrive, the most frequent reason first. */
function drawReasons(counts) {
  const reasons = Object.keys(counts)
    .filter((name) => name.startsWith("reasons."))
    .sort((a, b) => counts[b] - counts[a])
    .map((name) => `${wordFor("operations.reasons", name.slice("reasons.".length))} ${number(counts[name])}`);
  return reasons.length > 0 && h("p", { class: "quiet" }, t("operations.failedBy", { reasons: reasons.join(" · ") }));
}

/** A missing count is not zero: reports and proofs come from elsewhere. */
const cell = (count, name) => (count !== undefined ? number(count) : OUTCOMES.includes(name) ? number(0) : "—");
