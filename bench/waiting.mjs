// The time from a request until the vendor is called, in calls of a store that takes 20 ms each.
import { createHandler, memoryStore } from "xinshi/edge";
import { createSandbox } from "xinshi/sandbox";
import { spread } from "./edge.mjs";

const CALL_MS = 20;
const SENDS = 41;
/** The bound of docs/decisions/9-one-trip.md. */
const MAX_CALL_TIMES = 1.2;

const rule = [{ limit: 10_000, windowSeconds: 60 }];
const CASES = {
  "the default limits": {},
  "limits by address, prefix, total and number": { limits: { ip: rule, prefix: rule, total: rule } },
  "accounts in the order of their outcomes": { order: "adaptive" },
};

/** Measures each case: the time until the vendor is called, divided by the time that calls took in the same run. */
export async function benchWaiting(sends = SENDS) {
  const results = [];
  for (const [title, options] of Object.entries(CASES)) {
    const calls = [];
    const vendorCalls = [];
    let begun = 0;
    const [sandbox, memory] = [createSandbox(), memoryStore()];
    const handler = createHandler({
      vendors: { main: sandbox.config("apiv1"), spare: sandbox.config("smsadmin") },
      fetch: (...request) => {
        vendorCalls.push(performance.now() - begun);
        return sandbox.fetch(...request);
      },
      store: {
        async apply(key, command) {
          const from = performance.now();
          await new Promise((resolve) => setTimeout(resolve, CALL_MS));
          const decision = memory.apply(key, command);
          calls.push(performance.now() - from);
          return decision;
        },
      },
      pepper: "a pepper that is long enough to be one",
      proof: { key: "a key for proofs that is long enough too", audience: "app" },
      brand: "信使",
      on: () => {},
      clientAddress: (request) => request.headers.get("x-from"),
      ...options,
    });
    for (let index = 0; index < sends; index += 1) {
      const headers = { "content-type": "application/json", "x-from": `192.0.2.${index}` };
      const body = JSON.stringify({ phone: `138${String(index).padStart(8, "0")}` });
      begun = performance.now();
      const { status } = await handler.fetch(new Request("http://handler/otp/send", { method: "POST", headers, body }));
      if (status !== 202) throw new Error(`status ${status}`);
    }
    const call = spread(calls).median;
    // The first send compiles code.
    results.push({ title, calls: spread(vendorCalls.slice(1).map((ms) => ms / call)), max: MAX_CALL_TIMES });
  }
  return results;
}
