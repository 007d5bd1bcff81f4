// Tests the running handler against its own description: Schemathesis sends it requests that the document allows, and
// others that it forbids.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { main, root, run } from "../../scripts/run.mjs";
import { schemathesisProgram } from "../../scripts/toolchain.mjs";
import { startHandler } from "./server.mjs";

const METHODS = ["get", "post", "put"];

await main(async () => {
  const directory = mkdtempSync(path.join(tmpdir(), "xinshi-schemathesis-"));
  const { origin, hook, receipt, gateways, close } = await startHandler();
  try {
    const document = await (await fetch(`${origin}/openapi.json`)).text();
    const report = path.join(directory, "report.ndjson");
    await schemathesis({ document, origin, hook, receipt, gateways, directory, report });
    return describeRun(statuses(report), operationsOf(JSON.parse(document)));
  } finally {
    await close();
    rmSync(directory, { recursive: true, force: true });
  }
});

/** Runs Schemathesis to its end; the error's message has its findings. */
async function schemathesis({ document, origin, hook, receipt, gateways, directory, report }) {
  // From a file: Schemathesis leaves out the route that it fetches the document from.
  const file = path.join(directory, "openapi.json");
  writeFileSync(file, document);
  const beside = (name) => path.join(root, "tests", "schemathesis", name);
  const args = ["--config-file", beside("schemathesis.toml"), "run", file, "--url", origin, "--no-color"];
  args.push("--report", "ndjson", "--report-ndjson-path", report);
  // Schemathesis writes into its working directory.
  const env = {
    PYTHONDONTWRITEBYTECODE: "1",
    SCHEMATHESIS_HOOKS: beside("hooks.py"),
    XINSHI_HOOK: JSON.stringify(hook),
    XINSHI_RECEIPT: receipt,
    XINSHI_GATEWAYS: JSON.stringify(gateways),
  };
  await run(schemathesisProgram, args, { cwd: directory, env, quiet: true });
}

/** The number of answers with each status, by operation. */
function statuses(report) {
  const counts = new Map();
  for (const line of readFileSync(report, "utf8").split("\n")) {
    const recorder = line && JSON.parse(line).ScenarioFinished?.recorder;
    for (const [id, { response }] of Object.entries(recorder?.interactions ?? {})) {
      const { method, path } = recorder.cases[id].value;
      const operation = `${method} ${path}`;
      const of = counts.get(operation) ?? new Map();
      counts.set(operation, of);
      const status = response?.status_code ?? 0;
      of.set(status, (of.get(status) ?? 0) + 1);
    }
  }
  return counts;
}

function operationsOf({ paths }) {
  return Object.entries(paths).flatMap(([path, item]) =>
    METHODS.filter((method) => method in item).map((method) => `${method.toUpperCase()} ${path}`),
  );
}

/** Prints the statuses of each operation. Fails the run if an operation never succeeded, since it was hardly tested. */
function describeRun(counts, operations) {
  let cases = 0;
  const failed = [];
  for (const operation of operations) {
    const of = [...(counts.get(operation) ?? [])].sort(([one], [other]) => one - other);
    cases += of.reduce((sum, [, times]) => sum + times, 0);
    process.stdout.write(`${operation}: ${of.map(([status, times]) => `${status} × ${times}`).join(", ")}\n`);
    if (!of.some(([status]) => status >= 200 && status < 300)) failed.push(operation);
  }
  process.stdout.write(`${cases} requests to ${operations.length} operations\n`);
  if (failed.length > 0) throw new Error(`never answered with 2xx: ${failed.join(", ")}`);
}
