// Runs programs, and reports progress when one takes long.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { fileURLToPath } from "node:url";

/** The project's root. */
export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..");

const bin = path.join(root, "node_modules", ".bin");

/** A program of a development dependency. */
export const tool = (name) => path.join(bin, name);

/** The environment, with the development dependencies first in its path. */
export const environment = (extra = {}) => ({
  ...process.env,
  PATH: `${bin}${path.delimiter}${process.env.PATH}`,
  ...extra,
});

/** Runs a program to its end. Shows its output; with `quiet`, only if it fails. */
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

/** The output of a program; undefined if it is absent or fails. */
export function outputOf(program, args, env = {}) {
  const { status, stdout } = spawnSync(program, args, { cwd: root, env: environment(env), encoding: "utf8" });
  return status === 0 ? stdout.trim() : undefined;
}

/** Runs work with progress on stderr: its title, and every ten seconds the time it has taken. */
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

/**
 * Runs works side by side: most steps keep one core busy. Waits for all of them, so that no program outlives the script, and
 * then fails with every failure.
 */
export async function together(...works) {
  const ends = await Promise.allSettled(works.map((work) => work()));
  const failures = ends.flatMap((end) => (end.status === "rejected" ? [end.reason.message] : []));
  if (failures.length > 0) throw new Error(failures.join("\n\n"));
}

/** Runs a script's main function. A failure becomes one readable message and status 1. */
export async function main(work) {
  try {
    process.exitCode = (await work()) ?? 0;
  } catch (error) {
    process.stderr.write(`\n${error.message}\n`);
    process.exitCode = 1;
  }
}
