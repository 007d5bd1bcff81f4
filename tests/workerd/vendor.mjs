// The vendor of the tests' worker: the sandbox in the test's own process, and the requests that it holds back.
import { createSandbox } from "xinshi/sandbox";
import { serve } from "../../pkg/sandbox/server.js";

/** The time after which a request that did not come will not come. */
const LATE_MS = 20_000;

/**
 * Starts the vendor, until the test ends.
 * @param {import("node:test").TestContext} t
 * @param {{ onText?: (phone: string) => void }} told `onText` is called for each text when it reaches its phone.
 */
export async function startVendor(t, { onText } = {}) {
  const sandbox = createSandbox();
  const held = new Map();
  /** Whether answers are held back; the text has then reached its phone. */
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
  // Closes each connection: one that closes as workerd reuses it would leave a text with an unknown outcome.
  server.keepAliveTimeout = 0;
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const origin = `http://127.0.0.1:${server.address().port}`;
  return {
    origin,
    /** Makes a person reply. */
    reply: (from, text) =>
      sandbox.fetch("http://sandbox/replies", {
        method: "POST",
        body: JSON.stringify({ vendor: "smsadmin", from, text }),
      }),
    account: { ...sandbox.config("smsadmin"), baseUrl: `${origin}/smsadmin` },
    hold: () => {
      holds = true;
    },
    /** The number of requests held under a name: "vendor" or an order's. */
    held: (name) => held.get(name)?.length ?? 0,
    /** Resolves when a request is held; rejects if none comes. */
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
    /** Resolves when all clients have disconnected and everything they sent was read. */
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
    /** The texts on a phone, with the code in each. */
    async inbox(to) {
      const query = to === undefined ? "" : `?to=${encodeURIComponent(to)}`;
      const response = await sandbox.fetch(`http://sandbox/inbox${query}`, { headers: { accept: "application/json" } });
      return (await response.json()).map((text) => ({ ...text, code: /\d{6}/.exec(text.text)?.[0] }));
    },
  };
}
