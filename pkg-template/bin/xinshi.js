#!/usr/bin/env node
// npx xinshi: sends a text, plans it, queries a balance, prints a hook's URL, checks a service, or serves the sandbox.
import { readFileSync } from "node:fs";
import { buffer } from "node:stream/consumers";
import { parseArgs } from "node:util";
import { createSms, SmsError } from "xinshi";

const USAGE = `xinshi send    --to NUMBER --text TEXT [message options] [--timeout MS]
xinshi plan    --to NUMBER --text TEXT [message options]
xinshi balance [--account NAME]
xinshi hook-url --url ORIGIN [--account NAME]
xinshi doctor  [--url ORIGIN] [--account NAME]
xinshi sandbox [--port 4010] [--host 127.0.0.1] [--allow-host NAME]… [--seed 0] [--strict]
xinshi --version

  send     sends a text through the first account that takes it.
  plan     shows what would leave, and sends nothing.
  balance  asks an account, the first where none is named, what is left.
  hook-url prints the address that a vendor is to push an account's reports and replies to, of each account where none is
           named: the handler's --url (its basePath included), and a token made with the first of XINSHI_HOOK_KEYS, which
           is a key or a list of them in JSON. Whoever knows an address can report: show it to the vendor alone.
  doctor   checks credentials, balances, templates and the clock by what the vendors answer, and with --url the handler
           there and its hooks (by XINSHI_HOOK_KEYS). Names the next step of what is wrong. Sends no text.
  sandbox  serves the vendors offline, each below /{vendor}, and an inbox at /inbox. Nothing is sent to anybody.
           /inbox/wait?to=NUMBER waits for the code that arrives at a number.
           The inbox, and what orders faults and pushes, answer requests to an address, to localhost and to the names of
           --host and --allow-host, and none of other sites' pages. --strict rejects what strict carriers do.

  Message options: --kind otp|notice|marketing, --template ID, --ref REF, --account NAME. --text - reads stdin.
  Accounts are the "vendors" of createSms, in JSON: in the file that --config names, in the variable XINSHI, or in
  xinshi.config.json. Keys are taken from nowhere else, and never printed. --json prints JSON.

  Ends with 0 when it is done, 1 when it is rejected, 2 when the command line is wrong, and 3 when a text may or may not
  have been sent. After a text may have left, nothing else changes that: not an output that cannot be written, nor Ctrl-C.
`;

/** A mistake in the command line. */
class UsageError extends Error {}

const options = /** @type {const} */ ({
  to: { type: "string" },
  text: { type: "string" },
  kind: { type: "string" },
  template: { type: "string" },
  ref: { type: "string" },
  account: { type: "string" },
  timeout: { type: "string" },
  config: { type: "string" },
  json: { type: "boolean" },
  port: { type: "string" },
  host: { type: "string" },
  "allow-host": { type: "string", multiple: true },
  seed: { type: "string" },
  strict: { type: "boolean" },
  url: { type: "string" },
  help: { type: "boolean", short: "h" },
  version: { type: "boolean", short: "v" },
});

/** @typedef {ReturnType<typeof parseArgs<{ options: typeof options }>>["values"]} Values */

const MESSAGE = ["to", "text", "kind", "template", "ref", "account", "config", "json"];

/** The options of each command, and its function, which resolves to the exit status. */
const commands = /** @type {Record<string, { takes: string[], run: (values: Values) => Promise<number> }>} */ ({
  send: { takes: [...MESSAGE, "timeout"], run: send },
  plan: { takes: MESSAGE, run: plan },
  balance: { takes: ["account", "config", "json"], run: balance },
  "hook-url": { takes: ["url", "account", "config", "json"], run: hookUrl },
  doctor: { takes: ["url", "account", "config", "json"], run: doctor },
  sandbox: { takes: ["port", "host", "allow-host", "seed", "strict"], run: sandbox },
});

/** The exit status for the outcome of a text, once it may have been sent. @type {number | undefined} */
let statusOfText;

/** @param {Values} values */
async function send(values) {
  const message = await messageOf(values);
  const timeout = values.timeout === undefined ? {} : { timeoutMs: whole("timeout", values.timeout, 2 ** 31 - 1) };
  const { sms } = client(values);
  const account = values.account ? sms.vendor(values.account) : sms;
  const ended = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.once(signal, () => ended.abort());
  statusOfText = 3;
  const outcome = await account.send(message, { ...timeout, signal: ended.signal });
  statusOfText = { accepted: 0, partial: 0, rejected: 1, unknown: 3 }[outcome.status];
  if (values.json) print(JSON.stringify(outcome));
  else if (outcome.status === "accepted") {
    for (const warning of outcome.warnings) complain(`${warning.code}: ${warning.message}`);
    const id = outcome.id ? `, id ${outcome.id}` : "";
    print(
      `accepted by ${outcome.account} (${outcome.vendor}): ${outcome.segments} segment(s), ref ${outcome.ref}${id}`,
    );
  } else if (outcome.status !== "partial") {
    complain(`${outcome.status} by ${outcome.account} (${outcome.vendor}): ${outcome.error.message}`);
  }
  return statusOfText;
}

