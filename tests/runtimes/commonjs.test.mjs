// The packed package in CommonJS projects: required by this Node.js, and by Jest without any setting.
import assert from "node:assert/strict";
import path from "node:path";
import { test } from "node:test";
import { root } from "../../scripts/run.mjs";
import { packedProject, run } from "./packed-project.mjs";

/** Requires every entry; `works` sends a text, and sends and verifies a code. */
const PROGRAM = `const { createSms, countSegments, SmsError } = require("xinshi");
const { countryOf } = require("xinshi/country");
const { createHandler, SmsError: OfEdge, verifyProof } = require("xinshi/edge");
const { createOtp, OtpError } = require("xinshi/otp");
const { createSandbox, SmsError: OfSandbox } = require("xinshi/sandbox");

exports.SmsError = SmsError;
exports.works = async () => {
  const sandbox = createSandbox();
  const sms = createSms({ vendors: { main: sandbox.config("smsadmin") }, fetch: sandbox.fetch });
  const { status } = await sms.send({ to: "13812345678", text: "【信使】1" });
  const proof = { key: "a key for proofs that is long enough", audience: "app" };
  const handler = createHandler({
    vendors: { main: sandbox.config("apiv1") },
    fetch: sandbox.fetch,
    pepper: "a pepper that is long enough to be one",
    proof,
    brand: "信使",
    clientAddress: () => "192.0.2.1",
    on: () => {},
  });
  const fetch = (url, init) => handler.fetch(new Request("http://handler" + url, init));
  const otp = createOtp({ fetch, storage: null });
  await otp.send("13812345678");
  const wrong = await otp.verify("no code").catch((error) => error);
  const texts = await (await sandbox.fetch("http://sandbox/inbox", { headers: { accept: "application/json" } })).json();
  const verified = await otp.verify(texts.at(-1).text.match(/\\d{6}/)[0]);
  const { phone } = await verifyProof(verified.proof, proof);
  let thrown;
  try {
    sandbox.config("twilio");
  } catch (error) {
    thrown = error;
  }
  return {
    status,
    phone,
    segments: countSegments("信".repeat(71)).segments,
    country: countryOf(phone),
    oneClass: SmsError === OfEdge && SmsError === OfSandbox && thrown instanceof SmsError,
    helper: wrong instanceof OtpError,
  };
};
`;

const EXPECTED = {
  status: "accepted",
  phone: "+8613812345678",
  segments: 2,
  country: "CN",
  oneClass: true,
  helper: true,
};

const MAIN = `const { works, SmsError } = require("./program.js");
Promise.all([works(), import("xinshi")]).then(([worked, imported]) =>
  console.log(JSON.stringify({ ...worked, imported: imported.SmsError === SmsError })),
);
`;

const JEST = `const { works } = require("./program.js");
test("require loads every entry, and each works", async () => expect(await works()).toEqual(${JSON.stringify(EXPECTED)}));
`;

const COMMONJS = JSON.stringify({ private: true, type: "commonjs" });

test("require gives what import gives if Node.js can require an ES module", () => {
  const project = packedProject("require", { "package.json": COMMONJS, "program.js": PROGRAM, "main.js": MAIN });
  assert.deepEqual(JSON.parse(run(process.execPath, ["main.js"], project)), { ...EXPECTED, imported: true });
  // Node.js 20.18 and 22.11 cannot require ES modules, and load the CommonJS files.
  const older = JSON.parse(run(process.execPath, ["--no-experimental-require-module", "main.js"], project));
  assert.deepEqual(older, { ...EXPECTED, imported: false });
});

test("Jest runs it without a setting", () => {
  const files = { "package.json": COMMONJS, "program.js": PROGRAM, "xinshi.test.js": JEST };
  const project = packedProject("jest", files);
  const jest = path.join(root, "node_modules", "jest", "bin", "jest.js");
  run(process.execPath, [jest, "--ci", "--watchman=false", "--cacheDirectory", path.join(project, "cache")], project);
});
