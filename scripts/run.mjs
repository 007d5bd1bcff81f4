// Runs programs, and says what is going on when it takes long.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { fileURLToPath } from "node:url";

/** The project's root. */
export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..");

const bin = path.join(root, "node_modules", ".bin");

/** A program of a development dependency. */
export const tool = (name) => path.join(bin, name);

/** The environment in which development dependencies come first. */
export const environment = (extra = {}) => ({
  ...process.env,
  PATH: `${bin}${path.delimiter}${process.env.PATH}`,
  ...extra,
});

/** Runs a program to its end. Its output is shown, or kept and shown only if it fails. */
export async function run(program, args, { cwd = root, env = {}, quiet = false } = {}) {
  const child = spawn(program, args, {
    cwd,
    env: environment(env),
    stdio: ["ignore", quiet ? "pipe" : "inherit", quiet ? "pipe" : "inherit"],
  });
  let output = "";
  if (quiet) {
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (output += chunk));
  }
  const [status] = await Promise.race([
    once(child, "close"),
    once(child, "error").then(([error]) => Promise.reject(error)),
  ]);
  if (status !== 0) {
    throw new Error(`${path.basename(program)} ${args.join(" ")} ended with status ${status}\n${output.slice(-8000)}`);
  }
  return output;
}

/** What a program prints, or nothing where it is absent or fails. */
export function ask(program, args, env = {}) {
  const { status, stdout } = spawnSync(program, args, { cwd: root, env: environment(env), encoding: "utf8" });
  return status === 0 ? stdout.trim() : undefined;
}

/** Does a long thing under a line of progress on stderr: what it is, and every ten seconds how long it has taken. */
export async function step(title, work) {
  const started = Date.now();
  const seconds = () => `${Math.round((Date.now() - started) / 1000)} s`;
  process.stderr.write(`· ${title} …\n`);
  const ticking = setInterval(() => process.stderr.write(`· ${title} … ${seconds()}\n`), 10_000);
  try {
    return await work();
  } finally {
    clearInterval(ticking);
    if (Date.now() - started > 2000) process.stderr.write(`· ${title}: ${seconds()}\n`);
  }
}

/** Runs a script's main function and turns a failure into one readable message and status 1. */
export async function main(work) {
  try {
    process.exitCode = (await work()) ?? 0;
  } catch (error) {
    process.stderr.write(`\n${error.message}\n`);
    process.exitCode = 1;
  }
}
