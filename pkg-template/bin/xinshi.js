#!/usr/bin/env node
// npx xinshi sandbox: the five vendors, offline, over HTTP.
import { parseArgs } from "node:util";
import { createSandbox } from "../sandbox/node.js";
import { serve } from "../sandbox/server.js";

const USAGE = `xinshi sandbox [--port 4010] [--host 127.0.0.1] [--seed 0]

  Serves the five vendors' APIs offline, each below /{vendor}, and an inbox at /inbox.
  Nothing is sent to anybody. Ends on Ctrl-C.
`;

/** A command line that cannot be followed. */
class UsageError extends Error {}

/**
 * @param {string} name
 * @param {string} text
 * @param {number} most
 */
function whole(name, text, most) {
  if (/^\d{1,10}$/.test(text) && Number(text) <= most) return Number(text);
  throw new UsageError(`--${name} is a whole number from 0 to ${most}`);
}

/** @param {{ port: string, host: string, seed: string }} values */
async function sandbox(values) {
  const sandbox = createSandbox({ seed: whole("seed", values.seed, 2 ** 32 - 1) });
  const server = await serve(sandbox, { port: whole("port", values.port, 65535), host: values.host });
  const at = server.address();
  if (at === null || typeof at === "string") throw new Error("the server has no port");
  const origin = `http://${at.family === "IPv6" ? `[${at.address}]` : at.address}:${at.port}`;
  process.stdout.write(`xinshi sandbox on ${origin}\n`);
  for (const vendor of /** @type {const} */ (["liupai", "binstd", "liasmart", "apiv1", "smsadmin"])) {
    const config = { ...sandbox.config(vendor), baseUrl: `${origin}/${vendor}` };
    process.stdout.write(`  ${vendor.padEnd(9)} ${JSON.stringify(config)}\n`);
  }
  process.stdout.write(`  inbox     ${origin}/inbox\n`);
  for (const signal of ["SIGINT", "SIGTERM"]) {
    process.once(signal, () => {
      server.close();
      server.closeAllConnections();
    });
  }
}

async function main() {
  const { values, positionals } = parseArgs({
    options: {
      port: { type: "string", default: "4010" },
      host: { type: "string", default: "127.0.0.1" },
      seed: { type: "string", default: "0" },
      help: { type: "boolean", short: "h", default: false },
    },
    allowPositionals: true,
  });
  if (values.help) process.stdout.write(USAGE);
  else if (positionals.join(" ") === "sandbox") await sandbox(values);
  else
    throw new UsageError(
      positionals.length > 0 ? `there is no command "${positionals.join(" ")}"` : "a command is missing",
    );
}

try {
  await main();
} catch (error) {
  const { code = "", message } = /** @type {Error & { code?: string }} */ (error);
  const usage = error instanceof UsageError || code.startsWith("ERR_PARSE_ARGS");
  const hint = usage ? `\n${USAGE}` : code === "EADDRINUSE" ? "choose another port with --port\n" : "";
  process.stderr.write(`xinshi: ${message}\n${hint}`);
  process.exitCode = usage ? 2 : 1;
}
