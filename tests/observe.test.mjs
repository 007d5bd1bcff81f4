// `/admin/metrics` as Prometheus reads it, OpenTelemetry's metrics of examples/observe, and its Grafana board, each of whose
// queries is answered by /admin/metrics.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import { createHandler } from "xinshi/edge";
import { createSandbox } from "xinshi/sandbox";
import { meterEvents } from "../pkg-template/examples/observe/meter-events.js";

const root = path.resolve(import.meta.dirname, "..");
const board = JSON.parse(readFileSync(path.join(root, "pkg-template/examples/observe/board.json"), "utf8"));
const ADMIN = "an operator's token that is long";
const PHONE = "13812345678";
const address = "192.0.2.1";

/** A handler that sent, rejected and verified. */
async function used(on = () => {}) {
  const sandbox = createSandbox();
  const handler = createHandler({
    vendors: { 'ma"in\\': sandbox.config("smsadmin") },
    fetch: sandbox.fetch,
    pepper: "a pepper that is long enough to be one",
    proof: { key: "a key for proofs that is long enough", audience: "app" },
    brand: "信使",
    adminToken: ADMIN.replaceAll(" ", "-"),
    clientAddress: () => address,
    on,
  });
  const sent = await handler.send({ phone: PHONE, address });
  assert.equal(sent.ok, true);
  assert.equal((await handler.send({ phone: PHONE, address })).ok, false);
  const code = await sandbox.waitForCode(PHONE);
  const wrong = code === "000000" ? "000001" : "000000";
  await handler.verify({ challenge: sent.challenge, code: wrong, address });
  await handler.verify({ challenge: sent.challenge, code, address });
  return handler;
}

async function scraped() {
  const handler = await used();
  const headers = { authorization: `Bearer ${ADMIN.replaceAll(" ", "-")}` };
  const response = await handler.fetch(new Request("http://localhost/admin/metrics", { headers }));
  assert.equal(response.status, 200);
  assert.equal(response.headers.get("content-type"), "text/plain; version=0.0.4; charset=utf-8");
  return response.text();
}

