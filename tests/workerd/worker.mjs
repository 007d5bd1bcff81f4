// The worker of the tests: by default a deployment as a user writes it; beside it, a ledger that obeys orders and is watched.
import { createHandler, Ledger } from "xinshi/edge";
// The same module as the package's own, so that a test can break the memory that the handler works in.
import { initSync } from "../../pkg/wasm/edge.js";

export { Ledger };

const handler = createHandler(({ OPTIONS, RECEIPTS }) => ({ ...OPTIONS, ...(RECEIPTS && { queue: RECEIPTS }) }));

export default {
  ...handler,
  /** The user's own consumer: hands on what the queue brought. */
  async queue({ messages }, { QUEUED }) {
    await fetch(QUEUED, { method: "POST", body: JSON.stringify(messages.map(({ body }) => body)) });
  },
};

/** One isolate runs the handler and all objects, so that plain data reaches both. */
const seen = { calls: [], objects: new Set() };
/** What is to go wrong: `{kind, after, does}` meets the next call for a key of that kind, after `skip` others. */
let orders = [];
const realNow = Date.now.bind(Date);

export class WatchedLedger extends Ledger {
  #rowsWritten = 0;

  constructor(ctx, env) {
    super(ctx, env);
    seen.objects.add(ctx.id.toString());
    const { sql } = ctx.storage;
    const exec = sql.exec.bind(sql);
    sql.exec = (...args) => {
      const cursor = exec(...args);
      this.#rowsWritten += cursor.rowsWritten;
      return cursor;
    };
  }

  apply(key, command) {
    const [kind] = key.split(":");
    const order = due(kind);
    if (order && !order.after) return this.#obey(order, () => super.apply(key, command));
    const before = this.#rowsWritten;
    const decision = super.apply(key, command);
    seen.calls.push({ kind, rowsWritten: this.#rowsWritten - before });
    return order ? this.#obey(order, () => decision) : decision;
  }

  rows() {
    return this.ctx.storage.sql.exec("SELECT count(*) AS rows FROM ledger").one().rows;
  }

  /** Has the runtime itself call `alarm`, now instead of in an hour. */
  wakeNow() {
    return this.ctx.storage.setAlarm(realNow());
  }

  alarmAt() {
    return this.ctx.storage.getAlarm();
  }

  crash() {
    this.ctx.abort("a test crashed this object");
  }

  #obey({ does }, finish) {
    if (does === "throw") throw new Error("a test ordered this");
    if (does === "overload") throw Object.assign(new Error("Durable Object is overloaded."), { overloaded: true });
    if (does === "abort") this.ctx.abort("a test crashed this object");
    // Whoever answers this knows that it was reached; what was written before is on disk when it leaves.
    return fetch(`${this.env.HOLD}/${does}`).then(finish);
  }
}

function due(kind) {
  const index = orders.findIndex((order) => order.kind === kind);
  if (index < 0) return undefined;
  if (orders[index].skip > 0) {
    orders[index].skip -= 1;
    return undefined;
  }
  return orders[index].always ? orders[index] : orders.splice(index, 1)[0];
}

/** How many were answered of those that were asked together, by what was asked. */
const answered = new Map();

const orderings = {
  /** Asks the handler many times at once, each as somebody else: no local workerd serves as many connections. */
  async together({ count, target, round, body }, env, ctx) {
    const all = `${target} ${round}`;
    const ask = async (_, caller) => {
      const address = `10.${round}.${caller >> 8}.${caller & 255}`;
      const headers = { "content-type": "application/json", "cf-connecting-ip": address };
      const init = { method: "POST", headers, body: JSON.stringify(body) };
      const response = await handler.fetch(new Request(`http://handler${target}`, init), env, ctx);
      answered.set(all, (answered.get(all) ?? 0) + 1);
      return { status: response.status, headers: Object.fromEntries(response.headers), text: await response.text() };
    };
    return Promise.all(Array.from({ length: count }, ask));
  },
  answered: ({ target, round }) => answered.get(`${target} ${round}`) ?? 0,
  /** What a cron trigger does, as often at once as is wanted. */
  async scheduled({ times = 1 }, env, ctx) {
    await Promise.all(Array.from({ length: times }, () => handler.scheduled({}, env, ctx)));
  },
  /** Forgets what was seen, and orders. */
  order({ orders: next = [] }) {
    orders = next;
    seen.calls = [];
  },
  calls: () => seen.calls,
  /** How many orders nobody met. */
  pending: () => orders.length,
  async objects({ call }, { LEDGER }) {
    const stubs = [...seen.objects].map((id) => LEDGER.get(LEDGER.idFromString(id)));
    return Promise.all(stubs.map((stub) => stub[call]().catch((error) => `${error}`)));
  },
  /** Sets the clock of everything in this isolate. */
  clock({ aheadMs }) {
    Date.now = () => realNow() + aheadMs;
  },
  /** Breaks the WebAssembly as a fault of its own would: whatever it reads next is nonsense. */
  corrupt() {
    new Uint8Array(initSync().memory.buffer).fill(0xff);
  },
};

/** The way in for the tests, on a socket of its own. */
export const tests = {
  async fetch(request, env, ctx) {
    const { does, ...wanted } = await request.json();
    return Response.json((await orderings[does](wanted, env, ctx)) ?? null);
  },
};
