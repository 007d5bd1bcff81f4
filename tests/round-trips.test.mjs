// The number of trips to a store before the vendor's request, for which a person waits. Simultaneous trips count as
// one.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createHandler, memoryStore } from "xinshi/edge";
import { createSandbox } from "xinshi/sandbox";

const LIMITS = {
  ip: [{ limit: 3, windowSeconds: 60 }],
  prefix: [{ limit: 100, windowSeconds: 60 }],
  total: [{ limit: 100, windowSeconds: 60 }],
};

/** A handler over a store that answers when told to: all waiting commands together, as one trip. */
function world(limits = LIMITS) {
  const [sandbox, memory] = [createSandbox(), memoryStore()];
  const waiting = [];
  let isCalled = false;
  const handler = createHandler({
    vendors: { main: sandbox.config("apiv1") },
    fetch: (...args) => {
      isCalled = true;
      return sandbox.fetch(...args);
    },
    store: { apply: (...args) => new Promise((resolve) => waiting.push(() => resolve(memory.apply(...args)))) },
    pepper: "a pepper that is long enough to be one",
    proof: { key: "a key for proofs that is long enough too", audience: "app" },
    brand: "信使",
    on: () => {},
    clientAddress: (request) => request.headers.get("x-from"),
    limits,
  });
  /** Sends a code. Returns its status, and the number of trips before the vendor's request or before the rejection. */
  return async (phone, from) => {
    isCalled = false;
    let status;
    const headers = { "content-type": "application/json", "x-from": from };
    const request = new Request("http://handler/otp/send", {
      method: "POST",
      headers,
      body: JSON.stringify({ phone }),
    });
    const answered = handler.fetch(request).then((answer) => {
      ({ status } = answer);
    });
    let trips = 0;
    const sizes = [];
    while (status === undefined) {
      await settled();
      if (waiting.length > 0 && !isCalled && status === undefined) {
        trips += 1;
        sizes.push(waiting.length);
      }
      for (const answer of waiting.splice(0)) answer();
    }
    await answered;
    // The work after the answer.
    for (let more = 0; more < 3; more += 1) {
      await settled();
      for (const answer of waiting.splice(0)) answer();
    }
    return { status, trips, sizes };
  };
}

/** Waits until only the store can continue the work. */
const settled = () => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

test("one round trip reserves all limits of a quiet address before the request to the vendor", async () => {
  const send = world();
  assert.deepEqual(await send("13812345001", "192.0.2.1"), { status: 202, trips: 1, sizes: [4] });
  assert.deepEqual(await send("13812345002", "192.0.2.2"), { status: 202, trips: 1, sizes: [4] });
  const few = world({});
  assert.deepEqual(await few("13812345001", "192.0.2.1"), { status: 202, trips: 1, sizes: [2] }, "the default limits");
});

test("a rejection by any limit follows all reservations, and releases the others", async () => {
  const send = world();
  for (const phone of ["13812345011", "13812345012", "13812345013"]) await send(phone, "192.0.2.1");
  const byAddress = await send("13812345014", "192.0.2.1");
  const byNumber = await send("13812345013", "192.0.2.9");
  // The second trip releases the counts of the other three.
  assert.deepEqual(byAddress, { status: 429, trips: 2, sizes: [4, 3] });
  assert.deepEqual(byNumber, byAddress);
  assert.equal((await send("13812345014", "192.0.2.8")).status, 202, "the number was not counted");
});

test("a hot address is reserved first, and its rejection counts nothing at the number", async () => {
  const send = world();
  for (const phone of ["13812345021", "13812345022", "13812345023"]) await send(phone, "192.0.2.1");
  assert.deepEqual((await send("13812345024", "192.0.2.1")).sizes, [4, 3], "this process knew nothing of it");
  assert.deepEqual(await send("13812345025", "192.0.2.1"), { status: 429, trips: 1, sizes: [1] });
  assert.deepEqual((await send("13812345025", "192.0.2.7")).status, 202);
});

/** Milliseconds that a call of the store takes. */
const CALL_MS = 20;

/**
 * A handler over a store whose calls take simulated time, `msOf(key)` each. Returns a function that sends a code and
 * returns its status, and the times at which the vendor was asked and at which the answer came.
 */
function slowWorld(options, msOf = () => CALL_MS) {
  const [sandbox, memory] = [createSandbox(), memoryStore()];
  const due = [];
  let [clock, askedAt] = [0, undefined];
  const handler = createHandler({
    vendors: { main: sandbox.config("apiv1"), spare: sandbox.config("smsadmin") },
    fetch: (...args) => {
      askedAt ??= clock;
      return sandbox.fetch(...args);
    },
    store: {
      apply: (key, command) =>
        new Promise((resolve) => {
          const arrival = memory.apply(key, command);
          due.push({ at: clock + msOf(key), end: () => resolve(arrival) });
        }),
    },
    pepper: "a pepper that is long enough to be one",
    proof: { key: "a key for proofs that is long enough too", audience: "app" },
    brand: "信使",
    on: () => {},
    clientAddress: (request) => request.headers.get("x-from"),
    ...options,
  });
  return async (phone, from) => {
    [clock, askedAt] = [0, undefined];
    let answered;
    const headers = { "content-type": "application/json", "x-from": from };
    const body = JSON.stringify({ phone });
    handler.fetch(new Request("http://handler/otp/send", { method: "POST", headers, body })).then(({ status }) => {
      answered = { status, askedAt, answeredAt: clock };
    });
    for (;;) {
      await settled();
      if (due.length === 0) return answered;
      due.sort((one, other) => one.at - other.at);
      clock = due[0].at;
      due.shift().end();
    }
  };
}

test("with a store of 20 ms a call, the vendor is asked within 1.2 calls' time", async () => {
  for (const [what, options] of Object.entries({
    "the default limits": {},
    "all limits": { limits: LIMITS },
    "an order by outcomes": { order: "adaptive" },
    "a captcha that is not needed": { captcha: { when: "adaptive", verify: () => true } },
  })) {
    const send = slowWorld(options);
    for (let index = 0; index < 5; index += 1) {
      const { status, askedAt } = await send(`1381234510${index}`, `192.0.2.${index}`);
      assert.equal(status, 202, what);
      assert.ok(askedAt <= 1.2 * CALL_MS, `${what}: ${askedAt} ms`);
    }
  }
});

test("a rejection waits for the slowest limit, and neither it nor its time tells which one rejected", async () => {
  // The number takes longer than the address.
  for (const slow of ["n:", "a:", "p:"]) {
    const send = slowWorld({ limits: LIMITS }, (key) => (key.startsWith(slow) ? 100 : CALL_MS));
    for (const phone of ["13812345111", "13812345112", "13812345113"]) await send(phone, "192.0.2.1");
    const byAddress = await send("13812345114", "192.0.2.1");
    const byNumber = await send("13812345113", "192.0.2.9");
    assert.deepEqual([byAddress.status, byNumber.status], [429, 429]);
    for (const { askedAt, answeredAt } of [byAddress, byNumber]) {
      assert.equal(askedAt, undefined);
      // All reservations, and then the releases of the others, which do not include the one that rejected.
      assert.ok(answeredAt >= 100 + CALL_MS, `${slow} ${answeredAt} ms`);
    }
  }
});