/** @param {Values} values */
async function plan(values) {
  const message = await messageOf(values);
  const { sms } = client(values);
  const plan = values.account ? sms.plan(message, values.account) : sms.plan(message);
  if (values.json) print(JSON.stringify(plan));
  else {
    for (const request of plan.requests) print(request.toCurl());
    print(`${plan.segments} segment(s), ${plan.characters} characters, account ${plan.account ?? "none"}`);
    for (const warning of plan.warnings) complain(`${warning.code}: ${warning.message}`);
    if (plan.rejected) complain(`rejected: ${plan.rejected.message}`);
  }
  return plan.rejected ? 1 : 0;
}

/** @param {Values} values */
async function balance(values) {
  const { sms, first } = client(values);
  const account = values.account ?? first;
  const vendorClient = sms.vendor(account);
  if (!("balance" in vendorClient)) throw new UsageError(`the vendor of ${account} has no balance to ask for`);
  const answer = await vendorClient.balance();
  print(values.json ? JSON.stringify(answer) : `${answer.remaining} texts left at ${account}`);
  return 0;
}

/** @param {Values} values */
async function hookUrl(values) {
  const key = hookKey();
  const origin = originOf("hook-url", values.url);
  const accounts = values.account ? [values.account] : Object.keys(configured(values).vendors ?? {});
  const { hookPath } = await import("xinshi/edge");
  const urls = Object.fromEntries(accounts.map((account) => [account, origin + hookPath(key, account)]));
  if (values.json) print(JSON.stringify(urls));
  else for (const [account, url] of Object.entries(urls)) print(values.account ? url : `${account}  ${url}`);
  return 0;
}

/** @param {Values} values */
async function doctor(values) {
  const url = values.url === undefined ? undefined : originOf("doctor", values.url);
  const { hookPath } = await import("xinshi/edge");
  const key = process.env.XINSHI_HOOK_KEYS === undefined ? undefined : hookKey();
  const { vendors = {} } = configured(values);
  const { examine } = await import("./doctor.js");
  const findings = [];
  const given = {
    vendors,
    ...(values.account !== undefined && { account: values.account }),
    ...(url !== undefined && { url }),
    ...(key !== undefined && { hookPath: (/** @type {string} */ account) => hookPath(key, account) }),
  };
  for await (const finding of examine(given)) {
    findings.push(finding);
    const { account, check, state, message, next } = finding;
    const what = account === undefined ? check : `${check} of ${account}`;
    if (!values.json) print(`${state.padEnd(9)} ${what}: ${message}${next ? `\n          next: ${next}` : ""}`);
  }
  if (values.json) print(JSON.stringify(findings));
  return findings.some(({ state }) => state === "failed") ? 1 : 0;
}

