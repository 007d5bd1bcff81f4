// The command `xinshi`, as a person runs it.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, request } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { createSandbox } from "xinshi/sandbox";
import { serve } from "../pkg/sandbox/server.js";

const xinshi = fileURLToPath(new URL("../pkg/bin/xinshi.js", import.meta.url));

/** Runs a command line to its end; the environment carries the accounts. */
async function run(args, { accounts, input = "", env: more } = {}) {
  const { XINSHI: _, ...env } = process.env;
  if (accounts) env.XINSHI = JSON.stringify({ vendors: accounts });
  Object.assign(env, more);
  const child = spawn(process.execPath, [xinshi, ...args], { env, cwd: tmpdir(), stdio: ["pipe", "pipe", "pipe"] });
  child.stdin.end(input);
  const output = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"]) child[name].on("data", (chunk) => (output[name] += chunk));
  const [status] = await once(child, "close");
  return { status, ...output };
}

test("help goes to stdout with status 0", async () => {
  const { status, stdout, stderr } = await run(["--help"]);
  assert.equal(status, 0);
  assert.match(stdout, /xinshi send .*xinshi sandbox \[--port 4010\]/s);
  assert.equal(stderr, "");
});

test("a wrong command line ends with status 2 and a reason on stderr", async () => {
  const wrong = [
    [],
    ["sandbx"],
    ["sandbox", "more"],
    ["sandbox", "--prot", "1"],
    ["sandbox", "--port", "many"],
    ["sandbox", "--port", "70000"],
    ["sandbox", "--to", "1"],
    ["send", "--to", "13812345678"],
    ["send", "--to", "13812345678", "--text", "x"],
    ["send", "--to", "13812345678", "--to", "13912345678", "--text", "【信使】1"],
    ["balance", "--config", "/nowhere.json"],
    ["constructor"],
  ];
  for (const args of wrong) {
    const { status, stdout, stderr } = await run(args);
    assert.equal(status, 2, args.join(" "));
    assert.equal(stdout, "");
    assert.match(stderr, /^xinshi: [^\n]+; see xinshi --help\n$/, "one line, which is the last");
  }
});

test("--version prints the package's version", async () => {
  const { version } = JSON.parse(readFileSync(new URL("../pkg/package.json", import.meta.url), "utf8"));
  for (const args of [["--version"], ["-v"], ["send", "--version"]]) {
    assert.deepEqual(await run(args), { status: 0, stdout: `${version}\n`, stderr: "" });
  }
});

test("a port in use ends with status 1 and an error that says what to do", async (t) => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  const { status, stderr } = await run(["sandbox", "--port", String(server.address().port)]);
  assert.equal(status, 1);
  assert.match(stderr, /choose another port with --port/);
});

test("the sandbox prints its address, serves, and ends on a signal", async (t) => {
  const child = spawn(process.execPath, [xinshi, "sandbox", "--port", "0"], { stdio: ["ignore", "pipe", "inherit"] });
  t.after(() => child.kill());
  const lines = createInterface({ input: child.stdout });
  const [first] = await once(lines, "line");
  const origin = first.match(/^xinshi sandbox on (http:\/\/127\.0\.0\.1:\d+)$/)[1];
  const page = await fetch(`${origin}/inbox`);
  assert.equal(page.status, 200);
  assert.match(page.headers.get("content-type"), /^text\/html/);
  const large = await fetch(`${origin}/binstd/sms/send`, { method: "POST", body: "x".repeat((1 << 20) + 1) });
  assert.equal(large.status, 413);
  assert.equal((await fetch(`${origin}/nobody/x`)).status, 404);
  await assertRejectsOtherSites(origin);
  child.kill("SIGTERM");
  const [status] = await once(child, "exit");
  assert.equal(status, 0);
});

