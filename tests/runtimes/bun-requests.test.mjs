// Requests that only Bun passes: a URL without a host, and a copied request, for which it has no address.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync } from "node:fs";
import net from "node:net";
import path from "node:path";
import { after, before, test } from "node:test";
import { environment, root, tool } from "../../scripts/run.mjs";
import { packedProject } from "./packed-project.mjs";

/** @type {{ port: number, vendors: number, hook: string }} */
let served;
let child;

before(async () => {
  const project = packedProject("bun-requests");
  const script = path.join(project, "bun-server.mjs");
  cpSync(path.join(root, "tests", "runtimes", "bun-server.mjs"), script);
  const stdio = ["ignore", "pipe", "inherit"];
  child = spawn(tool("bun"), ["run", script], { cwd: project, env: environment({ NO_COLOR: "1" }), stdio });
  const ended = once(child, "exit").then(([code]) => Promise.reject(new Error(`the server ended: ${code}`)));
  const [line] = await Promise.race([once(child.stdout, "data"), ended]);
  ended.catch(() => {});
  served = JSON.parse(line);
});

after(() => child?.kill());

/** Sends the lines of a request unchanged; returns the status and the body. */
async function send(lines, body = "", port = served.port) {
  const socket = net.connect(port, "127.0.0.1");
  socket.end([...lines, `Content-Length: ${Buffer.byteLength(body)}`, "Connection: close", "", body].join("\r\n"));
  let answer = "";
  for await (const part of socket) answer += part;
  return { status: Number(answer.split(" ")[1]), body: answer.slice(answer.indexOf("\r\n\r\n") + 4) };
}

const hosts = {
  "HTTP/1.0 without Host": ["HTTP/1.0"],
  "HTTP/1.1 with an empty Host": ["HTTP/1.1", "Host:"],
  "HTTP/1.0 with a Host that is none": ["HTTP/1.0", "Host: a b"],
  "HTTP/1.1 with a Host": ["HTTP/1.1", "Host: otp.example"],
};

for (const [how, [version, ...headers]] of Object.entries(hosts)) {
  test(`the handler answers ${how}`, async () => {
    const get = (target, more = []) => send([`GET ${target} ${version}`, ...headers, ...more]);
    assert.equal((await get("/healthz")).status, 200);
    assert.equal((await get("/healthz?x=//y/z")).status, 200);
    assert.equal((await get("//otp.example/healthz")).status, 404);
    const mobile = `1381234${1000 + Object.keys(hosts).indexOf(how)}`;
    assert.equal((await get(`${served.hook}?Class=mo&Mobile=${mobile}&Message=TD`)).status, 200);
    const form = [`POST ${served.hook} ${version}`, ...headers];
    assert.equal((await send(form, `Class=mo&Mobile=${mobile}&Message=OK`)).status, 200);
    const json = [`POST /otp/send ${version}`, ...headers, "Content-Type: application/json"];
    assert.equal((await send(json, JSON.stringify({ phone: mobile }))).status, 202);
    const stored = JSON.parse((await get("/admin/receipts", ["Authorization: Bearer the-token-of-an-operator"])).body);
    const texts = stored.main.filter(({ record }) => record?.from === `+86${mobile}`).map(({ record }) => record.text);
    assert.deepEqual(texts, ["TD", "OK"], "the pushes were read");
  });
}

test("Bun serves the sandbox, with a host and without", async () => {
  for (const [version, ...headers] of [["HTTP/1.0"], ["HTTP/1.1", "Host:"], ["HTTP/1.1", "Host: 127.0.0.1"]]) {
    const get = (target) => send([`GET ${target} ${version}`, ...headers], "", served.vendors);
    assert.match((await get("/binstd/sms/balance?appkey=wrong")).body, /"status":"101"/);
    assert.equal((await get("/inbox")).status, 200);
  }
});

test("Hono gives the caller's address unless it copies the request", async () => {
  const send = async (base, phone) => {
    const init = { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ phone }) };
    const response = await fetch(`http://127.0.0.1:${served.port}${base}/otp/send`, init);
    return `${response.status} ${(await response.json()).type ?? ""}`;
  };
  assert.equal(await send("/all", "13812342001"), "202 ");
  assert.equal(await send("/kept", "13812342002"), "202 ");
  assert.equal(await send("/copied", "13812342003"), "503 urn:xinshi:problem:no-address");
});
