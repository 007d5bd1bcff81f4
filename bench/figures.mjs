// The figures of a release: docs/benchmarks.md keeps them, and a later run is compared with them.
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";

const PAGE = path.resolve(import.meta.dirname, "..", "docs", "benchmarks.md");
const [BEGIN, END] = ["<!-- figures: begin -->", "<!-- figures: end -->"];
/** A change below this share is noise: runs of one build on one machine differ by as much. */
const NOISE = 0.1;

/**
 * The figures of the bench's results. `better` is the better direction, and `bound` the bound that the project set
 * itself, if it did. Ratios are to a rival in the same run, so that they can be compared between machines.
 */
export function figuresOf({ building, rules, sending, waiting, numbers, starting, rest }) {
  const side = (name) => sending.find((one) => one.name === name);
  const added = starting.at(-1).milliseconds.median;
  const bare = starting.find(({ title }) => title.includes("without WebAssembly")).milliseconds.median;
  return [
    ...building.map(({ name, ratio, floor }) => more(`build ${name}: times as fast as by hand`, ratio, floor)),
    ...rules.map(({ name, more, most }) => less(`build with xinshi/rules, ${name}: times as long`, 1 + more, 1 + most)),
    more("POST /otp/send: requests, × a bare worker", side("xinshi").ratios.perSecond.median),
    more("POST /otp/send: requests, × hono with a limiter a key", side("together").xinshiPerSecond.median, 0.8),
    more("POST /otp/send: requests, × hono with a limiter a window", side("apart").xinshiPerSecond.median),
    less("POST /otp/send: processor, × a bare worker", side("xinshi").ratios.processorMicroseconds.median),
    ...waiting.map(({ title, calls, most }) =>
      less(`calls' time before the vendor is asked, ${title}`, calls.median, most),
    ),
    less(`processor with many numbers, × with ${numbers[0].numbers}`, numbers[1].ratios.processorMicroseconds.median),
    less("cold start in workerd, × a bare worker's", (bare + added) / bare),
    ...rest.map(({ name, unit, values, most }) => less(`${name}, ${unit}`, values[0], most)),
  ];
}

const more = (name, value, bound) => ({ name, value, better: "more", bound });
const less = (name, value, bound) => ({ name, value, better: "less", bound });

/** Compares figures with the kept ones: rows of a table, with a last column of better, worse or the same. */
export function compared(figures, kept = keptFigures()) {
  return figures.map(({ name, value, better, bound }) => {
    const before = kept.get(name);
    const cells = [name, before === undefined ? "–" : shown(before), shown(value), boundOf(better, bound)];
    if (before === undefined) return [...cells, "–", "new"];
    const ratio = value / before;
    const gain = better === "more" ? ratio : 1 / ratio;
    const verdict = gain > 1 + NOISE ? "better" : gain < 1 - NOISE ? "worse" : "the same";
    return [...cells, ratio.toFixed(2), verdict];
  });
}

export const COLUMNS = ["figure", "kept", "now", "bound", "× kept", "is"];

/** Replaces the kept figures. `about` is a line about the machine and the versions. */
export function keep(figures, about) {
  const page = readFileSync(PAGE, "utf8");
  const [from, to] = [page.indexOf(BEGIN) + BEGIN.length, page.indexOf(END)];
  const rows = figures.map(
    ({ name, value, better, bound }) => `| ${name} | ${shown(value)} | ${better} | ${boundOf(better, bound)} |`,
  );
  const table = ["| figure | value | better | bound |", "| --- | --- | --- | --- |", ...rows].join("\n");
  writeFileSync(PAGE, `${page.slice(0, from)}\n${about}\n\n${table}\n${page.slice(to)}`);
}

/** The kept figures of the page, by name. */
export function keptFigures(page = readFileSync(PAGE, "utf8")) {
  const rows = page
    .slice(page.indexOf(BEGIN), page.indexOf(END))
    .matchAll(/^\| (.+?) \| ([\d.]+) \| (?:more|less) \|/gm);
  return new Map([...rows].map(([, name, value]) => [name, Number(value)]));
}

const shown = (value) => value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0);

function boundOf(better, bound) {
  return bound === undefined ? "" : `at ${better === "more" ? "least" : "most"} ${bound}`;
}
