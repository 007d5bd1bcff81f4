// The answer of a handler whose WebAssembly cannot be loaded, in the format of the request's path.
import assert from "node:assert/strict";
import { test } from "node:test";
// The entry of browsers fetches its WebAssembly from beside it, and Node.js fetches no file.
import { createHandler } from "../../pkg/edge/browser.js";
import { openapi } from "../../pkg/edge/openapi.js";

const OPTIONS = { vendors: {}, pepper: "", proof: { key: "", audience: "" }, brand: "信使" };
const camara = Object.keys(JSON.parse(openapi).paths).filter((path) => path.startsWith("/one-time-password-sms/"));

async function answer(path, headers = {}) {
  const response = await createHandler(OPTIONS).fetch(new Request(`https://otp.example${path}`, { headers }));
  return [response.status, Object.fromEntries(response.headers), await response.json()];
}

const problem = [
  500,
  { "cache-control": "no-store", "content-type": "application/problem+json" },
  { type: "urn:xinshi:problem:internal", title: "A fault of the handler", status: 500 },
];
const errorInfo = { status: 500, code: "INTERNAL", message: "A fault of the handler" };
const headers = { "cache-control": "no-store", "content-type": "application/json" };

test("below CAMARA's prefixes it is an ErrorInfo with the request's correlator", async (t) => {
  t.mock.method(console, "error", () => {});
  assert.equal(camara.length, 4);
  const unknown = ["/one-time-password-sms/v2/nothing", "/one-time-password-sms/"];
  for (const path of [...camara, ...camara.map((path) => `/base${path}?of=1`), ...unknown]) {
    assert.deepEqual(await answer(path), [500, headers, errorInfo], path);
    const correlator = "b4333c46-49c0-4f62-80d7-f0ef930f1c46";
    const expected = [500, { ...headers, "x-correlator": correlator }, errorInfo];
    assert.deepEqual(await answer(path, { "x-correlator": correlator }), expected, path);
  }
});

test("a correlator that is none is not repeated, and the longest one is", async (t) => {
  t.mock.method(console, "error", () => {});
  const [path] = camara;
  for (const correlator of ["a b", "a".repeat(257), "a,b", "a=b"]) {
    assert.deepEqual(await answer(path, { "x-correlator": correlator }), [500, headers, errorInfo], correlator);
  }
  for (const correlator of ["a".repeat(256), "-_:;./<>{}Az09"]) {
    const [, { "x-correlator": repeated }] = await answer(path, { "x-correlator": correlator });
    assert.equal(repeated, correlator);
  }
});

test("elsewhere it is a problem, whatever was passed as a request", async (t) => {
  const { mock } = t.mock.method(console, "error", () => {});
  for (const path of ["/otp/send", "/", "/otp/send?at=/one-time-password-sms/v2/send-code"]) {
    assert.deepEqual(await answer(path, { "x-correlator": "1" }), problem, path);
  }
  const revoked = Proxy.revocable({}, {});
  revoked.revoke();
  for (const passed of [undefined, {}, { url: "/one-time-password-sms/v2/send-code" }, revoked.proxy]) {
    const response = await createHandler(OPTIONS).fetch(passed);
    assert.deepEqual([response.status, await response.json()], [500, problem[2]]);
  }
  assert.ok(mock.calls.length >= 7);
  for (const { arguments: line } of mock.calls) assert.match(line[0], /^xinshi: the WebAssembly cannot be used: \w+$/);
});
