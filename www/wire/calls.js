// Calls the package in this page: the exact request of an operation before it is sent, and its result after.
import { createSms, init } from "xinshi";
import { init as initRules } from "xinshi/rules";
import client from "xinshi/wasm/client_bg.wasm";
import rules from "xinshi/wasm/rules_bg.wasm";
import { backend } from "../backend.js";
import { watchScript } from "./script.js";

/**
 * @typedef {{ url: string, method: string, headers: Record<string, string>, body: Uint8Array | undefined }} Request
 * @typedef {{ url: string, status?: number, headers?: [string, string][], body: Uint8Array, isScript?: boolean }} Reply
 */

export const load = () =>
  Promise.all([init(new URL(client, import.meta.url)), initRules(new URL(rules, import.meta.url))]);

/**
 * Prepares a request without sending it; `answer` sends it. A text is sent exactly as planned.
 * @param {any} account
 * @param {import("./vendors.js").Operation} operation
 * @param {any[]} args
 */
export async function prepare(account, operation, args) {
  const isScript = account.transport === "jsonp";
  /** @type {Reply[]} */
  const replies = [];
  /** @type {Promise<void>[]} */
  const reading = [];
  // A script's request bypasses any fetch, so JSONP gets no recording fetch.
  const client = isScript ? clientOf(account) : clientOf(account, recording(replies, reading));
  const plan = isSend(operation) ? client.plan(args[0]) : undefined;
  const requests = plan ? plan.requests.map(shownRequest) : await captured(account, operation, args);
  return { plan, requests, isScript, answer };

  /** The replies as they came, beside the package's result. */
  async function answer() {
    replies.length = 0;
    const stopWatching = isScript ? watchScript((url, body) => replies.push({ url, body, isScript })) : () => {};
    try {
      return { replies, read: await called(client, operation, plan ? [plan] : args) };
    } catch (error) {
      return { replies, error };
    } finally {
      stopWatching();
      await Promise.all(reading);
    }
  }
}

/** The first request of a call, which is aborted before it leaves. */
async function captured(account, operation, args) {
  const controller = new AbortController();
  /** @type {Request[]} */
  const requests = [];
  const fetch = async (url, { method, headers, body }) => {
    requests.push({ url, method, headers, body });
    controller.abort();
    throw new Error("nothing leaves");
  };
  await called(clientOf(account, fetch), operation, [...args, { signal: controller.signal }]).catch((error) => {
    if (requests.length === 0) throw error;
  });
  return requests;
}

/** A fetch that records replies, as far as they arrive, and changes nothing in them. */
function recording(replies, reading) {
  return async (url, init) => {
    const { request } = await backend();
    const response = await request(url, init);
    const reply = { url, status: response.status, headers: [...response.headers], body: new Uint8Array() };
    replies.push(reply);
    // A reply that breaks off ends here too; the recorded part is kept.
    reading.push(keep(response.clone(), reply).catch(() => {}));
    return response;
  };
}

/** @param {Response} response @param {Reply} reply */
async function keep({ body }, reply) {
  if (!body) return;
  const reader = body.getReader();
  for (;;) {
    const { value } = await reader.read();
    if (value === undefined) return;
    const before = reply.body;
    reply.body = new Uint8Array(before.length + value.length);
    reply.body.set(before);
    reply.body.set(value, before.length);
  }
}

export const isSend = ({ call }) => call === "send" || call === "sendMany";

function clientOf(account, fetch) {
  return createSms({ vendors: { main: account }, allowBrowser: true, ...(fetch && { fetch }) }).vendor("main");
}

async function called(client, { call }, args) {
  const names = call.split(".");
  const method = names.pop();
  const of = names.reduce((inner, name) => inner[name], client);
  if (call !== "sendMany") return of[method](...args);
  const outcomes = [];
  for await (const outcome of of[method](...args)) outcomes.push(outcome);
  return outcomes;
}

/** @returns {Request} */
const shownRequest = (request) => ({
  url: request.url,
  method: request.method,
  headers: request.headers,
  body: request.body,
});
