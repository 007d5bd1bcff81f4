// A send that is lost between any two of its steps counts at least the texts that were sent.
import assert from "node:assert/strict";
import { test } from "node:test";
import { startVendor } from "./vendor.mjs";
import { adminToken, directoryFor, optionsFor, startWorkerd } from "./workerd.mjs";

const day = (limit) => [{ limit, windowSeconds: 86_400 }];

/** Every step of a send with all kinds of limits, by its key; `skip` selects a key's second step. */
const STEPS = [
  { step: "the Idempotency-Key", kind: "i" },
  { step: "the address", kind: "a" },
  { step: "the prefix", kind: "p" },
  { step: "the total", kind: "all" },
  { step: "the number", kind: "n" },
  { step: "the outcome", kind: "n", skip: 1, isSent: true },
];
const POINTS = STEPS.flatMap(({ step, ...point }) => [
  { ...point, name: `before ${step}`, after: false },
  { ...point, name: `after ${step}`, after: true },
]);

const limits = { cooldownSeconds: 0, number: day(1), ip: day(1), prefix: day(1), total: day(1000) };
const settings = (t, vendor) => ({
  disk: directoryFor(t),
  vendor,
  options: optionsFor(vendor, { limits }),
  ledger: "WatchedLedger",
});

/** For each point, numbers with a prefix of their own, and an address. */
const cast = (index) => ({
  phone: `+8613810${String(index).padStart(2, "0")}0001`,
  neighbour: `+8613810${String(index).padStart(2, "0")}0002`,
  address: `10.0.${index}.1`,
  headers: { "idempotency-key": `the-request-at-point-${index}` },
});

/**
 * Asserts that the limits counted the text: a request that uses the same count is rejected, and a repeated one sends
 * nothing.
 */
async function assertCounted(worker, vendor, { phone, neighbour, address, headers }) {
  const sent = (await vendor.inbox(phone)).length;
  const authorization = `Bearer ${adminToken}`;
  const { json } = await worker.call("/admin/explain", { headers: { authorization }, body: { phone, address } });
  for (const [used, name] of [
    [json.number[0].used, "number"],
    [json.ip[0].used, "address"],
  ]) {
    assert.ok(used >= sent, `${sent} sent, and ${used} counted for the ${name}`);
  }
  const repeated = await worker.call("/otp/send", { address, headers, body: { phone } });
  if (sent === 0) return assert.ok([202, 409, 429].includes(repeated.status), `repeated: ${repeated.status}`);
  assert.ok([202, 409].includes(repeated.status), `repeated: ${repeated.status}`);
  const elsewhere = await worker.call("/otp/send", { address: "10.9.9.9", body: { phone } });
  assert.equal(elsewhere.status, 429, "the number, its prefix");
  assert.equal(
    (await worker.call("/otp/send", { address, body: { phone: "+8613900000001" } })).status,
    429,
    "the address",
  );
  const near = await worker.call("/otp/send", { address: "10.9.9.8", body: { phone: neighbour } });
  assert.equal(near.status, 429, "the prefix");
  assert.equal((await vendor.inbox(phone)).length, sent, "nothing more was sent");
}

test("killed between any two steps of a send", async (t) => {
  const vendor = await startVendor(t);
  const all = settings(t, vendor);
  let worker = await startWorkerd(all);
  t.after(() => worker.kill());
  for (const [index, { name, isSent = false, ...order }] of POINTS.entries()) {
    await t.test(name, async () => {
      const { phone, address, headers, ...others } = cast(index);
      await worker.test("order", { orders: [{ ...order, does: "hold" }] });
      const lost = worker.call("/otp/send", { address, headers, body: { phone } }).catch(() => {});
      await vendor.reached("hold");
      await worker.kill();
      await lost;
      vendor.release();
      assert.equal((await vendor.inbox(phone)).length, isSent ? 1 : 0);
      worker = await startWorkerd(all);
      await assertCounted(worker, vendor, { phone, address, headers, ...others });
    });
  }
  await t.test("killed during the vendor's request", async () => {
    const { phone, address, headers, ...others } = cast(POINTS.length);
    vendor.hold();
    const lost = worker.call("/otp/send", { address, headers, body: { phone } }).catch(() => {});
    await vendor.reached("vendor");
    await worker.kill();
    await lost;
    vendor.release();
    assert.equal((await vendor.inbox(phone)).length, 1);
    worker = await startWorkerd(all);
    await assertCounted(worker, vendor, { phone, address, headers, ...others });
  });
});

test("an object that crashes at any step of a send", async (t) => {
  const vendor = await startVendor(t);
  const worker = await startWorkerd(settings(t, vendor));
  t.after(() => worker.stop());
  for (const [index, { name, isSent = false, ...order }] of POINTS.entries()) {
    await t.test(name, async () => {
      const { phone, address, headers, ...others } = cast(index);
      await worker.test("order", { orders: [{ ...order, does: "abort" }] });
      const { status } = await worker.call("/otp/send", { address, headers, body: { phone } });
      assert.equal(status, isSent ? 202 : 503);
      assert.equal((await vendor.inbox(phone)).length, isSent ? 1 : 0);
      await assertCounted(worker, vendor, { phone, address, headers, ...others });
    });
  }
});
