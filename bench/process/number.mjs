// A process of its own: the memory of a number in the memory store, with the address that requested its code, in bytes.
// Prints the number.
import { limitsOf, load } from "./load.mjs";

const WARM_UP = 3_000;
const NUMBERS = 60_000;

const { createHandler } = await load("edge");
const options = {
  vendors: { main: { vendor: "apiv1", account: "demo", password: "secret", baseUrl: "http://127.0.0.1:1" } },
  fetch: async () => new Response('{"code":"00","data":{"taskId":""},"message":"成功"}'),
  pepper: "a pepper of the benchmark, 32 bytes or more",
  proof: { key: "a proof key of the benchmark, 32 bytes or more", audience: "benchmark" },
  brand: "信使",
  on: () => {},
  clientAddress: (request) => request.headers.get("x-from"),
};
// The load enters no code, and all its numbers have one prefix.
const handler = createHandler({ ...options, limits: await limitsOf(process.argv[2]) });

let next = 0;
async function send() {
  const index = next++;
  const from = `10.${(index >> 16) & 255}.${(index >> 8) & 255}.${index & 255}`;
  const phone = `13${String(index).padStart(9, "0")}`;
  const init = { method: "POST", headers: { "content-type": "application/json", "x-from": from } };
  const request = new Request("http://bench/otp/send", { ...init, body: JSON.stringify({ phone }) });
  const { status } = await handler.fetch(request);
  if (status !== 202) throw new Error(`status ${status}`);
}

/** The memory that the garbage collector cannot free. */
async function used() {
  for (let run = 0; run < 3; run += 1) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    globalThis.gc();
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

for (let index = 0; index < WARM_UP; index += 1) await send();
const before = await used();
for (let index = 0; index < NUMBERS; index += 1) await send();
process.stdout.write(`${((await used()) - before) / NUMBERS}\n`);
