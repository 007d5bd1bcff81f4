// The view of sending: a vendor fails and another takes over, a thousand recipients, and what becomes of accepted texts.
import { h } from "../element.js";
import { t } from "../language.js";
import { drawBulk } from "./bulk.js";
import { drawFailover } from "./failover.js";
import { drawReceipts } from "./receipts.js";

export function draw() {
  return [
    h("h1", {}, t("sending.title")),
    h("p", { class: "lead" }, t("sending.lead")),
    h("div", { class: "sending-view" }, drawFailover(), drawReceipts(), drawBulk()),
  ];
}
