// npm start: sets up, builds, starts the sandbox, sends a text by every way there is and shows what arrived.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { parseArgs, styleText } from "node:util";
import { build } from "./build.mjs";
import { arrived, sendEach } from "./every-send.mjs";
import { environment, main, root, step } from "./run.mjs";
import { setup } from "./setup.mjs";

const PORT = 4010;
const ORIGIN = `http://127.0.0.1:${PORT}`;

await main(async () => {
  const { values } = parseArgs({ options: { once: { type: "boolean", default: false } } });
  await setup();
  await build();
  const sandbox = await startSandbox();
  try {
    const failed = await showEverySend();
    if (values.once) return failed === 0 ? 0 : 1;
    process.stdout.write(`\nThe sandbox serves on. Inbox: ${ORIGIN}/inbox · Ctrl-C ends it.\n`);
    await sandbox.ended;
    return failed === 0 ? 0 : 1;
  } finally {
    sandbox.process.kill();
  }
});

/** Starts the package's own command and waits until it listens. */
async function startSandbox() {
  const args = ["pkg/bin/xinshi.js", "sandbox", "--port", String(PORT)];
  const child = spawn(process.execPath, args, { cwd: root, env: environment(), stdio: ["ignore", "pipe", "inherit"] });
  // Ended by a signal, it takes the sandbox along, which would hold the port.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    process.once(signal, () => {
      child.kill();
      process.exit(130);
    });
  }
  const ended = new Promise((resolve) => child.once("exit", resolve));
  const listening = new Promise((resolve) => {
    createInterface({ input: child.stdout }).on(
      "line",
      (line) => line.startsWith("xinshi sandbox on") && resolve(true),
    );
  });
  const started = await step("starting the sandbox", () => Promise.race([listening, ended.then(() => false)]));
  if (!started) throw new Error(`the sandbox did not start: is port ${PORT} taken?`);
  return { process: child, ended };
}

async function showEverySend() {
  const { createSms } = await import("xinshi");
  const { createSandbox } = await import("xinshi/sandbox");
  const rows = [["vendor", "operation", "wire", "outcome", "inbox"]];
  let failed = 0;
  for await (const sent of sendEach({ createSms, sandbox: createSandbox(), origin: ORIGIN })) {
    const { way, plan, outcome, received } = sent;
    const well = arrived(sent) && plan.requests[0].operation === way.operation;
    if (!well) failed += 1;
    const outcomeCell = outcome.error ? `${outcome.status}: ${outcome.error.message}` : outcome.status;
    const inboxCell = well ? `✓ ${received[0].to} ${received[0].text.split("\n")[0]}` : `✗ ${JSON.stringify(received)}`;
    rows.push([way.vendor, way.operation, way.wire, outcomeCell, inboxCell]);
  }
  print(rows);
  const sends = rows.length - 1;
  process.stdout.write(`\n${sends - failed} of ${sends} texts arrived as they were sent.\n`);
  return failed;
}

/** Prints rows as columns; the last one may be as wide as it is. */
function print(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  for (const [index, row] of rows.entries()) {
    const line = row.map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column]))).join("  ");
    const colour = index === 0 ? "bold" : line.includes("✗") ? "red" : undefined;
    process.stdout.write(`${colour && process.stdout.isTTY ? styleText(colour, line) : line}\n`);
  }
}
