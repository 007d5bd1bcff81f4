// Stacked bars over time as SVG, without a library. The values under the pointer, or selected by the arrow keys, are
// shown below.
import { fill, h, svg } from "./element.js";
import { clock, number, span, t } from "./language.js";

const LEFT = 44;
const BOTTOM = 40;
const TOP = 4;
const GAP = 18;
const MINUTE = 60_000;
/** Minutes between two labels of the axis. */
const STEPS = [10, 15, 30, 60, 120, 180, 360, 720, 1440];
/** The height of a line of a legend. */
const LINE = 16;
/** The space between a legend and its plot. */
const ABOVE = 10;
/** The lowest end of a scale: a bar of one stays small beside it. */
const LOWEST_SCALE = 4;

/**
 * @typedef {{ key: string, label: string, color: string }} Series
 * @typedef {{ series: Series[], height: number, title: string, before?: number[], legend?: { label: string, color:
 * string }[] }} Panel A panel has its own scale, of counts in a bucket; `title` says of what. `before` is the total under
 * other rules, drawn as a line.
 * @typedef {{ begin: number, widthMs: number, buckets: Record<string, number>[], panels: Panel[] }} Plotted
 */

/**
 * @param {{ label: string, signal: AbortSignal }} options
 */
export function drawPlot({ label, signal }) {
  /** @type {Plotted | undefined} */
  let plotted;
  let chosen = -1;
  let width = 0;
  const canvas = h("div", {
    class: "plot",
    role: "img",
    "aria-label": label,
    tabindex: "0",
    onpointermove: (event) => choose(indexAt(event)),
    onpointerleave: () => choose(-1),
    onkeydown: byKey,
    onblur: () => choose(-1),
  });
  const readout = h("p", { class: "readout", role: "status" });
  const observer = new ResizeObserver(() => {
    if (canvas.clientWidth !== width) draw();
  });
  observer.observe(canvas);
  signal.addEventListener("abort", () => observer.disconnect());
  return {
    element: h("figure", { class: "plotted" }, canvas, readout),
    /** @param {Plotted} wanted */
    show(wanted) {
      plotted = wanted;
      // Until the width is known, with a line for each legend, so that what stands below does not move.
      const heights = wanted.panels.map(({ height }) => LINE + ABOVE + height + GAP);
      if (width === 0) canvas.style.height = `${heights.reduce((sum, height) => sum + height, TOP + BOTTOM - GAP)}px`;
      draw();
    },
  };

  function draw() {
    width = canvas.clientWidth;
    if (!plotted || width === 0) return;
    const { buckets } = plotted;
    const inner = width - LEFT;
    const step = inner / buckets.length;
    const panels = laidOut(plotted, width);
    const groups = panels.map((panel) => drawPanel(panel, buckets, step, inner));
    const bottom = Math.max(TOP, ...panels.map(({ top, above, height }) => top + above + height));
    const height = bottom + BOTTOM;
    canvas.style.height = `${height}px`;
    fill(
      canvas,
      svg(
        "svg",
        { viewBox: `0 0 ${width} ${height}`, width, height, "aria-hidden": "true" },
        svg("g", { class: "marks" }),
        groups,
        drawTimes(plotted, step, bottom),
        svg("text", { class: "axis", x: LEFT + inner / 2, y: bottom + 34 }, t("plot.time")),
      ),
    );
    mark();
  }

  function choose(index) {
    if (!plotted || index === chosen) return;
    chosen = index < 0 ? -1 : Math.min(plotted.buckets.length - 1, index);
    mark();
  }

  function mark() {
    const marks = canvas.querySelector(".marks");
    if (!plotted || !marks) return;
    const { buckets, begin, widthMs, panels } = plotted;
    if (chosen < 0) {
      fill(marks, []);
      fill(readout, t("plot.hint"));
      return;
    }
    const step = (width - LEFT) / buckets.length;
    fill(
      marks,
      svg("rect", { x: LEFT + chosen * step, y: 0, width: Math.max(2, step), height: canvas.clientHeight - BOTTOM }),
    );
    const at = begin + chosen * widthMs;
    const time = `${clock(at, { weekday: "short", hour: "2-digit", minute: "2-digit" })}–${clock(at + widthMs)}`;
    const seen = new Map(panels.flatMap(({ series }) => series.map((one) => [one.key, one])));
    const counts = [...seen.values()].filter(({ key }) => buckets[chosen][key] > 0);
    fill(readout, [time, ...counts.map(({ key, label }) => `${label} ${number(buckets[chosen][key])}`)].join(" · "));
  }

  function indexAt({ clientX }) {
    const { left } = canvas.getBoundingClientRect();
    return Math.floor(((clientX - left - LEFT) / (width - LEFT)) * (plotted?.buckets.length ?? 0));
  }

  function byKey(event) {
    const last = (plotted?.buckets.length ?? 0) - 1;
    const to = {
      ArrowLeft: Math.max(0, chosen - 1),
      ArrowRight: Math.min(last, chosen + 1),
      Home: 0,
      End: last,
      Escape: -1,
    }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    choose(to);
  }
}

