// xinshi/country: one phone has one number, by libphonenumber's own table.
import assert from "node:assert/strict";
import { test } from "node:test";
import { getCountries, getExampleNumber, Metadata } from "libphonenumber-js/max";
import examples from "libphonenumber-js/mobile/examples";
import { createSms } from "xinshi";
import { countryOf } from "xinshi/country";
import { createHandler } from "xinshi/edge";
import { createSandbox } from "xinshi/sandbox";

/** Regions, with their trunk prefixes. */
const regions = getCountries().flatMap((region) => {
  const metadata = new Metadata();
  metadata.selectNumberingPlan(region);
  const example = getExampleNumber(region, examples);
  return example ? [{ region, example, trunk: metadata.numberingPlan.nationalPrefix() }] : [];
});

test("every region's mobile number has a country", () => {
  assert.ok(regions.length > 240, `${regions.length} regions`);
  for (const { region, example } of regions) assert.ok(countryOf(example.number), region);
});

test("a number with a trunk prefix has no country: it is an alias of another", () => {
  const withTrunk = regions.filter(({ trunk }) => trunk);
  assert.ok(withTrunk.length >= 143, `${withTrunk.length} regions`);
  for (const { region, example, trunk } of withTrunk) {
    assert.equal(countryOf(`+${example.countryCallingCode}${trunk}${example.nationalNumber}`), undefined, region);
  }
});

test("a text that is no number has no country", () => {
  for (const phone of ["+999123456789", "+491", "+49170123456789012", "01701234567", "+49 170 1234567", ""]) {
    assert.equal(countryOf(phone), undefined, phone);
  }
});

const sandbox = createSandbox();

test("a plan names the account of the number's country, and none where no route takes it", async () => {
  const sms = createSms({
    vendors: { home: sandbox.config("smsadmin"), abroad: sandbox.config("liasmart") },
    route: [
      { countries: ["CN"], accounts: ["home"] },
      { countries: ["US"], accounts: ["abroad"] },
    ],
    country: countryOf,
    fetch: sandbox.fetch,
  });
  const text = "Hello";
  const { account, route } = sms.plan({ to: "+14155550123", text });
  assert.deepEqual([account, route], ["abroad", { index: 1, why: "the number is of US" }]);
  const plan = sms.plan({ to: "+491701234567", text });
  assert.deepEqual([plan.account, plan.route, plan.requests.length], [undefined, undefined, 0]);
  assert.match(plan.rejected.message, /no route takes this number/);
  const outcome = await sms.send(plan);
  assert.deepEqual([outcome.status, outcome.error.field], ["rejected", "to"]);
  // Many at once: what every recipient shares does not stand beside each recipient's own.
  const each = [{ to: "13812345678", text }];
  for (const shared of [{ text }, { params: { code: "1" }, templateId: "1" }])
    assert.throws(() => sms.plan({ each, ...shared }), {
      field: Object.keys(shared)[0],
      message: /texts or values of its own/,
    });
});

const options = (more) => ({
  vendors: { main: sandbox.config("smsadmin") },
  fetch: sandbox.fetch,
  pepper: "a pepper that is long enough to be one",
  proof: { key: "a key for proofs that is long enough", audience: "app" },
  brand: "信使",
  apiTokens: ["a-token-of-a-back-end"],
  clientAddress: () => "192.0.2.1",
  country: countryOf,
  on: () => {},
  ...more,
});

test("a handler rejects an alias of a number", async () => {
  const handler = createHandler(options({ countries: ["CN", "DE"], deny: ["+491701234567"] }));
  const post = async (path, body, headers = {}) => {
    const init = { method: "POST", headers: { "content-type": "application/json", ...headers } };
    const response = await handler.fetch(new Request(`http://handler${path}`, { ...init, body: JSON.stringify(body) }));
    return [response.status, (await response.json()).type?.split(":").at(-1)];
  };
  assert.deepEqual(await post("/otp/send", { phone: "+491701234567" }), [403, "number-not-allowed"]);
  assert.deepEqual(await post("/otp/send", { phone: "+4901701234567" }), [403, "number-not-allowed"]);
  // No vendor here sends abroad.
  assert.deepEqual(await post("/otp/send", { phone: "+491701234568" }), [503, "not-sent"]);
  const authorization = "Bearer a-token-of-a-back-end";
  assert.deepEqual(await post("/opt-outs/check", { phones: ["+4901701234567"] }, { authorization }), [
    400,
    "malformed-request",
  ]);
  await assert.rejects(handler.optedOut(["+4901701234567"]), { code: "invalid_argument", field: "phones" });
  assert.equal((await handler.optedOut(["+491701234567"])).size, 0);
});

test("the handler's creation rejects a list that no number can match, and one that needs a country", () => {
  for (const [more, field] of [
    [{ deny: ["+4901701234567"] }, "deny"],
    [{ deny: ["+49 0170 1234567"] }, "deny"],
    [{ allow: ["＋49-0170-1234567"] }, "allow"],
    [{ allow: ["+ 852*"], country: undefined }, "country"],
    [{ allow: ["13812345678", "+4901701234567"] }, "allow"],
    [{ dev: true, testNumbers: { "+4901701234567": "123456" } }, "testNumbers"],
    [{ allow: ["+852*"], country: undefined }, "country"],
    [{ deny: ["+490170*"] }, "deny"],
    [{ deny: ["+49 (017)*", "+490*"] }, "deny"],
    [{ countries: ["CN", "DE"], deny: ["+86170*", "+4901701*"] }, "deny"],
    [{ allow: ["+4407*"] }, "allow"],
    [{ deny: ["+8860912*"] }, "deny"],
    [{ deny: ["+999*"] }, "deny"],
    [{ deny: ["+860138*"] }, "deny"],
  ]) {
    assert.throws(
      () => createHandler(options(more)),
      (error) => error.field === field && !error.message.includes("701234567"),
    );
  }
  createHandler(options({ deny: ["+491701234567", "+86170*"], allow: ["+49*", "+6591234567"] }));
});

test("a list accepts each prefix of a region's numbers", () => {
  for (const { region, example } of regions.filter(({ example }) => example.countryCallingCode !== "86")) {
    const { length } = `+${example.countryCallingCode}`;
    const deny = Array.from({ length: 6 }, (_, more) => `${example.number.slice(0, length + more)}*`);
    assert.doesNotThrow(() => createHandler(options({ deny })), region);
  }
});
