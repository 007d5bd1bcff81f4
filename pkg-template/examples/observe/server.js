// Node.js with OpenTelemetry's metrics, written to the console each minute. For a collector, put the OTLPMetricExporter of
// @opentelemetry/exporter-metrics-otlp-proto in place of ConsoleMetricExporter. board.json is a Grafana board of
// /admin/metrics.
import { createServer } from "node:http";
import { ConsoleMetricExporter, MeterProvider, PeriodicExportingMetricReader } from "@opentelemetry/sdk-metrics";
import { createHandler } from "xinshi/edge";
import { toNode } from "xinshi/node";
import { meterEvents } from "./meter-events.js";

const exporter = new ConsoleMetricExporter();
const readers = [new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 60_000 })];
const meter = new MeterProvider({ readers }).getMeter("xinshi");
const handler = createHandler({ ...JSON.parse(process.env.XINSHI), on: meterEvents(meter) });

// Every minute: pulls the vendors' records, and retries undelivered receipts.
setInterval(() => handler.scheduled().catch((error) => console.error(error)), 60_000);

const port = Number(process.env.PORT ?? 8787);
createServer(toNode(handler)).listen(port, process.env.HOST ?? "0.0.0.0", () => console.log(`listening on ${port}`));
