// A handler over a sandbox with a simulated clock: the package itself, under rules that the page sets.
import { createHandler, init as loadEdge, memoryStore } from "xinshi/edge";
import { createSandbox, init as loadSandbox } from "xinshi/sandbox";
import edge from "xinshi/wasm/edge_bg.wasm";
import vendors from "xinshi/wasm/sandbox_bg.wasm";

const OPERATOR = "Bearer dev-admin";

/** Loads the WebAssembly of the handler and of the sandbox. */
export const load = () =>
  Promise.all([loadEdge(new URL(edge, import.meta.url)), loadSandbox(new URL(vendors, import.meta.url))]);

/** The package's worker for proofs of work, which does one after the other; the build inserts its file. @type {Worker | undefined} */
let worker;
/** The end of the work that was ordered last. @type {Promise<unknown>} */
let latest = Promise.resolve();

/** Does the work of a challenge as a person's page does. @returns {Promise<string>} What goes along in place of a captcha's token. */
export function solve(challenge) {
  const answer = latest.then(() => answerOf(challenge));
  latest = answer.catch(() => {});
  return answer.then((text) => `${challenge}.${text}`);
}

/** @param {string} challenge @returns {Promise<string>} */
function answerOf(challenge) {
  worker ??= new Worker(new URL(WORK, import.meta.url), { type: "module" });
  const own = worker;
  return new Promise((resolve, reject) => {
    own.onerror = () => reject(new Error("the worker of the proof of work was not loaded"));
    own.onmessage = ({ data }) => {
      if (data.answer) resolve(data.answer);
      else if (data.failed) reject(new Error(data.failed));
    };
    own.postMessage(challenge);
  });
}

/**
 * @param {{ limits: any, captcha: false | "adaptive" | "always", work: boolean }} rules
 * @throws {Error} If the handler rejects the rules.
 */
export function worldOf({ limits, captcha, work }) {
  const time = { now: 0 };
  const now = () => time.now;
  const sandbox = createSandbox({ now });
  /** The handler's events of the current request. @type {any[]} */
  let events = [];
  const handler = createHandler({
    vendors: { smsadmin: sandbox.config("smsadmin"), apiv1: sandbox.config("apiv1"), binstd: sandbox.config("binstd") },
    fetch: sandbox.fetch,
    now,
    store: memoryStore({ now }),
    pepper: "the pepper of a simulated handler",
    proof: { key: "the key of proofs that prove nothing", audience: "example" },
    brand: "信使",
    dev: true,
    adminToken: "dev-admin",
    limits,
    // The simulation decides who solves a captcha: people do, bots do not.
    ...(captcha && {
      captcha: { verify: async (token) => token === "solved", when: captcha, ...(work && { proofOfWork: true }) },
    }),
    ...(!captcha && work && { captcha: { proofOfWork: true } }),
    clientAddress: (request) => request.headers.get("x-address"),
    on: (event) => events.push(event),
  });

  const post = async (path, body, address, headers = {}) => {
    const all = { "content-type": "application/json", "x-address": address, ...headers };
    const response = await handler.fetch(
      new Request(`http://handler/${path}`, { method: "POST", headers: all, body: JSON.stringify(body) }),
    );
    return { status: response.status, body: response.status === 204 ? {} : await response.json() };
  };

  return {
    time,
    async send(body, address) {
      events = [];
      const answer = await post("otp/send", body, address);
      return { ...answer, events };
    },
    verify: (challenge, code, address) => post("otp/verify", { challenge, code }, address),
    explain: async (phone, address) =>
      (await post("admin/explain", { phone, ...(address && { address }) }, "127.0.0.1", { authorization: OPERATOR }))
        .body,
    async lastText(phone) {
      const headers = { accept: "application/json" };
      const inbox = await (await sandbox.fetch(`http://sandbox/inbox?to=${phone}`, { headers })).json();
      return inbox.at(-1)?.text;
    },
    fault: (order) => sandbox.fetch("http://sandbox/faults", { method: "POST", body: JSON.stringify(order) }),
    async statistics() {
      const headers = { authorization: OPERATOR, "x-address": "127.0.0.1" };
      return (await handler.fetch(new Request("http://handler/admin/stats", { headers }))).json();
    },
  };
}
