// A bulk: a thousand recipients, its progress, and the outcome of each.
import { backend } from "../backend.js";
import { fill, h, submitted } from "../element.js";
import { number, t, wordFor } from "../language.js";
import { anyNumbers, createClient, orderFaults } from "./client.js";

const RECIPIENTS = 1000;
/** The vendor that is tried first takes one text a request, so that each recipient has an outcome of its own. */
const FIRST = "apiv1";
/** Faults of that vendor, each ordered when so many recipients have an outcome. */
const FAULTS = [
  { after: 150, fault: "reject", times: 3 },
  { after: 400, fault: "garbage", times: 2 },
  { after: 600, fault: "reject", times: 4 },
  { after: 800, fault: "accept_then_reset", times: 2 },
];
const CONCURRENCY = 4;
/** Every so manieth number is written wrong, and no vendor is asked about it. */
const WRONG_EVERY = 83;
/** Milliseconds between two drawings. */
const FRAME_MS = 30;

/**
 * @typedef {{ to: string, status: "waiting" | "accepted" | "taken" | "rejected" | "unknown", account?: string, code?: string }} Recipient
 * `taken` is accepted by another vendor than the first.
 */
const STATUSES = /** @type {const} */ (["accepted", "taken", "rejected", "unknown", "waiting"]);

/** The state survives a change of view or language. */
const state = {
  recipients: /** @type {Recipient[]} */ (Array.from({ length: RECIPIENTS }, () => ({ to: "", status: "waiting" }))),
  isRunning: false,
  isDone: false,
  hasFailed: false,
};
/** Draws the state in the view that is shown. */
let show = () => {};

export function drawBulk() {
  const cells = state.recipients.map(() => h("i", {}));
  const field = h(
    "div",
    {
      class: "recipients",
      role: "img",
      tabindex: "0",
      onpointerover: ({ target }) => choose(cells.indexOf(target)),
      onpointerleave: () => choose(-1),
      onblur: () => choose(-1),
      onkeydown: byKey,
    },
    cells,
  );
  const readout = h("p", { class: "readout", role: "status" });
  const sums = h("dl", { class: "sums" });
  const progress = h("progress", { max: RECIPIENTS, value: 0, "aria-label": t("sending.bulk.progress") });
  const send = h("button", { class: "primary", type: "submit" }, t("sending.bulk.send"));
  const list = h("div", {});
  let chosen = -1;
  show = () => {
    const counts = Object.fromEntries(STATUSES.map((status) => [status, 0]));
    for (const [index, { status }] of state.recipients.entries()) {
      counts[status] += 1;
      if (cells[index].className !== status) cells[index].className = status;
    }
    progress.value = RECIPIENTS - counts.waiting;
    send.disabled = state.isRunning;
    fill(
      sums,
      STATUSES.map((status) =>
        h(
          "div",
          { "data-sum": status },
          h("dt", {}, h("i", { class: `key ${status}` }), t(`sending.bulk.statuses.${status}`)),
          h("dd", {}, number(counts[status])),
        ),
      ),
    );
    field.setAttribute(
      "aria-label",
      STATUSES.map((one) => `${t(`sending.bulk.statuses.${one}`)} ${counts[one]}`).join(", "),
    );
    fill(list, state.isDone && drawList());
    read();
  };
  show();
  return h(
    "section",
    { class: "card", "aria-labelledby": "bulk" },
    h("h2", { id: "bulk" }, t("sending.bulk.title")),
    h("p", { class: "quiet" }, t("sending.bulk.lead")),
    h("form", { class: "toolbar", onsubmit: submitted(run) }, send),
    progress,
    sums,
    field,
    readout,
    list,
  );

  function choose(index) {
    chosen = index;
    read();
  }

  function read() {
    for (const cell of field.querySelectorAll("[data-chosen]")) cell.removeAttribute("data-chosen");
    if (chosen >= 0) cells[chosen].setAttribute("data-chosen", "");
    const one = state.recipients[chosen];
    fill(readout, state.hasFailed ? t("operations.notReached") : one?.to ? lineOf(one) : t("sending.bulk.hint"));
  }

  function byKey(event) {
    const to = { ArrowLeft: chosen - 1, ArrowRight: chosen + 1, Home: 0, End: RECIPIENTS - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    choose(Math.min(RECIPIENTS - 1, Math.max(0, to)));
  }
}

async function run() {
  if (state.isRunning) return;
  const numbers = anyNumbers(RECIPIENTS, "138").map((to, index) => (index % WRONG_EVERY === 40 ? `138${index}` : to));
  const recipients = numbers.map((to) => /** @type {Recipient} */ ({ to, status: "waiting" }));
  Object.assign(state, { recipients, isRunning: true, isDone: false, hasFailed: false });
  show();
  // An outcome has the number as it was written where that cannot be read, and otherwise in E.164.
  const byNumber = new Map(
    recipients.flatMap((one) => [
      [one.to, one],
      [`+86${one.to}`, one],
    ]),
  );
  let settled = 0;
  let drawnAt = performance.now();
  try {
    await orderFaults([]);
    const waiting = [...FAULTS];
    const sms = await createClient({ first: FIRST });
    const each = numbers.map((to, index) => ({ to, values: [String(1000 + index)] }));
    const bulk = {
      template: t("sending.bulk.text", { value0: "{value0}" }),
      each,
      kind: /** @type {const} */ ("notice"),
    };
    for await (const outcome of sms.sendMany(bulk, { concurrency: CONCURRENCY })) {
      for (const to of outcome.to) settle(byNumber.get(to), outcome);
      settled += outcome.to.length;
      while (waiting[0] && waiting[0].after <= settled) await orderOne(waiting.shift());
      if (performance.now() - drawnAt < FRAME_MS) continue;
      show();
      await new Promise((resolve) => setTimeout(resolve));
      drawnAt = performance.now();
    }
  } catch {
    state.hasFailed = true;
  }
  Object.assign(state, { isRunning: false, isDone: !state.hasFailed });
  show();
}

/** @param {any} order */
async function orderOne({ fault, times }) {
  const { request } = await backend();
  await request("sandbox/faults", { method: "POST", body: JSON.stringify({ vendor: FIRST, fault, times }) });
}

/** @param {Recipient | undefined} recipient @param {any} outcome */
function settle(recipient, { status, account, error }) {
  if (!recipient) return;
  recipient.status = status === "accepted" && account !== FIRST ? "taken" : status;
  recipient.account = account;
  recipient.code = error?.code;
}

/** @param {Recipient} one */
const lineOf = ({ to, status, account, code }) =>
  [to, t(`sending.bulk.statuses.${status}`), account, code].filter(Boolean).join(" · ");

/** The recipients whom a text did not surely reach, with what to do about each. */
function drawList() {
  const rest = state.recipients.filter(({ status }) => status === "rejected" || status === "unknown");
  return h(
    "details",
    {},
    h("summary", {}, t("sending.bulk.rest", { count: number(rest.length) })),
    h(
      "table",
      { class: "rest" },
      h(
        "tbody",
        {},
        rest.map((one) =>
          h(
            "tr",
            {},
            h("th", { scope: "row", class: "mono" }, one.to),
            h("td", {}, wordFor("wire.status", one.status), " ", h("code", {}, one.code ?? "")),
            h("td", {}, t(`sending.bulk.advice.${one.status}`)),
          ),
        ),
      ),
    ),
  );
}
