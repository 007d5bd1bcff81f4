// A dial that shows the remaining part of a wait.
import { svg } from "../element.js";
import { number } from "../language.js";

const RADIUS = 26;
const CIRCUMFERENCE = 2 * Math.PI * RADIUS;

/** @param {number} left @param {number} all Both in seconds. */
export function drawDial(left, all) {
  const part = Math.min(1, left / all);
  return svg(
    "svg",
    { class: "dial", viewBox: "0 0 64 64", "aria-hidden": "true" },
    svg("circle", { class: "track", cx: 32, cy: 32, r: RADIUS }),
    part > 0 &&
      svg("circle", {
        class: "left",
        cx: 32,
        cy: 32,
        r: RADIUS,
        "stroke-dasharray": `${(part * CIRCUMFERENCE).toFixed(1)} ${CIRCUMFERENCE.toFixed(1)}`,
        transform: "rotate(-90 32 32)",
      }),
    svg("text", { x: 32, y: 38 }, number(Math.ceil(left))),
  );
}
