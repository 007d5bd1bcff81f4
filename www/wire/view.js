// The wire view: draws the request to the byte as the person writes, and the reply as it came and as it was read.
import { accounts } from "../accounts.js";
import { backend, backendKind, base } from "../backend.js";
import { fill, h, submitted } from "../element.js";
import { current, t } from "../language.js";
import { scriptsAreAnswered } from "../offline.js";
import { isSend, load, prepare } from "./calls.js";
import { drawForm, writtenOf } from "./form.js";
import { drawReply } from "./reply.js";
import { drawRequest } from "./request.js";
import { drawText } from "./text.js";
import { valuesOf, vendors } from "./vendors.js";

/** The state survives a change of view or language. */
const state = {
  vendor: "smsadmin",
  /** The sandbox's fault for the next request. */
  fault: "none",
  /** By vendor. @type {Record<string, { operation: number, account: any, written: Record<string, Record<string, any>> }>} */
  of: Object.fromEntries(Object.keys(vendors).map((vendor) => [vendor, { operation: 0, account: {}, written: {} }])),
  /**
   * The shown request, ready to send. @type {{ made: Awaited<ReturnType<typeof prepare>>, other: any, text?: string } |
   * undefined}
   */
  ready: undefined,
  /** The reply, after the request was sent. @type {any} */
  answer: undefined,
};

/** @param {AbortSignal} signal */
export function draw(signal) {
  const form = drawForm(state, () => changed());
  const text = drawText();
  // The button stands beside the request and right above the reply, since the form may be longer than a screen.
  const send = h("button", { class: "primary", type: "submit", form: "wire-form" }, t("wire.send"));
  const request = drawRequest(send);
  const reply = drawReply();
  const shown = h("div", { class: "wire-shown" }, text.element, request.element, reply.element);
  const failure = h("p", { class: "failure", role: "status" });
  let drawing = 0;
  /** The vendor and operation of the shown request. */
  let shownOf = "";
  let changing = Promise.resolve();
  reply.show(state.answer);
  if (state.ready) show();
  else changed();
  return [
    h("h1", {}, t("wire.title")),
    h("p", { class: "lead" }, t("wire.lead")),
    h(
      "div",
      { class: "wire-view" },
      h(
        "form",
        { class: "card wire-form", id: "wire-form", onsubmit: submitted(submit), novalidate: true },
        form.element,
        failure,
      ),
      shown,
    ),
  ];

  /** A change makes a new request, and removes the reply to the old one. */
  function changed() {
    changing = change();
  }

  async function change() {
    drawing += 1;
    const drawingId = drawing;
    state.answer = undefined;
    reply.show(undefined);
    let ready;
    /** @type {any} */
    let failed;
    try {
      await load();
      const { account, operation, args } = await selected();
      const made = await prepare(account, operation, args);
      const other = await copyable(account, operation, args, made.requests);
      ready = { made, other, text: isSend(operation) ? textOf(args[0]) : undefined };
    } catch (error) {
      failed = error;
    }
    if (drawingId !== drawing || signal.aborted) return;
    const isAtField = form.fail(failed?.field, failed ? t("wire.wrongValue", { message: failed.message }) : "");
    fill(failure, failed && !isAtField ? messageOf(failed) : "");
    send.disabled = failed !== undefined;
    shown.classList.toggle("stale", failed !== undefined);
    state.ready = ready;
    const of = `${state.vendor} ${state.of[state.vendor].operation}`;
    // A value that cannot be read leaves the request of the values before, marked as such.
    if (ready || of !== shownOf) show();
    shownOf = of;
  }

  function show() {
    const { charset } = vendors[state.vendor];
    text.show(state.ready?.made, charset, state.ready?.text);
    request.show(state.ready?.made, state.ready?.other);
  }

  async function submit() {
    // Disabled at once: of two simultaneous sends, each would order and remove the other's fault.
    if (send.disabled) return;
    send.disabled = true;
    try {
      await sendOnce();
    } catch (error) {
      reply.show(undefined);
      throw error;
    } finally {
      send.disabled = shown.classList.contains("stale");
    }
  }

  async function sendOnce() {
    // The reference is used up, so sending again needs a new request.
    if (state.answer) changed();
    reply.wait();
    await changing;
    const { ready } = state;
    if (!ready) return reply.show(undefined);
    reply.wait();
    if (ready.made.isScript && !(await scriptsAreAnswered())) {
      fill(failure, t("wire.noScripts"));
      return reply.show(undefined);
    }
    await failNext();
    const answer = { ...(await ready.made.answer()), charset: vendors[state.vendor].charset };
    if (state.ready === ready) state.answer = answer;
    if (state.ready === ready && !signal.aborted) {
      reply.show(answer);
      reply.reveal();
    }
  }
}

/** Orders the selected fault for the next request. */
async function failNext() {
  const { vendor, fault } = state;
  const { request } = await backend();
  // An earlier order that was not used must not affect this request.
  await request("sandbox/faults", { method: "DELETE" });
  if (fault === "none") return;
  await request("sandbox/faults", { method: "POST", body: JSON.stringify({ vendor, fault, times: 1 }) });
}

/** The selected and written values, for the sandbox of this page. */
async function selected() {
  const own = state.of[state.vendor];
  const { operation, account } = own;
  const chosen = vendors[state.vendor].operations[operation];
  const config = await accounts();
  return {
    account: accountOf(
      config(/** @type {any} */ (state.vendor)),
      account,
      new URL(`sandbox/${state.vendor}`, base).href,
    ),
    operation: chosen,
    args: chosen.args(valuesOf(chosen.fields, writtenOf(own, chosen))),
  };
}

/** The copied request runs outside the page: without a server, at a sandbox that anybody can start. */
async function copyable(account, operation, args, requests) {
  const baseUrl = (await backendKind()) === "server" ? account.baseUrl : `http://127.0.0.1:4010/${account.vendor}`;
  return {
    account: { ...account, baseUrl },
    operation,
    args,
    requests: requests.map((request) => ({ ...request, url: request.url.replace(account.baseUrl, baseUrl) })),
  };
}

function accountOf(config, chosen, baseUrl) {
  const account = { ...config, ...chosen, baseUrl };
  for (const [name, value] of Object.entries(account)) if (value === undefined || value === false) delete account[name];
  return account;
}

const textOf = ({ text, template }) => text ?? template;

/** The message of an error, with its field. */
const messageOf = ({ message, field }) => (current() === "zh" && field ? t("wire.wrong", { field, message }) : message);
