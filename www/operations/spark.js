// A line of small bars: an account's texts over time, by outcome.
import { svg } from "../element.js";
import { OUTCOMES } from "./counts.js";

const HEIGHT = 22;
const WIDTH = 168;

/** @param {Record<string, number>[]} buckets @param {string} account */
export function drawSpark(buckets, account) {
  const of = (bucket, outcome) => bucket[`sent.${outcome}.${account}`] ?? 0;
  const highest = Math.max(
    // A bar of one text is no full bar.
    4,
    ...buckets.map((bucket) => OUTCOMES.reduce((sum, outcome) => sum + of(bucket, outcome), 0)),
  );
  const step = WIDTH / buckets.length;
  const reached = buckets.map(() => 0);
  return svg(
    "svg",
    { class: "spark", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, width: WIDTH, height: HEIGHT, "aria-hidden": "true" },
    svg("path", { class: "grid", d: `M0 ${HEIGHT - 0.5}h${WIDTH}` }),
    OUTCOMES.map((outcome) =>
      svg("path", {
        class: `fill ${outcome}`,
        d: buckets
          .map((bucket, index) => {
            const count = of(bucket, outcome);
            if (count === 0) return "";
            const y = (sum) => HEIGHT - (sum / highest) * (HEIGHT - 1);
            const bar = `M${(index * step).toFixed(1)} ${y(reached[index]).toFixed(1)}h${Math.max(1, step - 0.4).toFixed(1)}V${y(reached[index] + count).toFixed(1)}h-${Math.max(1, step - 0.4).toFixed(1)}z`;
            reached[index] += count;
            return bar;
          })
          .join(""),
      }),
    ),
  );
}