/**
 * Draws a panel: its title with the unit and its legend, and the plot below.
 * @param {ReturnType<typeof laidOut>[number]} panel
 */
function drawPanel({ series, height, top, above, before, lines, heading }, buckets, step, inner) {
  const sums = buckets.map((bucket) => series.reduce((sum, { key }) => sum + (bucket[key] ?? 0), 0));
  const highest = roundUp(Math.max(LOWEST_SCALE, ...sums, ...(before ?? [])));
  const floor = top + above + height;
  const y = (count) => floor - (count / highest) * height;
  // One path for each series: hundreds of bars are one element.
  const reached = buckets.map(() => 0);
  const paths = series.map(({ key, color }) => {
    const bars = buckets.map((bucket, index) => {
      const count = bucket[key] ?? 0;
      if (count === 0) return "";
      const from = reached[index];
      reached[index] += count;
      const x = LEFT + index * step;
      const wide = Math.max(1, step - (step > 6 ? 1.5 : 0.4));
      return `M${x.toFixed(1)} ${y(from).toFixed(1)}h${wide.toFixed(1)}V${y(from + count).toFixed(1)}h-${wide.toFixed(1)}z`;
    });
    return svg("path", { d: bars.join(""), class: `fill ${color}` });
  });
  const line = before?.map(
    (count, index) =>
      `${index === 0 ? "M" : "V"}${index === 0 ? `${LEFT} ` : ""}${y(count).toFixed(1)}h${step.toFixed(2)}`,
  );
  return svg(
    "g",
    {},
    [0, highest / 2, highest].map((count) => [
      svg("path", { class: "grid", d: `M${LEFT} ${y(count).toFixed(1)}h${inner}` }),
      svg("text", { class: "scale", x: LEFT - 7, y: y(count) + 4 }, number(count)),
    ]),
    paths,
    line && svg("path", { class: "before", d: line.join("") }),
    lines.map((entries, index) =>
      svg(
        "text",
        { class: "title", x: 0, y: top + 11 + LINE * index },
        index === 0 && heading,
        entries.map(({ label, color }, at) => [
          svg("tspan", { class: `fill ${color}`, dx: index > 0 && at === 0 ? 0 : 12 }, color === "line" ? "┄" : "■"),
          svg("tspan", { class: "label", dx: 4 }, label),
        ]),
      ),
    ),
  );
}

/** Places the panels below each other. */
function laidOut({ panels, widthMs }, width) {
  let top = TOP;
  return panels.map((panel) => {
    const heading = t("plot.per", { what: panel.title, span: span(widthMs / 1000) });
    const lines = linesOf(heading, panel.legend ?? [], width);
    const above = LINE * lines.length + ABOVE;
    const placed = { ...panel, heading, lines, above, top };
    top += above + panel.height + GAP;
    return placed;
  });
}

/** Breaks a legend into lines; the first starts behind the heading. */
function linesOf(heading, legend, width) {
  /** @type {(typeof legend)[]} */
  const lines = [[]];
  let wide = widthOf(heading, 600);
  for (const entry of legend) {
    const more = 12 + widthOf("■", 600) + 4 + widthOf(entry.label);
    if (wide + more > width) {
      lines.push([]);
      wide = 0;
    }
    lines.at(-1)?.push(entry);
    wide += more;
  }
  return lines;
}

const context = document.createElement("canvas").getContext("2d");

/** The drawn width of a text, in pixels. */
function widthOf(text, weight = 400) {
  if (!context) return 11 * text.length;
  context.font = `${weight} 11px ${getComputedStyle(document.body).fontFamily}`;
  return context.measureText(text).width;
}

function drawTimes({ begin, widthMs, buckets }, step, bottom) {
  const all = widthMs * buckets.length;
  const wide = step * buckets.length;
  // As many labels as fit, at full hours or full parts of one.
  const every = STEPS.find((minutes) => (minutes * MINUTE * wide) / all >= 62) ?? 1440;
  const first = new Date(begin);
  first.setMinutes(0, 0, 0);
  const labels = [];
  for (let at = first.getTime(); at < begin + all; at += Math.min(every, 60) * MINUTE) {
    const date = new Date(at);
    const x = LEFT + ((at - begin) / all) * wide;
    if (at < begin || (60 * date.getHours() + date.getMinutes()) % every !== 0) continue;
    // A label in the middle of its tick must not reach over either edge.
    if (x < LEFT + 4 || x > LEFT + wide - 26) continue;
    const label = every >= 60 && date.getHours() === 0 ? clock(at, { weekday: "short" }) : clock(at);
    labels.push(
      svg("path", { class: "tick", d: `M${x.toFixed(1)} ${bottom}v4` }),
      svg("text", { class: "time", x, y: bottom + 17 }, label),
    );
  }
  return labels;
}

/** The next larger number that suits an axis. */
function roundUp(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  // Half of it, which is labelled too, is a whole number.
  const factors = power === 1 ? [2, 4, 6, 8, 10] : [1, 2, 3, 4, 5, 6, 8, 10];
  return factors.map((factor) => factor * power).find((step) => step >= value) ?? value;
}
