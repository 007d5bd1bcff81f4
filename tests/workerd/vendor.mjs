// The vendor that the tests' worker sends through: the sandbox in the test's own process, and whoever it keeps waiting.
import { createSandbox } from "xinshi/sandbox";
import { serve } from "../../pkg/sandbox/server.js";

/** After what time nobody comes any more. */
const LATE_MS = 20_000;

/**
 * Starts it. It ends with the test.
 * @param {import("node:test").TestContext} t
 * @param {{ onText?: (phone: string) => void }} told `onText` hears of each text as it reaches its phone.
 */
export async function startVendor(t, { onText } = {}) {
  const sandbox = createSandbox();
  const held = new Map();
  /** Whether answers wait: the text has reached its phone by then. */
  let holds = false;
  const wait = (name) =>
    new Promise((release) => {
      held.set(name, [...(held.get(name) ?? []), release]);
      for (const waiter of waiters.splice(0)) waiter();
    });
  const waiters = [];
  let answering = 0;

  const vendor = {
    async fetch(request) {
      answering += 1;
      try {
        return await answer(request);
      } finally {
        answering -= 1;
      }
    },
  };
  const answer = async (request) => {
    const { pathname } = new URL(request.url);
    if (pathname.startsWith("/hold/")) {
      await wait(pathname.slice("/hold/".length));
      return new Response("");
    }
    const to = onText && new URLSearchParams(await request.clone().text()).get("mobile");
    const reply = await sandbox.fetch(request);
    if (to) onText(`+86${to}`);
    if (holds) await wait("vendor");
    return reply;
  };
  const server = await serve(vendor, { port: 0, host: "127.0.0.1" });
  // workerd keeps connections: one that is closed as it is used again would be a text whose outcome nobody knows.
  server.keepAliveTimeout = 0;
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const origin = `http://127.0.0.1:${server.address().port}`;
  return {
    origin,
    /** Has somebody answer a text. */
    reply: (from, text) =>
      sandbox.fetch("http://sandbox/replies", {
        method: "POST",
        body: JSON.stringify({ vendor: "smsadmin", from, text }),
      }),
    account: { ...sandbox.config("smsadmin"), baseUrl: `${origin}/smsadmin` },
    hold: () => {
      holds = true;
    },
    /** How many wait under a name, "vendor" or that of an order. */
    held: (name) => held.get(name)?.length ?? 0,
    /** Resolves when somebody waits, and rejects where nobody comes. */
    async reached(name) {
      const late = setTimeout(() => {
        for (const waiter of waiters.splice(0)) waiter();
      }, LATE_MS);
      const begun = Date.now();
      while (!held.get(name)?.length) {
        if (Date.now() - begun >= LATE_MS) throw new Error(`nobody came to ${name}`);
        await new Promise((resolve) => waiters.push(resolve));
      }
      clearTimeout(late);
    },
    release() {
      holds = false;
      for (const releases of held.values()) for (const release of releases) release();
      held.clear();
    },
    /** Resolves when whoever was connected is gone, and all that they said was heard. */
    async deserted() {
      for (;;) {
        const connections = await new Promise((resolve) => server.getConnections((_, count) => resolve(count)));
        if (connections === 0 && answering === 0) return;
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
    },
    fault: (fault) =>
      sandbox.fetch("http://sandbox/faults", {
        method: "POST",
        body: JSON.stringify({ vendor: "smsadmin", ...fault }),
      }),
    /** The texts that a phone got, with the code in each. */
    async inbox(to) {
      const query = to === undefined ? "" : `?to=${encodeURIComponent(to)}`;
      const response = await sandbox.fetch(`http://sandbox/inbox${query}`, { headers: { accept: "application/json" } });
      return (await response.json()).map((text) => ({ ...text, code: /\d{6}/.exec(text.text)?.[0] }));
    },
  };
}
