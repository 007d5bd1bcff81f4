// Shows the exact requests: the request line, the headers, the body as text and as bytes; each can be copied as a
// command or as a program.
import { copyButton } from "../copy.js";
import { fill, h } from "../element.js";
import { number, t } from "../language.js";
import { listing } from "./bytes.js";
import { asCurl, asJavaScript } from "./copy.js";
import { drawWarning, isOfRequest } from "./warnings.js";

/** @param {Element} send The button that sends the request. */
export function drawRequest(send) {
  let asBytes = false;
  /** @type {any} */
  let shown;
  const content = h("div", { class: "exchange" });
  const status = h("span", { class: "quiet", role: "status" });
  const curl = copyButton(t("wire.copyCurl"), () => asCurl(shown.copyable.requests), status);
  const program = copyButton(t("wire.copyJavaScript"), () => asJavaScript(shown.copyable), status);
  const views = [false, true].map((bytes) =>
    h(
      "button",
      { type: "button", "aria-pressed": String(bytes === asBytes), onclick: () => view(bytes) },
      t(bytes ? "wire.asBytes" : "wire.asText"),
    ),
  );
  const element = h(
    "section",
    { class: "card", "aria-labelledby": "wire-request" },
    h("div", { class: "between" }, h("h2", { id: "wire-request" }, t("wire.request")), send),
    h(
      "div",
      { class: "tools" },
      h("div", { class: "segments", role: "group", "aria-label": t("wire.bodyAs") }, views),
      curl,
      program,
      status,
    ),
    content,
  );
  return {
    element,
    /** Shows the requests of this page; `elsewhere` are those to copy, for other programs. */
    show(made, copyable) {
      shown = made && { made, copyable };
      fill(status, "");
      draw();
    },
  };

  function view(bytes) {
    asBytes = bytes;
    for (const [index, button] of views.entries()) button.setAttribute("aria-pressed", String(index === Number(bytes)));
    draw();
  }

  function draw() {
    const requests = shown?.made.requests ?? [];
    for (const button of [curl, program]) button.disabled = requests.length === 0;
    fill(
      content,
      requests.length === 0 && h("p", { class: "quiet" }, t("wire.noRequest")),
      requests.length > 0 &&
        h("div", { class: "warnings" }, (shown.made.plan?.warnings ?? []).filter(isOfRequest).map(drawWarning)),
      requests.map((request) => drawOne(request, shown.made.isScript)),
    );
  }

  function drawOne({ url, method, headers, body }, isScript) {
    const { origin, pathname, search } = new URL(url);
    return h(
      "div",
      { class: "one" },
      h(
        "p",
        { class: "line mono" },
        h("strong", {}, isScript ? "<script>" : method),
        " ",
        h("span", { class: "quiet" }, origin),
        pathname,
        search && h("span", { class: "pairs" }, pairs(search)),
      ),
      Object.entries(headers).map(([name, value]) =>
        h("p", { class: "line mono" }, h("span", { class: "quiet" }, `${name}: `), value),
      ),
      body && h("p", { class: "quiet" }, t("wire.body", { count: number(body.length) })),
      body &&
        (asBytes
          ? h("pre", { class: "listing", tabindex: "0", "aria-label": t("wire.bodyBytes") }, listing(body))
          : h("pre", { class: "text", tabindex: "0", "aria-label": t("wire.bodyText") }, bodyText(body, headers))),
      asBytes &&
        !body &&
        search &&
        h(
          "pre",
          { class: "listing", tabindex: "0", "aria-label": t("wire.bodyBytes") },
          listing(new TextEncoder().encode(pathname + search)),
        ),
    );
  }
}

function bodyText(body, headers) {
  const text = new TextDecoder().decode(body);
  return headers["content-type"]?.startsWith("application/json") ? text : pairs(text);
}

/** Marks the names of parameters, and changes no character. */
function pairs(text) {
  return text.split(/(?<=[&?])|(?=&)/).map((part) => {
    const at = part.indexOf("=");
    if (at < 0) return part;
    return [h("b", {}, part.slice(0, at)), ...betweenEscapes(part.slice(at))];
  });
}

/** Allows line breaks between escapes, and none within: `%A1` is one byte. */
function betweenEscapes(value) {
  return value.split(/(?=%)/).flatMap((part) => [part, h("wbr")]);
}
