// Receipts: what becomes of texts that a vendor accepted. The vendor pushes reports and replies to the handler.
import { parsePush } from "xinshi";
import { backend, requestJson } from "../backend.js";
import { fill, h, submitted } from "../element.js";
import { t, wordFor } from "../language.js";
import { load } from "../wire/calls.js";
import { anyNumbers, inboxOf, orderFaults } from "./client.js";

/** The handler's first account, whose vendor pushes reports and replies. */
const VENDOR = "smsadmin";
/** The back end's token of the demo: public, and used for nothing else. */
const BACK_END = { authorization: "Bearer dev-token", "content-type": "application/json" };
/** Milliseconds between two looks at the handler, which reads a push after it answered it, and the most looks. */
const LOOK_EVERY_MS = 100;
const MAX_LOOKS = 50;

/** What happens to each of four texts. @type {{ name: string, order: (phone: string) => any }[]} */
const FATES = [
  { name: "delivered", order: (to) => ({ kind: "report", to, status: "DELIVRD" }) },
  { name: "failed", order: (to) => ({ kind: "report", to, status: "MK:0001" }) },
  { name: "replied", order: (from) => ({ kind: "reply", from, text: t("sending.receipts.reply") }) },
  { name: "optedOut", order: (from) => ({ kind: "reply", from, text: "TD" }) },
];

/**
 * @typedef {{ name: string, phone: string, code?: string, pushed?: string, read?: Words, state?: Words }} Row
 * @typedef {() => string} Words Words in the language that the page has when it draws them.
 * The state survives a change of view or language.
 */
const state = {
  rows: /** @type {Row[]} */ (FATES.map(({ name }) => ({ name, phone: "" }))),
  isRunning: false,
  failure: "",
};
/** Draws the state in the view that is shown. */
let show = () => {};

export function drawReceipts() {
  const body = h("tbody", {});
  const failure = h("p", { class: "failure", role: "alert" });
  const send = h("button", { class: "primary", type: "submit" }, t("sending.receipts.send"));
  show = () => {
    send.disabled = state.isRunning;
    fill(failure, state.failure && t(state.failure));
    fill(body, state.rows.map(drawRow));
  };
  show();
  return h(
    "section",
    { class: "card", "aria-labelledby": "receipts" },
    h("h2", { id: "receipts" }, t("sending.receipts.title")),
    h("p", { class: "quiet" }, t("sending.receipts.lead", { vendor: VENDOR })),
    h("form", { class: "toolbar", onsubmit: submitted(run) }, send),
    failure,
    h(
      "div",
      { class: "scrolls", tabindex: "0", role: "group", "aria-label": t("sending.receipts.title") },
      h(
        "table",
        { class: "receipts" },
        h(
          "thead",
          {},
          h(
            "tr",
            {},
            ["person", "pushed", "read", "state"].map((name) =>
              h("th", { scope: "col" }, t(`sending.receipts.columns.${name}`)),
            ),
          ),
        ),
        body,
      ),
    ),
  );
}

/** @param {Row} row */
function drawRow({ name, phone, code, pushed, read, state }) {
  return h(
    "tr",
    { "data-fate": name, class: state ? `come ${name}` : name },
    h(
      "th",
      { scope: "row" },
      t(`sending.receipts.people.${name}`),
      h("small", { class: "mono" }, [phone, code].filter(Boolean).join(" · ")),
    ),
    h("td", { class: "mono pushed" }, pushed ?? "—"),
    h("td", {}, read?.() ?? "—"),
    h("td", { class: "state" }, h("strong", {}, state?.() ?? (phone ? t("sending.waiting") : "—"))),
  );
}

async function run() {
  if (state.isRunning) return;
  const phones = anyNumbers(FATES.length, "135");
  const rows = FATES.map(({ name }, index) => /** @type {Row} */ ({ name, phone: phones[index] ?? "" }));
  Object.assign(state, { rows, isRunning: true, failure: "" });
  show();
  try {
    const { hooks } = await backend();
    if (!hooks) state.failure = "sending.receipts.noHooks";
    else {
      await Promise.all([load(), orderFaults([])]);
      for (const [index, { order }] of FATES.entries()) await follow(/** @type {Row} */ (rows[index]), order, hooks);
    }
  } catch {
    state.failure = "operations.notReached";
  }
  state.isRunning = false;
  show();
}

/** Sends a code, lets the vendor push, and looks at what the handler made of it. */
async function follow(row, order, hooks) {
  const { phone } = row;
  const { request } = await backend();
  const init = { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ phone }) };
  const { challenge } = await (
    await request("otp/send", { ...init, headers: withAddress(init.headers, phone) })
  ).json();
  const [text] = await inboxOf(phone);
  row.code = text?.text.match(/\d{6}/)?.[0];
  show();
  const url = new URL(hooks[VENDOR].slice(1), document.baseURI).href;
  const pushed = await requestJson(`sandbox/push/${VENDOR}`, {
    method: "POST",
    body: JSON.stringify({ ...order(phone), ref: text?.ref, url }),
  });
  row.pushed = shortened(pushed.body);
  const headers = { "content-type": pushed.contentType };
  const { reports, replies } = await parsePush(
    VENDOR,
    new Request(url, { method: "POST", headers, body: pushed.body }),
  );
  const [report] = reports;
  row.read = report ? () => wordsOf(report) : () => `“${replies[0]?.text}”`;
  show();
  row.state = await stateOf(row, challenge);
  show();
}

/** The handler's state of a text or of a number, once the push has changed it. @returns {Promise<Words>} */
async function stateOf({ name, phone }, challenge) {
  const state = (/** @type {string} */ name) => () => t(`sending.receipts.states.${name}`);
  if (name === "replied") return state("replied");
  for (let look = 0; look < MAX_LOOKS; look += 1) {
    if (name === "optedOut") {
      const init = { method: "POST", headers: BACK_END, body: JSON.stringify({ phones: [phone] }) };
      if ((await requestJson("opt-outs/check", init)).optedOut.length > 0) return state("optedOut");
    } else {
      const { delivery, reason } = await requestJson(`otp/status/${challenge}`, { headers: BACK_END });
      if (delivery === "delivered" || delivery === "failed") {
        return () => joined([wordFor("route.delivery", delivery), reason && wordFor("operations.reasons", reason)]);
      }
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
  return state("none");
}

/** @param {import("xinshi").Report} report */
const wordsOf = ({ delivered, status, reason }) =>
  joined([
    t(`route.delivery.${delivered ? "delivered" : "failed"}`),
    status,
    reason && wordFor("operations.reasons", reason),
  ]);

/** @param {(string | undefined)[]} words */
const joined = (words) => words.filter(Boolean).join(" · ");

/** The part of a push that differs from text to text. */
const shortened = (body) =>
  body
    .split("&")
    .filter((pair) => /^(Class|Report|Message)=/.test(pair))
    .join("&");

/** Each person asks from an address of their own. */
const withAddress = (headers, phone) => ({
  ...headers,
  "cf-connecting-ip": `10.7.${phone.slice(-4, -2)}.${phone.slice(-2)}`.replaceAll(/\.0(?=\d)/g, "."),
});
