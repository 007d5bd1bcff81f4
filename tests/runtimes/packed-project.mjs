// A project that installed the packed tarball, as a user's does. It lies below `target`, where it finds the workbench's
// bundlers.
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { environment, root } from "../../scripts/run.mjs";

/**
 * Makes a project with files, by their names, and the package in it; returns its directory.
 * @param {string} name
 * @param {Record<string, string>} files
 */
export function packedProject(name, files = {}) {
  const project = path.join(root, "target", "consumers", name);
  rmSync(project, { recursive: true, force: true });
  const installed = path.join(project, "node_modules", "xinshi");
  mkdirSync(installed, { recursive: true });
  run("npm", ["pack", path.join(root, "pkg"), "--silent"], project);
  const tarball = readdirSync(project).find((file) => file.endsWith(".tgz"));
  run("tar", ["-xzf", tarball, "-C", installed, "--strip-components=1"], project);
  const manifest = JSON.stringify({ name: `uses-xinshi-by-${name}`, private: true, type: "module" });
  for (const [file, text] of Object.entries({ "package.json": manifest, ...files })) {
    mkdirSync(path.dirname(path.join(project, file)), { recursive: true });
    writeFileSync(path.join(project, file), text);
  }
  return project;
}

/**
 * Runs a program to its end; shows its output if it fails.
 * @param {string} program
 * @param {string[]} args
 * @param {string} cwd
 */
export function run(program, args, cwd) {
  const env = environment({ NODE_ENV: undefined, NEXT_TELEMETRY_DISABLED: "1", CI: "1", NO_COLOR: "1" });
  try {
    return execFileSync(program, args, { cwd, env, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  } catch (error) {
    throw new Error(`${program} ${args.join(" ")}\n${error.stdout}\n${error.stderr}`);
  }
}
