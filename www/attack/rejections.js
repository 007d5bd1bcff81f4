// The count, name and colour of each rule that stopped requests.
import { t } from "../language.js";
import { windowName } from "../phone/limit-window.js";
import { isSent } from "./texts.js";

/** Rules by the number of requests they stopped, the largest first, without the sent texts. */
export function stoppedOf({ buckets }) {
  const counts = new Map();
  for (const bucket of buckets) {
    for (const [by, count] of Object.entries(bucket)) if (!isSent(by)) counts.set(by, (counts.get(by) ?? 0) + count);
  }
  return [...counts].map(([by, count]) => ({ by, count })).sort((a, b) => b.count - a.count);
}

/**
 * The rules as series of a plot: rules of a number share one hue, those of an address another.
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
