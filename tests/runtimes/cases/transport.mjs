// Failures of the connection, and their outcomes.
import { createSms } from "xinshi";
import { createSandbox } from "xinshi/sandbox";
import { check, equal, fails, shown } from "../expect.mjs";

const TEXT = "【信使】您的验证码是424242，5分钟内有效。";
const TO = "13812345678";
const KEY = "a-key-that-nobody-may-see";

export const transport = {
  async "a redirect is not followed"({ hostile, redirectStatus = 307 }) {
    const landings = async () => (await fetch(`${hostile}/landed-count`)).text();
    const before = await landings();
    const outcome = await binstd(`${hostile}/redirect`).send({ to: TO, text: TEXT });
    fails(outcome, "unknown", { code: "bad_reply", sent: "maybe", httpStatus: redirectStatus });
    equal(await landings(), before);
  },

  async "an endless reply is cut at its limit"({ hostile }) {
    const outcome = await binstd(`${hostile}/endless`).send({ to: TO, text: TEXT });
    fails(outcome, "unknown", { code: "bad_reply", sent: "maybe" });
  },

  async "a missing reply times out"({ hostile }) {
    for (const path of ["silent", "silent-body"]) {
      const outcome = await binstd(`${hostile}/${path}`).send({ to: TO, text: TEXT }, { timeoutMs: 150 });
      fails(outcome, "unknown", { code: "timeout", sent: "maybe" });
    }
  },

  async "an abort before the request leaves is certain, and one after it is not"({ hostile }) {
    const before = await binstd(`${hostile}/landed`).send({ to: TO, text: TEXT }, { signal: AbortSignal.abort() });
    fails(before, "rejected", { code: "aborted", sent: "no" });
    const controller = new AbortController();
    const sending = binstd(`${hostile}/silent`).send({ to: TO, text: TEXT }, { signal: controller.signal });
    setTimeout(() => controller.abort(), 50);
    fails(await sending, "unknown", { code: "aborted", sent: "maybe" });
  },

  async "a connection never made allows another vendor, a lost one does not"({
    closed,
    hostile,
    sandbox,
    tellsRejections,
  }) {
    const good = { ...createSandbox().config("apiv1"), baseUrl: `${sandbox}/apiv1` };
    const two = (baseUrl) =>
      createSms({ vendors: { first: { vendor: "binstd", appkey: KEY, baseUrl }, second: good } });
    const message = { to: "13812340000", text: TEXT };
    const rejected = await two(closed).send(message);
    if (tellsRejections) {
      equal(`${rejected.account} ${rejected.status}`, "second accepted");
    } else {
      fails(rejected, "unknown", { code: "network", sent: "maybe" });
    }
    const cut = await two(`${hostile}/cut`).send(message);
    fails(cut, "unknown", { code: "network", sent: "maybe" });
    equal(cut.account, "first");
  },

  async "a request whose connection is cut is sent once, also on a reused connection"({ hostile }) {
    const cuts = async () => Number(await (await fetch(`${hostile}/cut-count`)).text());
    for (const method of ["GET", "POST"]) {
      const account = (path) => ({ vendor: "binstd", appkey: KEY, method, baseUrl: `${hostile}/${path}` });
      const sms = createSms({ vendors: { good: account("landed"), cut: account("cut") }, order: ["good"] });
      for (let round = 0; round < 3; round += 1) {
        equal((await sms.send({ to: TO, text: TEXT })).status, "accepted");
        const before = await cuts();
        fails(await sms.send(sms.plan({ to: TO, text: TEXT }, "cut")), "unknown", { code: "network", sent: "maybe" });
        equal((await cuts()) - before, 1);
      }
    }
  },

  async "each fault of the sandbox gives its outcome"(world) {
    await faults(world, {
      reject: ["rejected", "balance"],
      http500: ["unknown", "bad_reply"],
      garbage: ["unknown", "bad_reply"],
      truncated: ["unknown", "network"],
      timeout: ["unknown", "timeout"],
    });
  },

  async "a connection that the sandbox resets is an unknown outcome"(world) {
    await faults(world, { reset: ["unknown", "network"], accept_then_reset: ["unknown", "network"] });
  },

  async "a fetch that misbehaves is an unknown outcome"() {
    const misbehaviours = {
      "rejects with a string": () => Promise.reject("no"),
      "rejects with nothing": () => Promise.reject(),
      "rejects with its URL": (url) => Promise.reject(new Error(`failed: ${url}`, { cause: { code: url } })),
      throws: () => {
        throw new Error("at once");
      },
      "returns nothing": () => undefined,
      "returns a string": async () => "200 OK",
      "returns a used body": async () => {
        const response = new Response("0");
        await response.text();
        return response;
      },
      "returns a body that is no stream": async () => ({ status: 200, body: "text" }),
      "streams strings": async () => ({
        status: 200,
        body: { getReader: () => ({ read: async () => ({ value: "x" }) }) },
      }),
      "reads no promise": async () => ({ status: 200, body: { getReader: () => ({ read: () => ({ done: true }) }) } }),
      "reads nothing": async () => ({ status: 200, body: { getReader: () => ({ read: () => undefined }) } }),
      "reads a part that is gone": async () => {
        const part = new Uint8Array(8);
        structuredClone(part.buffer, { transfer: [part.buffer] });
        return { status: 200, body: { getReader: () => ({ read: async () => ({ value: part }) }) } };
      },
      "returns a promise whose then throws": () =>
        // biome-ignore lint/suspicious/noThenProperty: a promise that misbehaves is what is tested
        Object.defineProperty(Promise.resolve(), "then", {
          get() {
            throw new Error("then");
          },
        }),
      "returns a promise whose constructor throws": () =>
        Object.defineProperty(Promise.resolve(new Response("0")), "constructor", {
          get() {
            throw new Error("constructor");
          },
        }),
      "has a status that is none": async () => ({ status: "200", body: null }),
    };
    for (const [name, fetch] of Object.entries(misbehaviours)) {
      const sms = createSms({ vendors: { main: { vendor: "binstd", appkey: KEY, method: "GET" } }, fetch });
      const outcome = await sms.send({ to: TO, text: TEXT });
      fails(outcome, "unknown", { sent: "maybe" }, name);
      check(!shown(outcome).includes(KEY), `${name} shows the key`);
    }
  },
};

/** Orders each fault for the next send of two vendors, and checks its outcome. */
async function faults({ sandbox: origin }, expected) {
  const sandbox = createSandbox();
  for (const vendor of ["binstd", "smsadmin"]) {
    const config = { ...sandbox.config(vendor), baseUrl: `${origin}/${vendor}` };
    const sms = createSms({ vendors: { main: config } });
    for (const [fault, [status, code]] of Object.entries(expected)) {
      const added = await fetch(`${origin}/faults`, { method: "POST", body: JSON.stringify({ vendor, fault }) });
      equal(added.status, 204);
      const options = fault === "timeout" ? { timeoutMs: 150 } : {};
      const outcome = await sms.send({ to: "13900000001", text: TEXT }, options);
      fails(outcome, status, { code }, `${vendor} ${fault}`);
    }
  }
}

const binstd = (baseUrl) => createSms({ vendors: { main: { vendor: "binstd", appkey: KEY, baseUrl } } });
