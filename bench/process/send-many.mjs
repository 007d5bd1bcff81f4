// A process of its own: the time of `sendMany` to 100,000 numbers through the sandbox's fetch, in milliseconds. Prints
// the number.
import { load } from "./load.mjs";

const RECIPIENTS = 100_000;

const { createSms } = await load("client");
const { createSandbox } = await load("sandbox");
const sandbox = createSandbox();
const sms = createSms({ vendors: { main: sandbox.config("apiv1") }, fetch: sandbox.fetch });
const to = Array.from({ length: RECIPIENTS }, (_, index) => `138${10_000_000 + index}`);

const send = async (to) => {
  let sent = 0;
  for await (const outcome of sms.sendMany({ to, text: "【信使】您的快递到了。" })) {
    if (outcome.status !== "accepted") throw new Error(JSON.stringify(outcome));
    sent += outcome.to.length;
  }
  if (sent !== to.length) throw new Error(`${sent} of ${to.length}`);
};

// The first bulk compiles code.
await send(to.slice(0, 6_000));
const started = process.cpuUsage();
await send(to);
const { user, system } = process.cpuUsage(started);
process.stdout.write(`${(user + system) / 1000}\n`);
