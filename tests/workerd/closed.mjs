// Without working limits nothing is sent; a broken WebAssembly is replaced.
import assert from "node:assert/strict";
import { test } from "node:test";
import { startVendor } from "./vendor.mjs";
import { directoryFor, optionsFor, startWorkerd } from "./workerd.mjs";

async function start(t, { ledger = "WatchedLedger", limits = {} } = {}) {
  const vendor = await startVendor(t);
  const worker = await startWorkerd({
    disk: directoryFor(t),
    vendor,
    options: optionsFor(vendor, { limits }),
    ledger,
  });
  t.after(() => worker.stop());
  const send = (phone, address = "10.0.0.1", headers = {}) =>
    worker.call("/otp/send", { address, headers, body: { phone } });
  return { vendor, worker, send };
}

const problem = ({ status, json }) => `${status} ${json.type?.replace("urn:xinshi:problem:", "")}`;

test("without LEDGER and without a store nothing is sent", async (t) => {
  const { vendor, send } = await start(t, { ledger: null });
  assert.equal(problem(await send("+8613800007001")), "503 no-store");
  assert.equal((await vendor.inbox()).length, 0);
});

test("without an address nothing is sent", async (t) => {
  const { vendor, worker, send } = await start(t);
  for (const address of ["", "unknown", "10.0.0.1, 10.0.0.2"]) {
    assert.equal(problem(await send("+8613800007002", address)), "503 no-address");
  }
  // A caller's own headers do not count.
  const headers = { "x-forwarded-for": "10.0.0.1", "x-real-ip": "10.0.0.1" };
  assert.equal(
    problem(await worker.call("/otp/send", { headers, body: { phone: "+8613800007002" } })),
    "503 no-address",
  );
  assert.equal((await vendor.inbox()).length, 0);
});

test("if an object fails, nothing is sent, and the other limits get their counts back", async (t) => {
  const once = [{ limit: 1, windowSeconds: 86_400 }];
  const limits = { ip: once, prefix: once, total: [{ limit: 1000, windowSeconds: 86_400 }] };
  const { vendor, worker, send } = await start(t, { limits });
  let turn = 0;
  for (const kind of ["i", "a", "p", "all", "n"]) {
    for (const does of ["throw", "overload"]) {
      turn += 1;
      const phone = `+8613${810 + turn}00007003`.slice(0, 14);
      const request = [phone, `10.0.1.${turn}`, { "idempotency-key": `a-request-of-turn-${turn}` }];
      await worker.test("order", { orders: [{ kind, does }] });
      assert.equal(problem(await send(...request)), "503 unavailable", `${kind} ${does}`);
      assert.equal((await vendor.inbox(phone)).length, 0);
      // The counts are released after the answer.
      const retried = await until(async () => (await send(...request)).status, 202);
      assert.equal(retried, 202, `again after ${kind} ${does}`);
    }
  }
});

test("if only the outcome or the statistics cannot be stored, the reply is the same", async (t) => {
  const { worker, send } = await start(t);
  await worker.test("order", {
    orders: [
      { kind: "n", skip: 1, does: "throw" },
      { kind: "stats", does: "throw", always: true },
    ],
  });
  // Without a key, no outcome of an accepted text is stored.
  const headers = { "idempotency-key": "a-request-with-an-outcome" };
  assert.equal((await send("+8613800007004", "10.0.0.1", headers)).status, 202);
  assert.equal((await send("+8613800007004", "10.0.0.2")).status, 429, "it counts");
});

test("a guess that cannot be counted does not verify", async (t) => {
  const { vendor, worker, send } = await start(t);
  const { json } = await send("+8613800007005");
  const [{ code }] = await vendor.inbox("+8613800007005");
  const verify = () => worker.call("/otp/verify", { address: "10.0.0.1", body: { challenge: json.challenge, code } });
  await worker.test("order", { orders: [{ kind: "n", does: "throw", always: true }] });
  assert.equal(problem(await verify()), "503 unavailable");
  await worker.test("order");
  assert.equal((await verify()).status, 200);
});

test("a broken WebAssembly instance costs one response", async (t) => {
  const { vendor, worker, send } = await start(t);
  assert.equal((await send("+8613800008001")).status, 202);
  await worker.test("corrupt");
  assert.equal(problem(await send("+8613800008002")), "500 internal");
  assert.equal((await send("+8613800008002")).status, 202);
  assert.equal((await send("+8613800008001")).status, 429, "what was counted before");
  assert.equal((await vendor.inbox()).length, 2);
});

test("an instance that breaks during a vendor's request costs that response, and the text counts", async (t) => {
  const { vendor, worker, send } = await start(t);
  vendor.hold();
  const lost = send("+8613800008003");
  await vendor.reached("vendor");
  await worker.test("corrupt");
  vendor.release();
  assert.equal(problem(await lost), "500 internal");
  assert.equal((await send("+8613800008004")).status, 202, "the next is answered as ever");
  assert.equal((await send("+8613800008003", "10.0.0.2")).status, 429);
  assert.equal((await vendor.inbox()).length, 2);
});

test("an instance that breaks while it reads the state costs that response, and sends nothing", async (t) => {
  const { vendor, worker, send } = await start(t);
  assert.equal((await send("+8613800008005")).status, 202);
  await worker.test("order", { orders: [{ kind: "n", does: "hold" }] });
  const lost = send("+8613800008006");
  await vendor.reached("hold");
  await worker.test("corrupt");
  vendor.release();
  assert.ok([500, 503].includes((await lost).status));
  assert.equal((await send("+8613800008006")).status, 202, "the next is answered as ever");
  assert.equal((await send("+8613800008005", "10.0.0.2")).status, 429, "what was counted before");
  assert.equal((await vendor.inbox()).length, 2);
});

/** Repeats a request until its answer is the wanted one, for two seconds at most. */
async function until(read, expected) {
  const deadline = Date.now() + 2000;
  for (;;) {
    const answer = await read();
    if (answer === expected || Date.now() > deadline) return answer;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
