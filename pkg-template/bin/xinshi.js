#!/usr/bin/env node
// npx xinshi sandbox: the five vendors, offline, over HTTP.
import { parseArgs } from "node:util";
import { createSandbox } from "../sandbox/node.js";
import { serve } from "../sandbox/server.js";

const USAGE = `xinshi sandbox [--port 4010] [--host 127.0.0.1] [--seed 0]

  Serves the five vendors' APIs offline, each below /{vendor}, and an inbox at /inbox.
  Nothing is sent to anybody. Ends on Ctrl-C.
`;

function whole(name, text, most) {
  if (!/^\d{1,10}$/.test(text) || Number(text) > most) throw new Error(`--${name} is a whole number from 0 to ${most}`);
  return Number(text);
}

function usage(message) {
  process.stderr.write(message ? `xinshi: ${message}\n\n${USAGE}` : USAGE);
  process.exitCode = 2;
}

async function sandbox(values) {
  const sandbox = createSandbox({ seed: whole("seed", values.seed, 2 ** 32 - 1) });
  const server = await serve(sandbox, { port: whole("port", values.port, 65535), host: values.host });
  const { address, port, family } = server.address();
  const origin = `http://${family === "IPv6" ? `[${address}]` : address}:${port}`;
  process.stdout.write(`xinshi sandbox on ${origin}\n`);
  for (const vendor of ["liupai", "binstd", "liasmart", "apiv1", "smsadmin"]) {
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

try {
  const options = {
    port: { type: "string", default: "4010" },
    host: { type: "string", default: "127.0.0.1" },
    seed: { type: "string", default: "0" },
    help: { type: "boolean", short: "h", default: false },
  };
  const { values, positionals } = parseArgs({ options, allowPositionals: true });
  if (values.help) process.stdout.write(USAGE);
  else if (positionals.length === 1 && positionals[0] === "sandbox") await sandbox(values);
  else usage(positionals.length > 0 ? `there is no command ${positionals.join(" ")}` : "");
} catch (error) {
  if (error.code === "EADDRINUSE") {
    process.stderr.write(`xinshi: the port is taken: choose another with --port (${error.message})\n`);
    process.exitCode = 1;
  } else if (error.code?.startsWith("ERR_PARSE_ARGS") || error.message.startsWith("--")) {
    usage(error.message);
  } else {
    process.stderr.write(`xinshi: ${error.message}\n`);
    process.exitCode = 1;
  }
}
