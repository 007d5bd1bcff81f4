// Runs the examples of both READMEs unchanged.
import assert from "node:assert/strict";
import { execFile, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { createSms } from "xinshi";
import { createSandbox } from "xinshi/sandbox";
import { vendors } from "xinshi/vendors";
import { serve } from "../pkg/sandbox/server.js";
import { environment, root, tool } from "../scripts/run.mjs";
import { unusedOrigin } from "./runtimes/world.mjs";

const expectedOutputs = {
  "README.md":
    /^(smsadmin 已接受，计费 1 条|smsadmin accepted it, 1 segment|aliyun accepted\naccepted accepted\naliyun 【信使】您的验证码是112233)/,
  "pkg-template/README.md":
    /(accepted|tencent 【信使】您的验证码是778899，5分钟内有效。|verified \+8613812345678|1 【信使】|Set\(1\) \{ '13812345678' \}|0 accepted \[ '\+8613812345678', '\+8613912345678' \]|\{ index: 0, why: 'the number was issued by telecom' \})\n$/,
};

for (const [file, expected] of Object.entries(expectedOutputs)) {
  const examples = [...readFileSync(path.join(root, file), "utf8").matchAll(/```js\n(.*?)```/gs)].map(
    ([, code]) => code,
  );
  test(`${file} has as many examples in each language`, () =>
    assert.ok(examples.length > 0 && examples.length % 2 === 0));
  for (const [index, example] of examples.entries()) {
    test(`example ${index + 1} of ${file} gives the result that it shows`, (t) => {
      const project = mkdtempSync(path.join(tmpdir(), "xinshi-readme-"));
      t.after(() => rmSync(project, { recursive: true, force: true }));
      symlinkSync(path.join(root, "node_modules"), path.join(project, "node_modules"), "dir");
      writeFileSync(path.join(project, "example.mjs"), example);
      const output = execFileSync(process.execPath, ["example.mjs"], { cwd: project, encoding: "utf8" });
      assert.match(output, expected);
    });
  }
}

test("curl alone sends and verifies a code, as the README says", async (t) => {
  const blocks = [
    ...readFileSync(path.join(root, "pkg-template/README.md"), "utf8").matchAll(/```sh\n(challenge=.*?)```/gs),
  ];
  assert.equal(blocks.length, 2);
  const sandbox = await serve(createSandbox(), { port: 0, host: "127.0.0.1" });
  t.after(() => sandbox.close());
  const inbox = `127.0.0.1:${sandbox.address().port}`;
  const port = new URL(await unusedOrigin()).port;
  const state = mkdtempSync(path.join(tmpdir(), "xinshi-state-"));
  const args = ["scripts/handler/serve.mjs", port, `http://${inbox}`, state];
  const handler = spawn(tool("node"), args, { cwd: root, env: environment(), stdio: ["ignore", "pipe", "inherit"] });
  t.after(() => {
    handler.kill();
    rmSync(state, { recursive: true, force: true });
  });
  await once(handler.stdout, "data");
  for (const [, block] of blocks) {
    const script = block.replaceAll("127.0.0.1:8787", `127.0.0.1:${port}`).replaceAll("127.0.0.1:4010", inbox);
    const answer = await new Promise((resolve) => execFile("bash", ["-c", script], (_, output) => resolve(output)));
    assert.equal(JSON.parse(answer).verified, true);
  }
});

test("the command line prints what the README shows", async (t) => {
  const blocks = [
    ...readFileSync(path.join(root, "pkg-template/README.md"), "utf8").matchAll(/```sh\n(export XINSHI=.*?)```/gs),
  ];
  assert.equal(blocks.length, 2);
  const sandbox = await serve(createSandbox(), { port: 0, host: "127.0.0.1" });
  t.after(() => {
    sandbox.closeAllConnections();
    sandbox.close();
  });
  const { appkey } = createSandbox().config("binstd");
  const at = `"vendor":"binstd","baseUrl":"http://127.0.0.1:${sandbox.address().port}/binstd","appkey":"${appkey}"`;
  for (const [, block] of blocks) {
    // No text may reach the real vendor, so the commands run with another account.
    const commands = block.replace(/"vendor":"binstd","appkey":"…"/, () => at);
    assert.ok(commands.includes(at));
    const script = `set -e\nnpx() { shift; "${process.execPath}" "${path.join(root, "pkg/bin/xinshi.js")}" "$@"; }\n${commands}`;
    const { error, output } = await new Promise((resolve) =>
      execFile("bash", ["-c", script], (error, stdout, stderr) => resolve({ error, output: stdout + stderr })),
    );
    assert.equal(error, null, output);
    assert.match(
      output,
      /^curl -X POST .*^1 segment.*^accepted by main.*texts left at main\nmain {2}https:\/\/otp\.example\.com\/hooks\/main\/\S+\nok +options: 1 account.*^unchecked handler.*^\d+\.\d+\.\d+\n/ms,
    );
  }
});

test("the README's package installs as it says", (t) => {
  const project = mkdtempSync(path.join(tmpdir(), "xinshi-installed-"));
  t.after(() => rmSync(project, { recursive: true, force: true }));
  const npm = (...args) =>
    execFileSync("npm", args, { cwd: project, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  const packed = npm("pack", path.join(root, "pkg"), "--silent").trim();
  for (const file of ["README.md", "pkg-template/README.md"]) {
    const named = readFileSync(path.join(root, file), "utf8").match(/npm install \S+\.tgz/g);
    assert.deepEqual([...new Set(named)], [`npm install ../xinshi/${packed}`], file);
  }
  // The one dependency comes from this repository instead of a registry.
  const overrides = { jose: `file:${path.join(root, "node_modules", "jose")}` };
  writeFileSync(path.join(project, "package.json"), JSON.stringify({ private: true, type: "module", overrides }));
  npm("install", "--offline", "--no-audit", "--no-fund", `./${packed}`);
  const program = `const { createHandler } = await import("xinshi/edge");
    const without = await import("xinshi/country").catch(({ message }) => message);
    console.log(typeof createHandler, without);`;
  const output = execFileSync(process.execPath, ["--input-type=module", "--eval", program], {
    cwd: project,
    encoding: "utf8",
  });
  assert.match(output, /^function Cannot find package 'libphonenumber-js'/);
  const manifest = JSON.parse(readFileSync(path.join(project, "node_modules/xinshi/package.json"), "utf8"));
  assert.equal(manifest.dependencies, undefined);
  for (const range of Object.values(manifest.peerDependencies)) assert.match(range, /^\^/);
});

test("the table of operations matches each vendor's client", () => {
  const sandbox = createSandbox();
  const all = vendors.map(({ name }) => name);
  const offered = (vendor) => {
    const client = createSms({ vendors: { main: sandbox.config(vendor) } }).vendor("main");
    return Object.entries(client).flatMap(([name, value]) =>
      typeof value === "function" ? [name] : Object.keys(value).map((inner) => `${name}.${inner}`),
    );
  };
  const tables = readFileSync(path.join(root, "pkg/README.md"), "utf8").match(/\| `send` `sendMany` \|.*?\n\n/gs);
  assert.equal(tables.length, 2);
  for (const table of tables) {
    const listed = Object.fromEntries(all.map((vendor) => [vendor, ["plan"]]));
    for (const row of table.trim().split("\n")) {
      const [, names, ...marks] = row.split("|").map((cell) => cell.trim());
      let group = "";
      for (const [, written] of names.matchAll(/`([^`(]+)[^`]*`/g)) {
        const name = written.startsWith(".") ? `${group}${written}` : written;
        group = name.split(".")[0];
        for (const [index, vendor] of all.entries()) if (marks[index] === "✓") listed[vendor].push(name);
      }
    }
    for (const vendor of all) assert.deepEqual(listed[vendor].sort(), offered(vendor).sort(), vendor);
  }
});

test("every documented operation has a fixture and a line in both tables", () => {
  const home = path.join(root, "tests/fixtures");
  const documented = readdirSync(home).flatMap((vendor) =>
    readdirSync(path.join(home, vendor)).flatMap((file) => {
      const { request, requests, push } = JSON.parse(readFileSync(path.join(home, vendor, file), "utf8"));
      const operations = push
        ? [`push ${file.split(".")[1]}`]
        : (requests ?? [request ?? {}]).map((one) => one.operation);
      return operations.filter(Boolean).map((operation) => `${vendor} ${operation}`);
    }),
  );
  const expected = [...new Set(documented)].sort();
  // The seven documents have 50 endpoints, 8 described pushes and 5 announced ones.
  const counts = { liupai: 10, liasmart: 2, binstd: 12, apiv1: 6, smsadmin: 15, aliyun: 11, tencent: 7 };
  assert.deepEqual(Object.keys(counts).sort(), vendors.map(({ name }) => name).sort());
  for (const [vendor, count] of Object.entries(counts)) {
    assert.equal(expected.filter((one) => one.startsWith(`${vendor} `)).length, count, vendor);
  }
  const readme = readFileSync(path.join(root, "pkg/README.md"), "utf8");
  const tables = readme.match(/\| (供应商|vendor) \| (文档中的接口|in its document) .*?\n\n/gs);
  assert.equal(tables.length, 2);
  for (const table of tables) {
    const lines = table.trim().split("\n").slice(2);
    const rows = lines.map((line) => line.match(/^\| (\w+) \| (推送 |push )?`([^`]+)` \| `(send|parse|[a-z]+)/));
    const named = rows.map(([, vendor, pushed, operation]) => `${vendor} ${pushed ? "push " : ""}${operation}`);
    // Two methods may call one operation of the vendor's.
    assert.deepEqual([...new Set(named)].sort(), expected);
  }
});
