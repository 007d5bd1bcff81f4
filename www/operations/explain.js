// Explains why a number is rejected and until when, and resets it.
import { explainSimulated } from "../attack/simulator.js";
import { VICTIM } from "../attack/traffic.js";
import { backend, OPERATOR, requestOperator } from "../backend.js";
import { fill, h, submitted } from "../element.js";
import { clock, number, span, t, wordFor } from "../language.js";
import { drawWindow } from "../phone/limit-window.js";

/** The states survive a change of view or language: one for the real handler, one for the simulated one. */
const states = [written(""), written(VICTIM)];

function written(phone) {
  return { phone, address: "", explained: /** @type {any} */ (undefined), now: 0 };
}

/** @param {() => boolean} isSimulated Selects the handler. */
export function drawExplain(isSimulated) {
  const own = () => /** @type {ReturnType<typeof written>} */ (states[Number(isSimulated())]);
  const answer = h("div", { class: "explained", role: "status" });
  const phone = h("input", {
    id: "explain-phone",
    type: "tel",
    placeholder: "13812345678",
    "aria-describedby": "explain-phone-error",
    oninput: () => (own().phone = phone.value),
  });
  const address = h("input", {
    id: "explain-address",
    placeholder: "192.0.2.1",
    "aria-describedby": "explain-address-error",
    oninput: () => (own().address = address.value),
  });
  const error = (name) => h("p", { class: "field-error", id: `explain-${name}-error`, role: "alert" });
  const errors = { phone: error("phone"), address: error("address") };
  const failure = h("p", { class: "failure", role: "alert" });
  const anew = h("button", { type: "button", class: "plain", onclick: reset }, t("operations.reset"));
  show();
  const element = h(
    "section",
    { class: "card explain", "aria-labelledby": "explain" },
    h("h2", { id: "explain" }, t("operations.explain")),
    h(
      "form",
      { class: "fields", onsubmit: submitted(explain) },
      h("div", { class: "field" }, h("label", { for: "explain-phone" }, t("operations.phone")), phone, errors.phone),
      h(
        "div",
        { class: "field" },
        h("label", { for: "explain-address" }, t("operations.address")),
        address,
        errors.address,
      ),
      h("div", { class: "row" }, h("button", { type: "submit", class: "primary" }, t("operations.ask")), anew),
    ),
    failure,
    answer,
  );
  return { element, show };

  async function explain() {
    const state = own();
    const query = { phone: state.phone.trim(), ...(state.address.trim() && { address: state.address.trim() }) };
    try {
      const { explained, now } = isSimulated()
        ? await explainSimulated(query)
        : { explained: await requestOperator("admin/explain", query), now: Date.now() };
      if (!explained?.number) return fail({ status: 400, field: explained?.field });
      Object.assign(state, { explained, now });
      fail();
      show();
    } catch (error) {
      fail(error);
    }
  }

  async function reset() {
    const { request } = await backend();
    const init = {
      method: "POST",
      headers: { ...OPERATOR, "content-type": "application/json" },
      body: JSON.stringify({ phone: own().phone.trim() }),
    };
    try {
      const response = await request("admin/reset", init);
      if (response.ok) await explain();
      else fail({ status: response.status, ...(await response.json().catch(() => ({}))) });
    } catch (error) {
      fail(error);
    }
  }

  /** Shows an error at its field, and the last answer as it was; without an error, removes it. */
  function fail(/** @type {{ status?: number, field?: string } | undefined} */ error = undefined) {
    const field = error?.status !== 400 ? undefined : error.field === "address" ? "address" : "phone";
    const fields = { phone, address };
    for (const name of ["phone", "address"]) {
      const isWrong = name === field;
      fill(errors[name], isWrong ? t(`operations.wrong.${name}`) : "");
      fields[name].setAttribute("aria-invalid", String(isWrong));
      if (isWrong) fields[name].focus();
    }
    fill(failure, error && !field ? t("operations.notReached") : "");
  }

  function show() {
    const { explained, now } = own();
    phone.value = own().phone;
    address.value = own().address;
    anew.disabled = isSimulated();
    fill(answer, explained ? drawAnswer(explained, now) : h("p", { class: "quiet" }, t("operations.explainHint")));
  }
}

function drawAnswer(
  { phone, allowed, until, knownUntil, denied, servesCountry, number: rules, ip = [], verifyPerNumber, challenges },
  now,
) {
  const wait = (at) =>
    t("operations.until", { time: clock(at, { timeStyle: "medium" }), span: span((at - now) / 1000) });
  return [
    h(
      "p",
      { class: allowed ? "answer" : "answer failure" },
      h("code", {}, phone),
      " ",
      t(allowed ? "operations.allowed" : "operations.rejectedNow"),
    ),
    denied && h("p", {}, t("operations.denied")),
    !servesCountry && h("p", {}, t("operations.country")),
    until && h("p", {}, wait(until)),
    until &&
      knownUntil !== until &&
      h(
        "p",
        { class: "quiet" },
        knownUntil ? t("operations.known", { when: wait(knownUntil) }) : t("operations.knownNow"),
      ),
    h("h3", {}, t("operations.ofNumber")),
    h(
      "ul",
      { class: "windows" },
      [...rules, ...verifyPerNumber.map((rule) => ({ ...rule, isGuess: true }))].map((rule) => drawWindow(rule, now)),
    ),
    ip.length > 0 && h("h3", {}, t("operations.ofAddress")),
    ip.length > 0 &&
      h(
        "ul",
        { class: "windows" },
        ip.map((rule) => drawWindow(rule, now)),
      ),
    challenges.length > 0 && h("h3", {}, t("operations.challenges")),
    challenges.length > 0 &&
      h(
        "table",
        { class: "challenges" },
        h(
          "thead",
          {},
          h(
            "tr",
            {},
            ["begun", "purpose", "status", "delivery", "triesLeft"].map((name) =>
              h("th", { scope: "col" }, t(`operations.challenge.${name}`)),
            ),
          ),
        ),
        h(
          "tbody",
          {},
          challenges
            .toReversed()
            .map((one) =>
              h(
                "tr",
                {},
                h("td", {}, clock(one.begun, { weekday: "short", hour: "2-digit", minute: "2-digit" })),
                h("td", {}, one.purpose),
                h("td", {}, wordFor("operations.status", one.status)),
                h("td", {}, wordFor("route.delivery", one.delivery)),
                h("td", {}, number(one.triesLeft)),
              ),
            ),
        ),
      ),
  ];
}
