// Draws the steps of a text: requested, allowed, sent, arrived; each with its details.
import { fill, h } from "../element.js";
import { number, t, wordFor } from "../language.js";

/**
 * The known steps of one text; times by `performance.now()`.
 * @typedef {{ began?: number, answered?: number, status?: number, rejected?: boolean, arrived?: number, vendor?: string, delivery?: string }} Way
 */

const STEPS = /** @type {const} */ (["requested", "limits", "vendor", "arrived"]);

export function drawRoute() {
  const notes = {};
  const steps = {};
  const element = h(
    "ol",
    { class: "route", "aria-label": t("route.label") },
    STEPS.map((name) => {
      notes[name] = h("span", { class: "note" });
      return (steps[name] = h("li", {}, h("span", { class: "place" }, t(`route.${name}`)), notes[name]));
    }),
  );
  return { element, /** @param {Way} way */ show };

  function show(way) {
    const { began, answered, status, rejected, arrived, vendor, delivery } = way;
    const reached = { requested: began, limits: answered, vendor: rejected ? undefined : answered, arrived };
    for (const name of STEPS) steps[name].classList.toggle("reached", reached[name] !== undefined);
    steps.limits.classList.toggle("rejected", Boolean(rejected));
    const took = (at) => t("route.took", { ms: number(Math.max(1, Math.round(at - began))) });
    fill(notes.requested, began === undefined ? t("route.notYet") : "POST /otp/send");
    fill(notes.limits, answered === undefined ? "" : status ? `${status} · ${took(answered)}` : t("route.noAnswer"));
    const known = delivery && wordFor("route.delivery", delivery);
    fill(notes.vendor, [vendor, known].filter(Boolean).join(" · "));
    fill(notes.arrived, arrived === undefined ? "" : took(arrived));
  }
}
