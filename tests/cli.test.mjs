// `xinshi` as a person runs it.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const xinshi = fileURLToPath(new URL("../pkg/bin/xinshi.js", import.meta.url));

/** Runs a command line to its end. */
async function run(...args) {
  const child = spawn(process.execPath, [xinshi, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  const output = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"]) child[name].on("data", (chunk) => (output[name] += chunk));
  const [status] = await once(child, "close");
  return { status, ...output };
}

test("help is an answer, on stdout", async () => {
  const { status, stdout, stderr } = await run("--help");
  assert.equal(status, 0);
  assert.match(stdout, /xinshi sandbox \[--port 4010\]/);
  assert.equal(stderr, "");
});

test("a command line that cannot be followed ends with status 2 and says why on stderr", async () => {
  const wrong = [
    [],
    ["sandbx"],
    ["sandbox", "more"],
    ["sandbox", "--prot", "1"],
    ["sandbox", "--port", "many"],
    ["sandbox", "--port", "70000"],
  ];
  for (const args of wrong) {
    const { status, stdout, stderr } = await run(...args);
    assert.equal(status, 2, args.join(" "));
    assert.equal(stdout, "");
    assert.match(stderr, /^xinshi: .+\n\nxinshi sandbox/s);
  }
});

test("a port that is taken ends with status 1 and says what to do", async (t) => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  const { status, stderr } = await run("sandbox", "--port", String(server.address().port));
  assert.equal(status, 1);
  assert.match(stderr, /choose another port with --port/);
});

test("the sandbox prints where it is, serves, and ends when it is told to", async () => {
  const child = spawn(process.execPath, [xinshi, "sandbox", "--port", "0"], { stdio: ["ignore", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout });
  const [first] = await once(lines, "line");
  const origin = first.match(/^xinshi sandbox on (http:\/\/127\.0\.0\.1:\d+)$/)[1];
  const page = await fetch(`${origin}/inbox`);
  assert.equal(page.status, 200);
  assert.match(page.headers.get("content-type"), /^text\/html/);
  const large = await fetch(`${origin}/binstd/sms/send`, { method: "POST", body: "x".repeat((1 << 20) + 1) });
  assert.equal(large.status, 413);
  assert.equal((await fetch(`${origin}/nobody/x`)).status, 404);
  child.kill("SIGTERM");
  const [status] = await once(child, "exit");
  assert.equal(status, 0);
});
