// Counts outlive the process and the object, after an orderly end and after one in the middle of requests.
import assert from "node:assert/strict";
import { test } from "node:test";
import { startVendor } from "./vendor.mjs";
import { directoryFor, optionsFor, startMiniflare, startWorkerd } from "./workerd.mjs";

test("a regular restart loses nothing", async (t) => {
  const vendor = await startVendor(t);
  const disk = directoryFor(t);
  // One address may send one text a day, so a second one shows whether the count survived.
  const OPTIONS = optionsFor(vendor, { limits: { ip: [{ limit: 1, windowSeconds: 86_400 }] } });
  const [used, guessed, open] = ["+8613800002001", "+8613800002002", "+8613800002003"];
  const challenges = {};
  const codeOf = async (phone) => (await vendor.inbox(phone))[0].code;
  const verify = async (worker, phone, code) => {
    const body = { challenge: challenges[phone], code: code ?? (await codeOf(phone)) };
    return (await worker.call("/otp/verify", { address: "10.0.9.9", body })).status;
  };
  const wrong = async (phone) => ((Number(await codeOf(phone)) + 1) % 1_000_000).toString().padStart(6, "0");

  const settings = { bindings: { OPTIONS }, durableObjectsPersist: disk };
  const before = await startMiniflare(settings);
  t.after(() => before.dispose().catch(() => {}));
  for (const [index, phone] of [used, guessed, open].entries()) {
    const { status, json } = await before.call("/otp/send", { address: `10.0.0.${index}`, body: { phone } });
    assert.equal(status, 202);
    challenges[phone] = json.challenge;
  }
  assert.equal(await verify(before, used), 200);
  for (let tries = 0; tries < 4; tries += 1) assert.equal(await verify(before, guessed, await wrong(guessed)), 422);
  await before.dispose();

  const after = await startMiniflare(settings);
  t.after(() => after.dispose());
  const sent = async (address, phone) => (await after.call("/otp/send", { address, body: { phone } })).status;
  assert.equal(await sent("10.0.0.100", open), 429, "the cool-down");
  assert.equal(await sent("10.0.0.0", "+8613800002004"), 429, "the address's day");
  assert.equal(await verify(after, used), 422, "a used code");
  assert.equal(await verify(after, guessed, await wrong(guessed)), 422, "the fifth guess");
  assert.equal(await verify(after, guessed), 422, "the guesses of both runs are five");
  assert.equal(await verify(after, open), 200, "what was open is good");
  assert.equal((await vendor.inbox()).length, 3);
});

test("objects that crash during requests lose nothing", async (t) => {
  const vendor = await startVendor(t);
  const limits = { cooldownSeconds: 0, number: [{ limit: 3, windowSeconds: 86_400 }], ip: [] };
  const worker = await startWorkerd({
    disk: directoryFor(t),
    vendor,
    options: optionsFor(vendor, { limits }),
    ledger: "WatchedLedger",
  });
  t.after(() => worker.stop());
  const phones = Array.from({ length: 8 }, (_, index) => `+861380000300${index}`);
  const challenges = new Map();
  const verified = new Map();
  const codes = async (phone) => (await vendor.inbox(phone)).map(({ code }) => code);
  let goesOn = true;
  const sending = phones.map(async (phone, index) => {
    for (let turn = 0; goesOn; turn += 1) {
      const { status, json } = await worker.call("/otp/send", {
        address: `10.1.${index}.${turn & 255}`,
        body: { phone },
      });
      assert.ok([202, 429, 503].includes(status), `${status}`);
      if (status === 202) challenges.set(json.challenge, phone);
    }
  });
  const verifying = phones.map(async (_, index) => {
    for (let turn = 0; goesOn; turn += 1) {
      for (const [challenge, phone] of challenges) {
        for (const code of await codes(phone)) {
          const body = { challenge, code };
          const { status } = await worker.call("/otp/verify", { address: `10.2.${index}.${turn & 255}`, body });
          if (status === 200) verified.set(challenge, (verified.get(challenge) ?? 0) + 1);
        }
      }
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  });
  while ((await vendor.inbox()).length < phones.length || verified.size === 0) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  for (let crash = 0; crash < 20; crash += 1) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    await worker.test("objects", { call: "crash" });
  }
  goesOn = false;
  await Promise.all([...sending, ...verifying]);
  for (const phone of phones) {
    const answers = [];
    for (let turn = 0; turn < 4; turn += 1) {
      answers.push((await worker.call("/otp/send", { address: "10.3.0.1", body: { phone } })).status);
    }
    assert.equal(answers.at(-1), 429, "its three are used up");
    const { length } = await codes(phone);
    assert.ok(length <= 3, `${length} texts to one number`);
  }
  for (const times of verified.values()) assert.equal(times, 1);
});
