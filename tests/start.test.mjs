// npm start, as a person starts it: on ports of its own, and ended by a signal. Everything is built before, and it
// builds nothing.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { createServer } from "node:net";
import path from "node:path";
import { test } from "node:test";
import { environment, root } from "../scripts/run.mjs";
import { freePorts } from "../scripts/start-options.mjs";
import { unusedOrigin } from "./runtimes/world.mjs";

const unusedPort = async () => Number(new URL(await unusedOrigin()).port);

test("options choose the ports before variables, and variables before the defaults", async () => {
  const [one, other] = [await unusedPort(), await unusedPort()];
  const ports = async (args, env = {}) => {
    const { port, sandboxPort } = await freePorts(args, env);
    return [port, sandboxPort];
  };
  const options = ["--port", String(one), "--sandbox-port", String(other)];
  assert.deepEqual(await ports(options), [one, other]);
  assert.deepEqual(await ports([], { PORT: String(other), SANDBOX_PORT: String(one) }), [other, one]);
  assert.deepEqual(await ports(options, { PORT: "1", SANDBOX_PORT: "1" }), [one, other]);
  for (const wrong of ["0", "65536", "80a", "", "-1", "1e3"]) {
    await assert.rejects(ports([`--port=${wrong}`, ...options.slice(2)]), /^Error: --port is a whole number from 1/);
    await assert.rejects(ports(options.slice(0, 2), { SANDBOX_PORT: wrong }), /--sandbox-port is a whole number/);
  }
  await assert.rejects(ports(["--port", String(one), "--sandbox-port", String(one)]), /cannot share port/);
  await assert.rejects(ports(["--prot", "1"]), /--prot/);
});

test("the error for a port in use names the port at once, and says what to do", async (t) => {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => server.close());
  const { port } = server.address();
  const free = String(await unusedPort());
  for (const [args, option] of [
    [["--port", String(port), "--sandbox-port", free], "--port"],
    [["--port", free, "--sandbox-port", String(port)], "--sandbox-port"],
  ]) {
    const { child, ended, output } = npmStart(args);
    assert.equal((await ended)[0], 1);
    assert.match(output(), new RegExp(`port ${port} is taken: choose another by npm start -- ${option} \\d+`));
    assert.doesNotMatch(output(), /setup|npm packages|building/, "before anything was begun");
    assert.notEqual(child.exitCode, null);
  }
});

for (const signal of ["SIGTERM", "SIGINT"]) {
  test(`it serves on the given ports, and ${signal} to npm ends both servers`, async (t) => {
    const [port, sandboxPort] = [await unusedPort(), await unusedPort()];
    const { child, ended, output } = npmStart(["--port", String(port), "--sandbox-port", String(sandboxPort)]);
    t.after(() => {
      child.kill();
      rmSync(path.join(root, "target", "handler-state", String(port)), { recursive: true, force: true });
    });
    const serves = (port, path) =>
      fetch(`http://127.0.0.1:${port}${path}`).then(
        ({ ok }) => ok,
        () => false,
      );
    const both = async () => [await serves(port, "/healthz"), await serves(sandboxPort, "/inbox")];
    while (!(await both()).every(Boolean)) {
      assert.equal(child.exitCode, null, output());
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    child.kill(signal);
    await ended;
    assert.deepEqual(await both(), [false, false], output());
    // The ports are free again for the next start.
    await freePorts(["--port", String(port), "--sandbox-port", String(sandboxPort)], {});
  });
}

/** Starts it; `ended` resolves when npm has ended. */
function npmStart(args) {
  const child = spawn("npm", ["start", "--", ...args], {
    cwd: root,
    env: environment(),
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (output += chunk));
  return { child, ended: once(child, "close"), output: () => output };
}
