// A process of its own: the time of the client's import and its first plan, in milliseconds. Prints the number.
import { load } from "./load.mjs";

const started = performance.now();
const { createSms } = await load("client");
const account = { vendor: "apiv1", account: "demo", password: "secret", baseUrl: "http://127.0.0.1:1" };
const sms = createSms({ vendors: { main: account } });
const [request] = sms.plan({ to: "13812345678", text: "【信使】您的快递到了。" }).requests;
if (request.body.length === 0) throw new Error("the plan has no body");
process.stdout.write(`${performance.now() - started}\n`);
