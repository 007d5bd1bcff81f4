// npm start [-- --port 8787 --sandbox-port 4010 --once]: sets up, builds, and starts the sandbox and the handler with
// the page; then runs every operation and shows what arrived.
import { spawn } from "node:child_process";
import { createServer } from "node:http";
import { constants } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { styleText } from "node:util";
import { build } from "./build.mjs";
import { environment, main, root, step, tool } from "./run.mjs";
import { setup } from "./setup.mjs";
import { freePorts } from "./start-options.mjs";

/** The handler's persistent state: a directory for each port, since two may run at once. */
const stateOf = (port) => path.join(root, "target", "handler-state", String(port));

/** The running servers. @type {{ process: import("node:child_process").ChildProcess, ended: Promise<unknown> }[]} */
const servers = [];

/** Whether a signal is ending this process: work that fails then is not reported. */
let isEnding = false;

await main(async () => {
  // Checks the ports before the build, which may take minutes.
  const { port, sandboxPort, once } = await freePorts(process.argv.slice(2), process.env);
  endWithServers();
  await setup();
  await build();
  const origins = { sandbox: `http://127.0.0.1:${sandboxPort}`, handler: `http://127.0.0.1:${port}` };
  try {
    const sandbox = ["pkg/bin/xinshi.js", "sandbox", "--port", String(sandboxPort)];
    await start("the sandbox", process.execPath, sandbox, "xinshi sandbox on", sandboxPort);
    // workerd's host needs a newer Node.js than the package does.
    const handler = ["scripts/handler/serve.mjs", String(port), origins.sandbox, stateOf(port)];
    await start("the handler", tool("node"), handler, "xinshi handler on", port);
    const failed = await showEverything(origins);
    if (once) return failed === 0 ? 0 : 1;
    process.stdout.write(
      `\nBoth serve on. Page: ${origins.handler}/ · inbox: ${origins.sandbox}/inbox · Ctrl-C ends them.\n`,
    );
    await Promise.race(servers.map(({ ended }) => ended));
    return failed === 0 ? 0 : 1;
  } catch (error) {
    if (!isEnding) throw error;
  } finally {
    await endServers();
  }
});

/** Ends the servers with this process, since they would keep their ports. npm passes SIGINT and SIGTERM on. */
function endWithServers() {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    process.once(signal, async () => {
      isEnding = true;
      await endServers();
      process.exit(128 + constants.signals[signal]);
    });
  }
}

/** Resolves when both servers have ended. */
async function endServers() {
  for (const { process } of servers) process.kill();
  await Promise.all(servers.map(({ ended }) => ended));
}

/** Starts a server and waits until it reports that it listens. */
async function start(name, program, args, greeting, port) {
  const child = spawn(program, args, { cwd: root, env: environment(), stdio: ["ignore", "pipe", "inherit"] });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  servers.push({ process: child, ended });
  const listening = new Promise((resolve) => {
    createInterface({ input: child.stdout }).on("line", (line) => line.startsWith(greeting) && resolve(true));
  });
  const started = await step(`starting ${name}`, () => Promise.race([listening, ended.then(() => false)]));
  if (!started) throw new Error(`${name} did not start on port ${port}`);
}

/** Runs every operation and prints a row for each; resolves to the number of failures. */
async function showEverything({ sandbox, handler }) {
  const { createSms, parsePush } = await import("xinshi");
  const { createSandbox } = await import("xinshi/sandbox");
  const { bulkEach } = await import("./every-bulk.mjs");
  const { codeEach } = await import("./every-code.mjs");
  const { pushEach } = await import("./every-push.mjs");
  const { queryEach } = await import("./every-query.mjs");
  const { receiptEach } = await import("./every-receipt.mjs");
  const { arrived, sendEach } = await import("./every-send.mjs");
  const world = { createSms, sandbox: createSandbox(), origin: sandbox };
  const rows = [["vendor", "operation", "wire", "outcome", "inbox, or answer"]];
  let failed = 0;
  const row = (right, { vendor, operation, wire }, outcome, seen) => {
    if (!right) failed += 1;
    rows.push([vendor, operation, wire, outcome, `${right ? "✓" : "✗"} ${shortened(seen)}`]);
  };
  for await (const sent of sendEach(world)) {
    const { way, plan, outcome, received } = sent;
    const right = arrived(sent) && plan.requests[0].operation === way.operation;
    const result = outcome.error ? `${outcome.status}: ${outcome.error.message}` : outcome.status;
    row(right, way, result, right ? `${received[0].to} ${received[0].text.split("\n")[0]}` : JSON.stringify(received));
  }
  for await (const { query, answer, error, right } of queryEach(world)) {
    row(right, query, error ? `${error.code}: ${error.message}` : "answered", JSON.stringify(answer));
  }
  for await (const { way, plan, outcomes, received, right } of bulkEach(world)) {
    const result = `${received.length} texts in ${outcomes.length} request${outcomes.length === 1 ? "" : "s"}`;
    row(right, way, result, received.map(([to, text]) => `${to} ${text}`).join(" · ") || JSON.stringify(plan.warnings));
  }
  const echo = await startEcho();
  for await (const { push, pushed, read, right } of pushEach({ parsePush, origin: sandbox, echo: echo.address })) {
    const { reports, replies } = read;
    const result = reports.length + replies.length > 0 ? "pushed" : "kept";
    row(right, push, result, result === "kept" ? pushed.body : JSON.stringify([...reports, ...replies]));
  }
  echo.server.close();
  for await (const { way, status, verified, again, text, right } of codeEach({ handler, sandbox })) {
    const result = `sent ${status}, verified ${verified}, again ${again}`;
    row(right, { vendor: "xinshi/edge", ...way }, result, text);
  }
  const { hookPath } = await import("xinshi/edge");
  const handling = { handler, sandbox, hookPath };
  for await (const { vendor, right, received, ...result } of receiptEach(handling)) {
    const { wire, status, delivery, replied, verified } = result;
    const way = { vendor: "xinshi/edge", operation: `a code by ${vendor}, pushed reports`, wire };
    row(right, way, `sent ${status}, ${delivery}, replied ${replied}, verified ${verified}`, received?.text);
  }
  print(rows);
  const all = rows.length - 1;
  process.stdout.write(`\n${all - failed} of ${all} operations did what the documents say.\n`);
  return failed;
}

/** Starts a server that returns what is posted to it, as the target of pushes. */
async function startEcho() {
  const server = createServer((request, response) => request.pipe(response));
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { server, address: `http://127.0.0.1:${server.address().port}/` };
}

function shortened(text = "") {
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}

/** Prints rows as columns; the last column has no maximum width. */
function print(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  for (const [index, row] of rows.entries()) {
    const line = row.map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column]))).join("  ");
    const colour = index === 0 ? "bold" : line.includes("✗") ? "red" : undefined;
    process.stdout.write(`${colour && process.stdout.isTTY ? styleText(colour, line) : line}\n`);
  }
}
