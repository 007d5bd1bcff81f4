// A process of its own: the memory that a bulk of a million recipients of an async iterable takes above the start, in
// bytes. Prints the number.
import { load } from "./load.mjs";

const RECIPIENTS = 1_000_000;
/** A request of apiv1 takes 3,000 numbers. */
const ACCEPTED = '{"code":"00","data":{"taskId":""},"message":"成功"}';

const { createSms } = await load("client");
const account = { vendor: "apiv1", account: "demo", password: "secret", baseUrl: "http://127.0.0.1:1" };
const sms = createSms({ vendors: { main: account }, fetch: async () => new Response(ACCEPTED) });

async function* recipients(count) {
  for (let index = 0; index < count; index += 1) yield `13${String(index).padStart(9, "5")}`;
}

const drain = async (count, onOutcome) => {
  const bulk = { to: recipients(count), text: "【信使】您的快递到了。", ref: "bench1" };
  for await (const { status } of sms.sendMany(bulk)) {
    if (status !== "accepted") throw new Error(status);
    onOutcome();
  }
};

// The first bulk compiles code.
await drain(6_000, () => {});
globalThis.gc();
const start = process.memoryUsage.rss();
let most = start;
await drain(RECIPIENTS, () => {
  most = Math.max(most, process.memoryUsage.rss());
});
process.stdout.write(`${most - start}\n`);
