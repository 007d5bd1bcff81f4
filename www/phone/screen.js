// Draws a phone: the texts to one number, and the code of the last one to fill in.
import { fill, h, svg } from "../element.js";
import { clock, t } from "../language.js";

/** @param {{ fillIn: (code: string) => void }} options */
export function drawPhone({ fillIn }) {
  const time = h("span", {}, clock(Date.now()));
  const number = h("span", { class: "number" });
  const texts = h("ol");
  const log = h("div", { class: "texts", role: "log", "aria-label": t("screen.texts"), tabindex: "0" }, texts);
  const offer = h("div", { class: "offer" });
  let shownKey = "";
  const element = h(
    "section",
    { class: "phone", "aria-label": t("screen.label") },
    h("div", { class: "bar", "aria-hidden": "true" }, time, number),
    h("div", { class: "screen" }, h("p", { class: "sender" }, t("screen.sender")), log),
    offer,
  );
  return { element, show };

  /** Draws the texts of an inbox if they changed. */
  function show(inbox, phone) {
    const key = JSON.stringify([phone, inbox.length, inbox.at(-1)]);
    if (key === shownKey) return;
    const before = shownKey && JSON.parse(shownKey)[0] === phone ? texts.childElementCount : 0;
    shownKey = key;
    fill(number, phone);
    fill(time, clock(Date.now()));
    if (inbox.length === 0) {
      fill(texts, h("li", { class: "none" }, t("screen.none")));
      fill(offer, []);
      return;
    }
    texts.querySelector(".none")?.remove();
    const from = before > inbox.length ? 0 : texts.childElementCount;
    if (from === 0) fill(texts, []);
    for (const received of inbox.slice(from)) texts.append(bubble(received));
    log.scrollTop = log.scrollHeight;
    const code = inbox.at(-1).text.match(/\d{4,10}/)?.[0];
    fill(
      offer,
      code &&
        h(
          "button",
          { type: "button", onclick: () => fillIn(code) },
          h("span", { class: "from" }, t("screen.from")),
          h("strong", {}, code),
        ),
    );
  }
}

function bubble({ text, vendor, at }) {
  const time = clock(Date.parse(at), { hour: "2-digit", minute: "2-digit", second: "2-digit" });
  const [before, code, after] = text.split(/(\d{4,10})/);
  return h(
    "li",
    {},
    h(
      "p",
      { lang: /[\u4e00-\u9fff]{4}/.test(text.slice(4)) ? "zh-CN" : "en" },
      before,
      code && h("strong", {}, code),
      after,
    ),
    h("span", { class: "meta" }, `${vendor} · ${time}`),
    postmark(vendor, time),
  );
}

/** The vendor's mark on a text that it carried. */
function postmark(vendor, time) {
  return svg(
    "svg",
    { class: "postmark", viewBox: "0 0 80 80", "aria-hidden": "true" },
    svg("circle", { cx: 40, cy: 40, r: 36 }),
    svg("circle", { cx: 40, cy: 40, r: 26 }),
    svg("path", { d: "M4 34h72M4 46h72" }),
    svg("text", { x: 40, y: 43 }, time),
    svg("text", { x: 40, y: 27, class: "small" }, vendor),
    svg("text", { x: 40, y: 58, class: "small" }, "信使"),
  );
}
