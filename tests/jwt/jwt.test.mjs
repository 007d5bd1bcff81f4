// Five libraries that know nothing of this package check proofs, on back ends whose clocks are up to five seconds off.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import path from "node:path";
import { test } from "node:test";
import { createVerifier } from "fast-jwt";
import { verify as verifyByHono } from "hono/jwt";
import { jwtVerify } from "jose";
import jsonwebtoken from "jsonwebtoken";
import { createHandler, verifyProof } from "xinshi/edge";
import { createSandbox } from "xinshi/sandbox";
import { root } from "../../scripts/run.mjs";
import { pyjwtPython } from "../../scripts/toolchain.mjs";

const KEY = "a key for proofs that is long enough";
const EXPECTED = { audience: "app", issuer: "xinshi" };

/** Each library returns the claims, or fails, at the time of a clock that is `ahead` milliseconds ahead. */
const libraries = {
  jose: async (token, at) => {
    const options = { ...EXPECTED, algorithms: ["HS256"], currentDate: new Date(at) };
    return (await jwtVerify(token, new TextEncoder().encode(KEY), options)).payload;
  },
  "jose, by age": async (token, at) => {
    const options = { ...EXPECTED, algorithms: ["HS256"], currentDate: new Date(at), maxTokenAge: "10 minutes" };
    return (await jwtVerify(token, new TextEncoder().encode(KEY), options)).payload;
  },
  jsonwebtoken: async (token, at) =>
    jsonwebtoken.verify(token, KEY, {
      ...EXPECTED,
      algorithms: ["HS256"],
      clockTimestamp: Math.floor(at / 1000),
      maxAge: "10m",
    }),
  "hono/jwt": (token) => verifyByHono(token, KEY, { alg: "HS256", aud: "app", iss: "xinshi" }),
  "fast-jwt": async (token, at) =>
    createVerifier({
      key: KEY,
      algorithms: ["HS256"],
      allowedAud: "app",
      allowedIss: "xinshi",
      maxAge: 600_000,
      clockTimestamp: at,
    })(token),
  PyJWT: async (token, at) => {
    const input = JSON.stringify({ token, key: KEY, ahead: (at - REAL_NOW()) / 1000 });
    const script = path.join(root, "tests", "jwt", "verify.py");
    return JSON.parse(execFileSync(pyjwtPython, ["-B", script], { input, stdio: ["pipe", "pipe", "pipe"] }));
  },
  verifyProof: async (token) => {
    const { phone } = await verifyProof(token, { key: KEY, audience: "app" });
    return { sub: phone };
  },
};

const REAL_NOW = Date.now.bind(Date);

async function proof() {
  const sandbox = createSandbox();
  const handler = createHandler({
    vendors: { main: sandbox.config("smsadmin") },
    fetch: sandbox.fetch,
    pepper: "a pepper that is long enough to be one",
    proof: { key: KEY, audience: "app" },
    brand: "信使",
    clientAddress: () => "192.0.2.1",
    on: () => {},
  });
  const post = async (route, body) => {
    const init = { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
    return (await handler.fetch(new Request(`http://handler${route}`, init))).json();
  };
  const { challenge } = await post("/otp/send", { phone: "13812340301" });
  const headers = { accept: "application/json" };
  const [{ text }] = await (await sandbox.fetch("http://sandbox/inbox", { headers })).json();
  return (await post("/otp/verify", { challenge, code: text.match(/\d{6}/)[0] })).proof;
}

for (const [name, verify] of Object.entries(libraries)) {
  test(`${name} accepts a proof with clocks five seconds apart, and rejects an expired one`, async (t) => {
    const token = await proof();
    const now = REAL_NOW();
    const at = (seconds) => {
      const time = now + seconds * 1000;
      // Libraries that read the clock themselves get this one.
      t.mock.method(Date, "now", () => time);
      t.mock.timers.reset();
      t.mock.timers.enable({ apis: ["Date"], now: time });
      return time;
    };
    for (const seconds of [-5, -1, 0, 1, 5]) {
      assert.equal((await verify(token, at(seconds))).sub, "+8613812340301", `${seconds} s`);
    }
    await assert.rejects(async () => verify(token, at(301)));
  });
}
