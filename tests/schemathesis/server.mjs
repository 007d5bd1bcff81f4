// The handler in Node.js for Schemathesis: with the sandbox's vendors, and limits wide enough that sends keep
// succeeding.
import { serve } from "@hono/node-server";
import { createHandler, hookPath, memoryStore } from "xinshi/edge";
import { createSandbox } from "xinshi/sandbox";

/** As in schemathesis.toml. With `dev`, the handler accepts short tokens. */
const TOKENS = { operator: "dev-admin", backEnd: "dev-token" };
const HOOK_KEY = "a key for hooks that is long enough to be one";
/** Test numbers and their code, as in hooks.py. */
const NUMBERS = Array.from({ length: 20 }, (_, index) => `+861700000${1000 + index}`);
const CODE = "482915";
/** The credentials of login servers. The token is in schemathesis.toml too; hooks.py signs by the secrets. */
const GATEWAYS = { token: "the-token-of-a-login-server", supabase: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" };
const gateways = {
  supabase: { secret: `v1,${GATEWAYS.supabase}` },
  logto: { token: GATEWAYS.token },
  zitadel: { signingKey: GATEWAYS.token },
  casdoor: { token: GATEWAYS.token },
  novu: { apiKey: GATEWAYS.token },
  http: { token: GATEWAYS.token, phone: "to", code: "code" },
};

/** Starts the handler on a free port of 127.0.0.1. */
export async function startHandler() {
  const sandbox = createSandbox({ seed: 1 });
  let callers = 0;
  const forwarded = [];
  const handler = createHandler({
    vendors: { main: sandbox.config("apiv1"), second: sandbox.config("smsadmin") },
    fetch: sandbox.fetch,
    store: memoryStore(),
    pepper: "a pepper that is long enough for a test",
    proof: { key: "a proof key that is long enough for a test", audience: "app" },
    brand: "信使",
    limits: { cooldownSeconds: 0, number: [], ip: [], token: [], verifyPerNumber: [] },
    acceptGuessRisk: true,
    adminToken: TOKENS.operator,
    apiTokens: [TOKENS.backEnd],
    hookKeys: HOOK_KEY,
    queue: { send: async (message) => forwarded.push(message) },
    receipts: { keepFor: 7 },
    gateways,
    dev: true,
    testNumbers: Object.fromEntries(NUMBERS.map((number) => [number, CODE])),
    // An address for each request: one address would soon reach its limit.
    clientAddress: () => `198.51.${(callers >> 6) & 255}.${(callers += 1) & 255}`,
    on: () => {},
  });
  const server = serve({ fetch: handler.fetch, hostname: "127.0.0.1", port: 0 });
  await new Promise((resolve) => server.once("listening", resolve));
  const close = () => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  };
  const origin = `http://127.0.0.1:${server.address().port}`;
  const [account, token] = hookPath(HOOK_KEY, "main").split("/").slice(2);
  await keepReport(origin, sandbox);
  const receipt = forwarded.find(({ type }) => type === "sms.report").id;
  return { hook: { account, token }, receipt, gateways: GATEWAYS, origin, close };
}

/** Sends a code, whose report the vendor then pushes: the handler keeps it to be replayed. */
async function keepReport(origin, sandbox) {
  const post = async (path, body) => {
    const headers = { "content-type": "application/json", authorization: `Bearer ${TOKENS.backEnd}` };
    const { ok, status } = await fetch(origin + path, { method: "POST", headers, body: JSON.stringify(body) });
    if (!ok) throw new Error(`${path.split("/", 2)[1]} answered ${status}`);
  };
  const mobile = "13812340201";
  await post("/otp/send", { phone: mobile });
  const inbox = await sandbox.fetch("http://sandbox/inbox", { headers: { accept: "application/json" } });
  const [{ ref }] = await inbox.json();
  const report = { sendId: ref, mobile, times: "2026-08-01 08:00:00", status: "DELIVRD" };
  await post(hookPath(HOOK_KEY, "main"), report);
}
