// What each rule stopped, and what it is called and drawn as.
import { t } from "../language.js";
import { windowName } from "../phone/window.js";

/** Rules by what they stopped, most first; sent texts are none of them. */
export function stoppedOf({ buckets }) {
  const counts = new Map();
  for (const bucket of buckets) {
    for (const [by, count] of Object.entries(bucket)) if (by !== "sent") counts.set(by, (counts.get(by) ?? 0) + count);
  }
  return [...counts].map(([by, count]) => ({ by, count })).sort((a, b) => b.count - a.count);
}

/**
 * As series of a plot: rules of a number are of one hue, those of an address of another.
 * @param {{ by: string }[]} rows
 * @returns {import("../plot.js").Series[]}
 */
export function seriesOf(rows) {
  const shades = new Map();
  return rows.map(({ by }) => {
    const [kind, seconds, limit] = by.split(" ");
    const shade = (shades.get(kind) ?? 0) + 1;
    shades.set(kind, shade);
    return {
      key: by,
      label: labelOf(kind, Number(seconds), Number(limit)),
      color: `${kind} shade-${Math.min(3, shade)}`,
    };
  });
}

function labelOf(kind, seconds, limit) {
  if (!seconds) return t(`attack.by.${kind}`);
  if (limit === 1 && kind === "number") return t("attack.by.cooldown", { span: windowName(seconds) });
  return t(`attack.by.${kind}Rule`, { limit, span: windowName(seconds) });
}
