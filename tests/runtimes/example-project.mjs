// Examples of the package in projects that installed its tarball, started as their README says.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { createSandbox } from "xinshi/sandbox";
import { environment, root } from "../../scripts/run.mjs";
import { packedProject } from "./packed-project.mjs";

export const examples = path.join(root, "pkg-template", "examples");

/** A project with the files of an example, and the package installed from its tarball. */
export function projectOf(name, as = `example-${name}`) {
  const project = packedProject(as);
  cpSync(path.join(examples, name), project, { recursive: true });
  // No registry has the tarball's version.
  const config = path.join(project, "deno.json");
  if (existsSync(config)) writeFileSync(config, '{ "nodeModulesDir": "manual" }\n');
  if (existsSync(config)) writeFileSync(path.join(project, "package.json"), '{ "dependencies": { "xinshi": "*" } }\n');
  // Deno looks for a package's dependencies beside it, and no further up.
  for (const dependency of ["libphonenumber-js"]) {
    const link = path.join(project, "node_modules", dependency);
    mkdirSync(path.dirname(link), { recursive: true });
    if (!existsSync(link)) symlinkSync(path.join(root, "node_modules", dependency), link, "dir");
  }
  return project;
}

export function options(world) {
  return {
    vendors: { main: { ...createSandbox().config("smsadmin"), baseUrl: `${world.sandbox}/smsadmin` } },
    pepper: "a pepper that is long enough to be one",
    proof: { key: "a key for proofs that is long enough", audience: "my-app" },
    brand: "信使",
  };
}

/** Starts a server, waits until it reports that it listens, and ends it with the test. */
export async function listening(world, t, program, args, cwd, variables, greeting) {
  const env = environment({ XINSHI: JSON.stringify(options(world)), DENO_NO_UPDATE_CHECK: "1", ...variables });
  const child = spawn(program, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  t.after(async () => {
    if (child.exitCode !== null) return;
    child.kill();
    await once(child, "exit");
  });
  await new Promise((resolve, reject) => {
    child.once("exit", () => reject(new Error(output)));
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk) => {
        output += chunk;
        if (greeting.test(output)) resolve();
      });
    }
  });
}

let numbers = 0;
export const number = () => `+861381236${String(numbers).padStart(4, "0")}`;

export async function sendAndVerify(world, origin, headers = {}) {
  numbers += 1;
  const phone = number();
  const { status, body: sent } = await post(`${origin}/otp/send`, { phone }, headers);
  assert.equal(status, 202, JSON.stringify(sent));
  assert.equal((await post(`${origin}/otp/send`, { phone }, headers)).status, 429);
  const inbox = await fetch(`${world.sandbox}/inbox?to=${encodeURIComponent(phone)}`, {
    headers: { accept: "application/json" },
  });
  const [{ text }] = await inbox.json();
  const code = text.match(/\d{6}/)[0];
  const verified = await post(`${origin}/otp/verify`, { challenge: sent.challenge, code }, headers);
  assert.equal(verified.status, 200, JSON.stringify(verified.body));
  assert.equal((await post(`${origin}/otp/verify`, { challenge: sent.challenge, code }, headers)).status, 422);
  return { ...verified.body, challenge: sent.challenge };
}

export async function post(url, body, headers = {}) {
  const all = { "content-type": "application/json", ...headers };
  const response = await fetch(url, { method: "POST", headers: all, body: JSON.stringify(body) });
  return { status: response.status, body: await response.json() };
}
