// Sends a code, and stops before one of its steps until it is killed.
import { createClient } from "redis";
import { casStore } from "xinshi/edge";
import { redisKv } from "../../pkg/examples/redis/redis-kv.js";
import { breaking, servedSandbox, service } from "./service.mjs";

const [url, prefix, origin, phone, step] = process.argv.slice(2);
const client = await createClient({ url }).connect();
const fault = breaking(casStore(redisKv(client, prefix)), servedSandbox(origin), Number(step), "dies before");
const { send, settled } = service(fault.store, fault.sandbox);
await Promise.race([send(phone).then(settled), fault.death]);
console.log("stopped");
// The connection to Redis keeps the process alive.