/** Sends a request with headers that no `fetch` sends; resolves to its status. */
function statusOf(origin, { path, method = "GET", headers = {}, body = "" }) {
  return new Promise((resolve, reject) => {
    const sent = request(origin + path, { method, headers }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    sent.once("error", reject).end(body);
  });
}

/** The inbox and the controls answer only the sandbox's own host and this machine's pages. */
async function assertRejectsOtherSites(origin) {
  const { host } = new URL(origin);
  const order = JSON.stringify({ vendor: "apiv1", fault: "http500" });
  const push = JSON.stringify({ url: `${origin}/nobody/x`, kind: "report", to: "13812345678" });
  const reply = JSON.stringify({ vendor: "apiv1", from: "13812345678", text: "TD" });
  for (const [method, path, body, status] of [
    ["GET", "/", "", 303],
    ["GET", "/inbox", "", 200],
    ["DELETE", "/inbox", "", 204],
    ["POST", "/faults", order, 204],
    ["DELETE", "/faults", "", 204],
    ["POST", "/replies", reply, 204],
    ["POST", "/push/apiv1", push, 200],
  ]) {
    const get = (headers) => statusOf(origin, { path, method, headers, body });
    assert.equal(await get({}), status, path);
    assert.equal(await get({ origin }), status, path);
    for (const foreign of [
      { host: "evil.example" },
      { host: `evil.example:${new URL(origin).port}`, origin: "http://evil.example" },
      { host, origin: "https://evil.example" },
      { host, origin: "null" },
      { host, "sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors" },
    ]) {
      assert.equal(await get(foreign), 403, `${path} ${JSON.stringify(foreign)}`);
    }
  }
  // A vendor answers under any host name, to a request with its password.
  assert.equal(await statusOf(origin, { path: "/binstd/sms/send?appkey=x", headers: { host: "vendor" } }), 200);
}

test("the sandbox answers under the host names that its options list", async (t) => {
  const args = [xinshi, "sandbox", "--port", "0", "--allow-host", "sandbox", "--allow-host", "sms.test"];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  t.after(() => child.kill());
  const [first] = await once(createInterface({ input: child.stdout }), "line");
  const origin = first.match(/http:\S+$/)[0];
  const get = (host) => statusOf(origin, { path: "/inbox", headers: { host } });
  assert.deepEqual(
    await Promise.all(["sandbox:4010", "sms.test", "localhost", "other.test"].map(get)),
    [200, 200, 200, 403],
  );
  child.kill("SIGTERM");
  await once(child, "exit");
});

test("a strict sandbox rejects the texts that carriers reject", async (t) => {
  for (const [more, status] of [
    [[], 0],
    [["--strict"], 1],
  ]) {
    const child = spawn(process.execPath, [xinshi, "sandbox", "--port", "0", ...more], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    t.after(() => child.kill());
    const [first] = await once(createInterface({ input: child.stdout }), "line");
    const account = { ...createSandbox().config("apiv1"), baseUrl: `${first.match(/http:\S+$/)[0]}/apiv1` };
    const sent = await run(["send", "--to", "13812345678", "--text", "您的订单已发货"], {
      accounts: { main: account },
    });
    assert.equal(sent.status, status, sent.stderr);
    child.kill("SIGTERM");
    await once(child, "exit");
  }
});

test("the command line plans, sends and queries a text, and prints no key", async (t) => {
  const sandbox = createSandbox();
  const server = await serve(sandbox, { port: 0, host: "127.0.0.1" });
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const origin = `http://127.0.0.1:${server.address().port}`;
  const account = (vendor) => ({ ...sandbox.config(vendor), baseUrl: `${origin}/${vendor}` });
  const accounts = { main: account("apiv1"), spare: account("binstd"), none: account("liasmart") };
  const keys = [accounts.main.password, accounts.spare.appkey, accounts.none.apiPassword];
  const message = ["--to", "13812345678", "--text", "【信使】您的验证码是1234", "--kind", "otp"];
  const order = (fault) => sandbox.fetch("http://x/faults", { method: "POST", body: JSON.stringify(fault) });
  const results = [];
  const runs = async (args, options) => {
    const result = await run(args, { accounts, ...options });
    results.push(result);
    return result;
  };

  const planned = await runs(["plan", ...message]);
  assert.equal(planned.status, 0, planned.stderr);
  assert.match(planned.stdout, /^curl -X POST .*pwd=\[redacted\].*\n1 segment/);
  assert.match(planned.stderr, /plaintext_http/);
  assert.equal((await runs(["plan", "--to", "1", "--text", "x"])).status, 1);

  const unsigned = ["--to", "(+86) 138-1234 5678", "--text", "1", "--kind", "marketing"];
  const warned = await runs(["send", ...unsigned, "--ref", "r0"]);
  assert.match(`${warned.status} ${warned.stdout}`, /^0 accepted by main/);
  assert.match(warned.stderr, /^no_signature: .*\nno_opt_out: .*\nplaintext_http: /);
  const nonsense = await runs(["send", "--to", "1 415 555 0123", "--text", "【信使】1"]);
  assert.match(`${nonsense.status} ${nonsense.stderr}`, /^1 .*country code/);
  await fetch(`${origin}/inbox`, { method: "DELETE" });

  const sent = await runs(["send", ...message, "--ref", "r1"]);
  assert.equal(`${sent.status} ${sent.stdout}`, "0 accepted by main (apiv1): 1 segment(s), ref r1, id r1\n");
  const piped = await runs(["send", "--to", "13812345678", "--text", "-", "--account", "spare", "--json"], {
    input: "【信使】来自管道\n",
  });
  assert.equal(JSON.parse(piped.stdout).vendor, "binstd");
  const inbox = await (await fetch(`${origin}/inbox`, { headers: { accept: "application/json" } })).json();
  assert.deepEqual(
    inbox.map(({ text }) => text),
    ["【信使】您的验证码是1234", "【信使】来自管道"],
  );

  await order({ vendor: "apiv1", fault: "reject", code: "03" });
  const rejected = await runs(["send", ...message, "--account", "main"]);
  assert.equal(rejected.status, 1);
  assert.match(rejected.stderr, /^rejected by main \(apiv1\): the vendor rejected with code 03: 余额不足/);
  await order({ vendor: "apiv1", fault: "garbage" });
  assert.equal((await runs(["send", ...message])).status, 3);

  assert.equal((await runs(["balance"])).stdout, "200000 texts left at main\n");
  assert.equal((await runs(["balance", "--account", "none"])).status, 2);
  assert.match((await runs(["balance", "--account", "nobody"])).stderr, /no account named nobody/);
  const wrong = await run(["balance"], { accounts: { main: { vendor: "binstd", appkey: 7 } } });
  assert.match(wrong.stderr, /appkey is not a string \(vendors\.main\.appkey\)/);

  for (const { stdout, stderr } of results) {
    for (const key of keys) assert.ok(!`${stdout}${stderr}`.includes(key), `${key} is printed`);
  }
});

test("hook-url prints the addresses that the handler accepts, with a key from the environment only", async () => {
  const { createHandler, hookPath } = await import("xinshi/edge");
  const key = "a key for hooks that is long enough to be one";
  const sandbox = createSandbox();
  const accounts = { main: sandbox.config("apiv1"), 备用: sandbox.config("smsadmin") };
  const keys = { XINSHI_HOOK_KEYS: JSON.stringify([key, "an older key for hooks that is long enough"]) };
  const all = await run(["hook-url", "--url", "https://otp.example/sms/", "--json"], { accounts, env: keys });
  assert.equal(all.status, 0, all.stderr);
  const urls = JSON.parse(all.stdout);
  assert.deepEqual(Object.keys(urls), ["main", "备用"]);
  assert.equal(urls.main, `https://otp.example/sms${hookPath(key, "main")}`);
  const options = {
    vendors: accounts,
    pepper: "a pepper that is long enough to be one",
    proof: { key: "a key for proofs that is long enough", audience: "app" },
    brand: "信使",
    basePath: "/sms",
    hookKeys: key,
    on: () => {},
  };
  const handler = createHandler(options);
  for (const url of Object.values(urls)) {
    assert.equal((await handler.fetch(new Request(url, { method: "POST" }))).status, 200, url);
  }
  const one = await run(["hook-url", "--url", "https://otp.example/sms", "--account", "main"], {
    env: { XINSHI_HOOK_KEYS: key },
  });
  assert.equal(one.stdout, `${urls.main}\n`);
  for (const [args, env] of [
    [["--url", "https://otp.example"], {}],
    [["--url", "https://otp.example"], { XINSHI_HOOK_KEYS: "short" }],
    [["--url", "https://otp.example"], { XINSHI_HOOK_KEYS: "[" }],
    [["--url", "otp.example"], { XINSHI_HOOK_KEYS: key }],
    [["--url", "https://otp.example", "--key", key], { XINSHI_HOOK_KEYS: key }],
  ]) {
    const { status, stdout, stderr } = await run(["hook-url", ...args], { accounts, env });
    assert.equal(status, 2, stderr);
    assert.ok(stdout === "" && !stderr.includes(key));
  }
});

test("after a text may have left, a failing output does not report a rejection", async (t) => {
  const { accounts, order } = await world(t);
  const send = ["send", "--to", "13812345678", "--text", "【信使】1"];
  const faults = [
    [undefined, 0],
    [{ vendor: "apiv1", fault: "garbage" }, 3],
    [{ vendor: "apiv1", fault: "accept_then_reset" }, 3],
  ];
  for (const [fault, status] of faults) {
    for (const [json, output] of [
      ["", ">/dev/full"],
      ["--json", ">/dev/full"],
      ["", "2>/dev/full"],
      ["", ">/dev/full 2>&1"],
      ["", "2>&1 | true"],
      ["--json", "| true"],
      ["", ">&- 2>&-"],
    ]) {
      if (fault) await order({ ...fault, times: 1 });
      const ended = await inShell([...send, ...(json ? [json] : [])], output, { accounts });
      assert.equal(ended.status, status, `${fault?.fault} ${json} ${output}: ${ended.stderr}`);
      assert.doesNotMatch(ended.stderr, /\n {4}at |node:/, "no stack");
    }
  }
  // Nothing has left, so a query without an answer is a failure; a reader that stops early is not.
  const full = await inShell(["balance"], ">/dev/full", { accounts });
  assert.deepEqual([full.status, full.stderr.split("\n").length], [1, 2], full.stderr);
  assert.match(full.stderr, /^xinshi: the output cannot be written: ENOSPC/);
  assert.deepEqual(await inShell(["balance"], "| true", { accounts }), { status: 0, stderr: "" });
});

test("an interrupted send reports the known state of the text", async (t) => {
  const { accounts, order } = await world(t);
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    await order({ vendor: "apiv1", fault: "timeout", times: 1 });
    const args = ["send", "--to", "13812345678", "--text", "【信使】1"];
    const env = { ...process.env, XINSHI: JSON.stringify({ vendors: accounts }) };
    const requested = once(accounts.server, "request");
    const child = spawn(process.execPath, [xinshi, ...args], { env, stdio: ["ignore", "ignore", "pipe"] });
    await requested;
    child.kill(signal);
    let stderr = "";
    child.stderr.on("data", (chunk) => (stderr += chunk));
    const [status] = await once(child, "close");
    assert.equal(status, 3, stderr);
    assert.match(stderr, /^unknown by main/);
  }
});

test("the command line reads accounts and texts with a byte order mark, and rejects invalid text", async (t) => {
  const { accounts } = await world(t);
  const directory = mkdtempSync(path.join(tmpdir(), "xinshi-cli-"));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  const file = path.join(directory, "accounts.json");
  const json = `\uFEFF${JSON.stringify({ vendors: accounts, blockedWords: ["售罄"] })}`;
  for (const bytes of [
    Buffer.from(json),
    Buffer.from(json, "utf16le"),
    Buffer.from(json, "utf16le").swap16(),
    Buffer.from(json.slice(1)),
  ]) {
    writeFileSync(file, bytes);
    const { status, stdout, stderr } = await run(["balance", "--config", file]);
    assert.equal(status, 0, stderr);
    assert.match(stdout, /texts left at main/);
  }
  writeFileSync(file, Buffer.from([0x7b, 0xd0, 0xc5]));
  const unread = await run(["balance", "--config", file]);
  assert.deepEqual([unread.status, unread.stderr], [2, `xinshi: ${file} is not UTF-8; see xinshi --help\n`]);
  assert.equal((await run(["balance"], { env: { XINSHI: json } })).status, 0, "and the variable");

  const text = ["plan", "--to", "13812345678", "--text", "-", "--json"];
  const plan = JSON.parse((await run(text, { accounts, input: "\uFEFF【信使】1\n" })).stdout);
  assert.equal(plan.characters, 5);
  const gbk = await run(text, { accounts, input: Buffer.from([0xd0, 0xc5]) });
  assert.deepEqual([gbk.status, gbk.stdout], [2, ""]);
});

/** Starts a sandbox behind a server, with an account there. */
async function world(t) {
  const sandbox = createSandbox();
  const server = await serve(sandbox, { port: 0, host: "127.0.0.1" });
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const main = { ...sandbox.config("apiv1"), baseUrl: `http://127.0.0.1:${server.address().port}/apiv1` };
  const accounts = Object.defineProperty({ main }, "server", { value: server });
  return {
    accounts,
    order: (fault) => sandbox.fetch("http://x/faults", { method: "POST", body: JSON.stringify(fault) }),
  };
}

/** Runs a command line in a shell that redirects its output. Returns the program's own status. */
async function inShell(args, output, { accounts }) {
  const env = { ...process.env, XINSHI: JSON.stringify({ vendors: accounts }) };
  const script = `"$0" "$@" ${output}; exit \${PIPESTATUS[0]}`;
  const child = spawn("bash", ["-c", script, process.execPath, xinshi, ...args], {
    env,
    stdio: ["ignore", "ignore", "pipe"],
  });
  let stderr = "";
  child.stderr.on("data", (chunk) => (stderr += chunk));
  const [status] = await once(child, "close");
  return { status, stderr };
}