/** Parses the text format strictly: every line is HELP, TYPE or a sample of the family before it. */
function parse(text) {
  assert.ok(text.endsWith("\n"));
  const families = new Map();
  let last;
  for (const line of text.slice(0, -1).split("\n")) {
    const head = /^# (HELP|TYPE) ([a-z_]+) (.+)$/.exec(line);
    if (head) {
      const [, what, name, rest] = head;
      if (what === "HELP") {
        assert.ok(!families.has(name), `${name} comes twice`);
        last = { name, help: rest, samples: [] };
        families.set(name, last);
      } else {
        assert.equal(last.name, name);
        last.type = rest;
      }
      continue;
    }
    const sample = /^([a-z_]+)(?:\{((?:[a-z]+="(?:[^"\\\n]|\\["\\n])*",?)+)\})? (-?[0-9.]+)$/.exec(line);
    assert.ok(sample, line);
    const [, name, labels = "", value] = sample;
    const base = last.type === "histogram" ? name.replace(/_(bucket|sum|count)$/, "") : name;
    assert.equal(base, last.name, line);
    const names = Array.from(labels.matchAll(/([a-z]+)="/g), ([, label]) => label);
    last.samples.push({ name, labels, names, value: Number(value) });
  }
  return families;
}

test("metrics parse, with base units and bounded labels", async () => {
  const text = await scraped();
  const families = parse(text);
  for (const { name, type, help } of families.values()) {
    assert.ok(name.startsWith("xinshi_") && help.endsWith("."), name);
    assert.equal(type === "counter", name.endsWith("_total"), name);
    assert.ok(!/_(ms|milliseconds|minutes|hours)(_|$)/.test(name), name);
  }
  const value = (family, labels) => families.get(family).samples.find((sample) => sample.labels === labels)?.value;
  const account = String.raw`account="ma\"in\\"`;
  assert.equal(value("xinshi_texts_total", `status="accepted",${account}`), 1);
  assert.equal(value("xinshi_rejections_total", 'by="number"'), 1);
  assert.equal(value("xinshi_verifications_total", 'status="wrong"'), 1);
  const labels = new Set(Array.from(families.values()).flatMap(({ samples }) => samples.flatMap(({ names }) => names)));
  const allowed = ["account", "by", "le", "problem", "reason", "receiver", "result", "status"];
  assert.deepEqual(
    [...labels].filter((label) => !allowed.includes(label)),
    [],
  );
  assert.ok(!text.includes(PHONE) && !/138\*/.test(text), "no number, masked or not");
});

test("promtool accepts the metrics", async (t) => {
  try {
    execFileSync("promtool", ["--version"], { stdio: "ignore" });
  } catch {
    t.skip("promtool (of Debian's package prometheus) is not installed; the test above parses the format");
    return;
  }
  execFileSync("promtool", ["check", "metrics"], { input: await scraped() });
});

test("OpenTelemetry counts the events of on, without numbers", async () => {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
  const provider = new MeterProvider({ readers: [reader] });
  const on = meterEvents(provider.getMeter("xinshi"));
  await used(on);
  on({
    type: "report",
    account: "main",
    phone: "138****5678",
    delivered: false,
    status: "MK:1",
    matched: true,
    reason: "no-such-number",
  });
  on({ type: "reply", account: "main", phone: "138****5678", text: "TD", optsOut: true });
  on({ type: "sms", sms: { type: "circuit", account: "main", open: true } });
  on({ type: "sms", sms: { type: "circuit", account: "main", open: false } });
  on({ type: "queue-full", account: "main" });
  on({ type: "of a later version" });
  await provider.forceFlush();
  const metrics = exporter.getMetrics().at(-1).scopeMetrics[0].metrics;
  const points = (name) => {
    const metric = metrics.find(({ descriptor }) => descriptor.name === `xinshi.${name}`);
    assert.ok(metric.descriptor.unit && metric.descriptor.description, name);
    return metric.dataPoints.map(({ attributes, value }) => [attributes, value]);
  };
  assert.deepEqual(points("texts"), [[{ status: "accepted", account: 'ma"in\\' }, 1]]);
  assert.deepEqual(points("rejections"), [[{ by: "number" }, 1]]);
  assert.deepEqual(points("verifications"), [
    [{ status: "wrong" }, 1],
    [{ status: "verified" }, 1],
  ]);
  assert.deepEqual(points("reports"), [[{ status: "failed", account: "main" }, 1]]);
  assert.deepEqual(points("undelivered"), [[{ reason: "no-such-number" }, 1]]);
  assert.deepEqual(points("replies"), [[{ account: "main" }, 1]]);
  assert.deepEqual(points("circuits.open"), [[{ account: "main" }, 0]]);
  const looked = points("problems").map(([attributes]) => attributes.type);
  assert.ok(looked.includes("queue-full") && looked.includes("of a later version"), looked.join());
  assert.ok(
    !/\d{4}/.test(JSON.stringify(metrics.flatMap(({ dataPoints }) => dataPoints.map(({ attributes }) => attributes)))),
  );
  // Where both count the same, they have the same name: xinshi.texts becomes xinshi_texts_total.
  const families = parse(await scraped());
  for (const name of ["texts", "rejections", "verifications", "reports", "undelivered", "replies"])
    assert.ok(families.has(`xinshi_${name}_total`), name);
  await provider.shutdown();
});

test("each query of the board is of a metric and labels that exist", async () => {
  const families = parse(await scraped());
  const source = readFileSync(path.join(root, "src/edge/metrics.rs"), "utf8");
  const expressions = board.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));
  assert.ok(expressions.length >= board.panels.length);
  for (const expression of expressions) {
    const names = expression.match(/xinshi_[a-z_]+/g);
    assert.ok(names, expression);
    for (const name of names) {
      const family = families.get(name) ?? families.get(name.replace(/_(bucket|sum|count)$/, ""));
      assert.ok(family, `${name} of ${expression}`);
      if (family.type === "counter") assert.match(expression, /rate\(|increase\(/, expression);
    }
    for (const [, labels] of expression.matchAll(/by \(([^)]+)\)/g))
      for (const label of labels.split(", ")) assert.ok(source.includes(`"${label}"`), `${label} of ${expression}`);
  }
});

test("the board has what Grafana needs to load it", () => {
  assert.ok(board.title && board.uid && board.schemaVersion >= 36 && board.time.from);
  const ids = board.panels.map(({ id }) => id);
  assert.equal(new Set(ids).size, ids.length);
  const [variable] = board.templating.list;
  assert.deepEqual([variable.type, variable.query], ["datasource", "prometheus"]);
  const cells = new Set();
  for (const { title, type, gridPos, datasource, targets } of board.panels) {
    assert.ok(title && ["timeseries", "stat"].includes(type));
    for (const { uid, type: kind } of [datasource, ...targets.map((target) => target.datasource)])
      assert.deepEqual([uid, kind], [`\${${variable.name}}`, "prometheus"]);
    assert.ok(gridPos.x >= 0 && gridPos.x + gridPos.w <= 24, title);
    assert.equal(new Set(targets.map(({ refId }) => refId)).size, targets.length);
    for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++)
      for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
        assert.ok(!cells.has(`${x},${y}`), `${title} overlaps another panel`);
        cells.add(`${x},${y}`);
      }
  }
});
