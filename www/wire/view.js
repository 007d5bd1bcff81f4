// The wire: what would leave is drawn to the byte as it is written, and what came back as it came and as it was read.
import { accounts } from "../accounts.js";
import { fill, h } from "../element.js";
import { current, t } from "../language.js";
import { scriptsAreAnswered } from "../offline.js";
import { base, kindOfPlace } from "../place.js";
import { isSend, load, prepare } from "./asking.js";
import { drawForm } from "./form.js";
import { drawReply } from "./reply.js";
import { drawRequest } from "./request.js";
import { drawText } from "./text.js";
import { valuesOf, vendors } from "./vendors.js";

/** Kept while another view is shown, or another language spoken. */
const state = {
  vendor: "smsadmin",
  /** By vendor. @type {Record<string, { operation: number, account: any, written: Record<string, Record<string, any>> }>} */
  of: Object.fromEntries(Object.keys(vendors).map((vendor) => [vendor, { operation: 0, account: {}, written: {} }])),
  /** @type {any} */
  answer: undefined,
};

/** @param {AbortSignal} signal */
export function draw(signal) {
  const form = drawForm(state, changed);
  const text = drawText();
  const request = drawRequest();
  const reply = drawReply();
  const send = h("button", { class: "primary", type: "submit" }, t("wire.send"));
  const trouble = h("p", { class: "failure", role: "status" });
  let drawing = 0;
  /** What is shown, ready to leave. @type {ReturnType<typeof prepare> | undefined} */
  let prepared;
  reply.show(state.answer);
  changed(false);
  return [
    h("h1", {}, t("wire.title")),
    h("p", { class: "lead" }, t("wire.lead")),
    h(
      "div",
      { class: "wire-view" },
      h(
        "form",
        { class: "card wire-form", onsubmit: (event) => event.preventDefault() || ask(), novalidate: true },
        form.element,
        send,
        trouble,
      ),
      h("div", { class: "wire-shown" }, text.element, request.element, reply.element),
    ),
  ];

  /** What is written became something else: so does the request, and an answer to another is none. */
  async function changed(isOther = true) {
    drawing += 1;
    const mine = drawing;
    if (isOther) {
      state.answer = undefined;
      reply.show(undefined);
    }
    try {
      await load();
      const { account, operation, args } = await wanted();
      prepared = prepare(account, operation, args);
      const made = await prepared;
      const other = await elsewhere(account, operation, args);
      if (mine !== drawing || signal.aborted) return;
      fill(trouble, "");
      const charset = vendors[state.vendor].charset;
      text.show(made, charset, isSend(operation) ? textOf(args[0]) : undefined);
      request.show(made, other);
    } catch (error) {
      if (mine !== drawing || signal.aborted) return;
      prepared = undefined;
      text.show(undefined);
      request.show(undefined);
      fill(trouble, told(error));
    }
  }

  async function ask() {
    const made = await prepared;
    if (!made) return;
    send.disabled = true;
    reply.wait();
    if (made.isScript && !(await scriptsAreAnswered())) {
      fill(trouble, t("wire.noScripts"));
      reply.show(undefined);
    } else {
      state.answer = { ...(await made.answer()), charset: vendors[state.vendor].charset };
      if (!signal.aborted) reply.show(state.answer);
      // What left has left: the next is another, with a reference of its own.
      if (!signal.aborted) changed(false);
    }
    send.disabled = false;
  }
}

/** What is chosen and written, for the sandbox of this page. */
async function wanted() {
  const { operation, account, written } = state.of[state.vendor];
  const chosen = vendors[state.vendor].operations[operation];
  const config = await accounts();
  return {
    account: accountOf(config(state.vendor), account, new URL(`sandbox/${state.vendor}`, base).href),
    operation: chosen,
    args: chosen.args(valuesOf(chosen.fields, written[chosen.name])),
  };
}

/** What is copied runs where there is no page: without a server, at a sandbox that anybody can start. */
async function elsewhere(account, operation, args) {
  const at = new URL(account.baseUrl);
  const baseUrl = (await kindOfPlace()) === "server" ? at.href : `http://127.0.0.1:4010/${state.vendor}`;
  const other = { ...account, baseUrl };
  // A program is no page: what a script asks for, it fetches.
  return { account: other, operation, args, requests: (await prepare(other, operation, args)).requests };
}

function accountOf(config, chosen, baseUrl) {
  const account = { ...config, ...chosen, baseUrl };
  for (const [name, value] of Object.entries(account)) if (value === undefined || value === false) delete account[name];
  return account;
}

const textOf = ({ text, template }) => text ?? template;

/** What is wrong, with the field that is. */
const told = ({ message, field }) => (current() === "zh" && field ? t("wire.wrong", { field, message }) : message);