/** The origin of --url, perhaps with a base path. @param {string} command @param {string | undefined} url */
function originOf(command, url = "") {
  const origin = url.replace(/\/+$/, "");
  if (!/^https?:\/\/[^/?#]/.test(origin)) throw new UsageError(`${command} wants --url https://otp.example.com`);
  return origin;
}

/** The key that makes tokens. Only the environment carries it: other users of a machine can read command lines. */
function hookKey() {
  const written = process.env.XINSHI_HOOK_KEYS ?? "";
  let keys = [written];
  if (written.trimStart().startsWith("[")) {
    try {
      keys = JSON.parse(written);
    } catch {
      throw new UsageError("XINSHI_HOOK_KEYS is neither a key nor a list of them in JSON");
    }
  }
  const [key] = keys;
  if (typeof key !== "string" || Buffer.byteLength(key) < 32) {
    throw new UsageError("XINSHI_HOOK_KEYS is missing: the handler's hookKeys, each at least 32 random bytes");
  }
  return key;
}

/** @param {Values} values */
async function sandbox({ port = "4010", host = "127.0.0.1", seed = "0", "allow-host": allowed = [], strict = false }) {
  const { createSandbox } = await import("xinshi/sandbox");
  const { serve } = await import("../sandbox/server.js");
  const sandbox = createSandbox({ seed: whole("seed", seed, 2 ** 32 - 1), hosts: [host, ...allowed], strict });
  const server = await serve(sandbox, { port: whole("port", port, 65535), host });
  const at = server.address();
  if (at === null || typeof at === "string") throw new Error("the server has no port");
  const origin = `http://${at.family === "IPv6" ? `[${at.address}]` : at.address}:${at.port}`;
  print(`xinshi sandbox on ${origin}`);
  const { vendors } = await import("../vendors/index.js");
  for (const { name: vendor } of vendors) {
    print(`  ${vendor.padEnd(9)} ${JSON.stringify({ ...sandbox.config(vendor), baseUrl: `${origin}/${vendor}` })}`);
  }
  print(`  inbox     ${origin}/inbox`);
  for (const signal of ["SIGINT", "SIGTERM"]) {
    process.once(signal, () => {
      server.close();
      server.closeAllConnections();
    });
  }
  return 0;
}

/** @param {Values} values */
async function messageOf(values) {
  if (values.to === undefined || values.text === undefined) throw new UsageError("--to and --text are wanted");
  const read = async () => decoded(await buffer(process.stdin), "what --text - reads").replace(/\r?\n$/, "");
  const text = values.text === "-" ? await read() : values.text;
  const { kind, template, ref } = values;
  return /** @type {import("../client/index.js").Message} */ ({
    to: values.to,
    text,
    ...(kind && { kind }),
    ...(template && { templateId: template }),
    ...(ref && { ref }),
  });
}

/** @param {Values} values */
function client(values) {
  const options = configured(values);
  const sms = createSms(options);
  return { sms, first: String(options.order?.[0] ?? Object.keys(options.vendors)[0]) };
}

/** The JSON of the configuration. @param {Values} values */
function configured({ config }) {
  const DEFAULT = "xinshi.config.json";
  let json = config === undefined ? process.env.XINSHI : undefined;
  const place = json === undefined ? (config ?? DEFAULT) : "the variable XINSHI";
  try {
    json ??= decoded(readFileSync(place), place);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const { code } = /** @type {NodeJS.ErrnoException} */ (error);
    throw new UsageError(
      `there are no accounts: ${place} cannot be read (${code}), and the variable XINSHI is not set`,
    );
  }
  try {
    return JSON.parse(json.replace(/^\uFEFF/, ""));
  } catch {
    // The parser's message would repeat a part of the text, which may be a secret.
    throw new UsageError(`${place} is not JSON`);
  }
}

/**
 * Decodes a file: UTF-8, or UTF-16 with a byte-order mark, as PowerShell writes it. Rejects any other bytes.
 * @param {Uint8Array} bytes
 * @param {string} what
 */
function decoded(bytes, what) {
  const [first, second] = bytes;
  const charset =
    first === 0xff && second === 0xfe ? "utf-16le" : first === 0xfe && second === 0xff ? "utf-16be" : "utf-8";
  try {
    return new TextDecoder(charset, { fatal: true }).decode(bytes);
  } catch {
    throw new UsageError(`${what} is not UTF-8`);
  }
}

/**
 * @param {string} name
 * @param {string} text
 * @param {number} max
 */
function whole(name, text, max) {
  if (/^\d{1,10}$/.test(text) && Number(text) <= max) return Number(text);
  throw new UsageError(`--${name} is a whole number from 0 to ${max}`);
}

/** @param {string} line */
const print = (line) => process.stdout.write(`${line}\n`);
/** @param {string} line */
const complain = (line) => process.stderr.write(`${line}\n`);

async function main() {
  const { values, positionals, tokens } = parseArgs({ options, allowPositionals: true, tokens: true });
  if (values.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  if (values.version) {
    print(JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")).version);
    return 0;
  }
  const name = positionals.join(" ");
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (!command) throw new UsageError(name ? `there is no command "${name}"` : "a command is missing");
  const unused = Object.keys(values).find((option) => !command.takes.includes(option));
  if (unused) throw new UsageError(`${name} takes no --${unused}`);
  // Rejects an option given twice: parseArgs would silently drop the first value.
  const given = tokens.flatMap((token) => (token.kind === "option" ? [token.name] : []));
  const twice = given.find((option, at) => option !== "allow-host" && given.indexOf(option) < at);
  if (twice) throw new UsageError(`--${twice} is given twice`);
  return command.run(values);
}

/** Prints one line about an error, and exits with its status. @param {unknown} error */
function failed(error) {
  const { code = "", message, port, address } = /** @type {NodeJS.ErrnoException & Record<string, unknown>} */ (error);
  const usage = error instanceof UsageError || code.startsWith("ERR_PARSE_ARGS");
  const where = error instanceof SmsError && error.field ? ` (${error.field})` : "";
  const portInUse = `port ${port} of ${address} is taken: choose another port with --port`;
  const text = code === "EADDRINUSE" ? portInUse : `${message}${where}${usage ? "; see xinshi --help" : ""}`;
  complain(`xinshi: ${text.replaceAll(/\s*\n\s*/g, " ")}`);
  process.exitCode = statusOfText ?? (usage ? 2 : 1);
}

process.stdout.on("error", (error) => {
  // A reader that stops early, such as head, is not an error.
  if (/** @type {NodeJS.ErrnoException} */ (error).code !== "EPIPE") {
    failed(new Error(`the output cannot be written: ${error.message}`));
  }
});
// When stderr is closed, there is nowhere to report it.
process.stderr.on("error", () => {});
process.on("uncaughtException", (error) => {
  failed(error);
  process.exit();
});

try {
  const status = await main();
  process.exitCode ??= status;
} catch (error) {
  failed(error);
}
