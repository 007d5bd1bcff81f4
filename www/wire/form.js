// The form of the wire view: vendor, operation, account, and their fields.
import { fill, h } from "../element.js";
import { t, wordFor } from "../language.js";
import { isFixed, nextMorning, nextStep } from "./fixes.js";
import { vendors } from "./vendors.js";

/** The faults that the sandbox can apply to a request. */
const FAULTS = ["none", "reject", "garbage", "truncated", "http500", "reset", "accept_then_reset", "slow"];

/**
 * @param {any} state The selected and written values; the form changes them.
 * @param {() => void} changed
 */
export function drawForm(state, changed) {
  const element = h("div", { class: "fields" });
  show();
  return { element, fail };

  /**
   * Shows an error at the field that it names, and removes the one before. Returns whether there is such a field.
   * @param {string | undefined} path Such as `each[0].to`. @param {string} message
   */
  function fail(path, message) {
    for (const field of element.querySelectorAll("[aria-invalid]")) field.removeAttribute("aria-invalid");
    for (const error of element.querySelectorAll(".field-error")) error.remove();
    const { operations } = vendors[state.vendor];
    const { fields } = operations[state.of[state.vendor].operation];
    const name = fieldOf(path, fields);
    const field = name && element.querySelector(`#wire-${name}`);
    if (!field) return false;
    const id = `wire-${name}-error`;
    field.setAttribute("aria-invalid", "true");
    field.setAttribute("aria-describedby", id);
    field.after(h("p", { class: "field-error", id, role: "alert" }, message));
    return true;
  }

  function show() {
    const own = state.of[state.vendor];
    const { operations, account } = vendors[state.vendor];
    const operation = operations[own.operation];
    const written = writtenOf(own, operation);
    fill(
      element,
      labelled(
        t("wire.vendor"),
        select(
          Object.keys(vendors),
          state.vendor,
          vendorName,
          (vendor) => {
            state.vendor = vendor;
            rebuild("vendor");
          },
          "vendor",
        ),
      ),
      labelled(
        t("wire.operation"),
        select(
          operations.map((_, index) => String(index)),
          String(own.operation),
          (index) => operationName(operations[index]),
          (index) => {
            own.operation = Number(index);
            rebuild("operation");
          },
          "operation",
        ),
      ),
      Object.keys(account).length > 0 &&
        h(
          "div",
          { class: "account" },
          Object.entries(account).map(([name, values]) =>
            labelled(
              name,
              select(
                values.map(String),
                String(own.account[name] ?? values[0]),
                String,
                (value) => {
                  own.account[name] = values.find((one) => String(one) === value);
                  // The endpoints that decode twice take only a plain password.
                  if (own.account.urlencoded) own.account.pwdMode = undefined;
                  rebuild(name);
                },
                name,
              ),
            ),
          ),
        ),
      operation.fields.map((field) => drawField(field, written, changed)),
      has(operation, "text") && has(operation, "kind") && drawMending(operation, written),
      labelled(
        t("wire.fault"),
        select(
          FAULTS,
          state.fault,
          (fault) => t(`wire.faults.${fault}`),
          (fault) => (state.fault = fault),
          "fault",
        ),
      ),
    );
  }

  /** A marketing text that is mended step by step. */
  function drawMending(operation, written) {
    const fix = () => {
      written.text = nextStep(written.text);
      written.kind = "marketing";
      if (has(operation, "sendAt")) written.sendAt = nextMorning(Date.now());
      rebuild("mend");
    };
    const label = isFixed(written.text) ? t("wire.mending.again") : t("wire.mending.next");
    return h(
      "div",
      { class: "tools" },
      h("button", { type: "button", class: "small", id: "wire-mend", onclick: fix }, label),
    );
  }

  /** Draws the form anew, since another choice has other fields, and restores the keyboard's focus. */
  function rebuild(name) {
    show();
    element.querySelector(`#wire-${name}`)?.focus();
    changed();
  }
}

/** The field of the form that holds an argument's member: `to[0]` is written in `numbers`. */
function fieldOf(path, fields) {
  const name = path?.match(/^\w+/)?.[0];
  const isThere = (one) => fields.some((field) => field.name === one);
  return [name, ...(name === "to" ? ["numbers", "each"] : [])].find((one) => one && isThere(one));
}

const has = ({ fields }, name) => fields.some((field) => field.name === name);

/** What is written in an operation's fields. A vendor may have one name for two operations, so the call tells them apart. */
export function writtenOf(own, { name, call, fields }) {
  const written = (own.written[`${name} ${call}`] ??= {});
  for (const field of fields) written[field.name] ??= field.value;
  return written;
}

/** @param {import("./vendors.js").Field} field */
function drawField({ name, type, optional }, written, changed) {
  const label = wordFor("wire.fields", name);
  const title = optional ? t("wire.optional", { label }) : label;
  const id = `wire-${name}`;
  const note = (event) => {
    written[name] = type === "check" ? event.currentTarget.checked : event.currentTarget.value;
    changed();
  };
  if (type === "check")
    return h(
      "label",
      { class: "check" },
      h("input", { type: "checkbox", id, checked: Boolean(written[name]), onchange: note }),
      title,
    );
  if (type === "kind") {
    const choose = (value) => {
      written[name] = value;
      changed();
    };
    return labelled(
      title,
      select(["otp", "notice", "marketing"], written[name], (value) => t(`wire.kinds.${value}`), choose, name),
    );
  }
  if (type === "text") return labelled(title, h("textarea", { id, rows: 3, value: written[name], oninput: note }));
  const types = { tel: "tel", number: "number", date: "datetime-local" };
  return labelled(title, h("input", { id, type: types[type] ?? "text", value: written[name], oninput: note }));
}

function labelled(text, control) {
  return h("div", { class: "field" }, h("label", { for: control.id }, text), control);
}

function select(values, chosen, name, choose, id) {
  return h(
    "select",
    { id: `wire-${id}`, onchange: (event) => choose(event.currentTarget.value) },
    values.map((value) => h("option", { value, selected: value === chosen }, name(value))),
  );
}

const vendorName = (vendor) => `${vendor} ${vendors[vendor].title}`.trim();

const operationName = ({ name, call }) => `${t(`wire.calls.${call.replace(".", "-")}`)} · ${name}`;
