// The tests' worker: by default a user's deployment; beside it, a ledger that follows orders and records its calls.
import { createHandler, Ledger } from "xinshi/edge";
// The package's own module, so that a test can break the memory that the handler uses.
import { initSync } from "../../pkg/wasm/edge.js";

export { Ledger };

const handler = createHandler(({ OPTIONS, RECEIPTS }) => ({ ...OPTIONS, ...(RECEIPTS && { queue: RECEIPTS }) }));

export default {
  ...handler,
  /** The user's own consumer of the queue: passes its messages on. */
  async queue({ messages }, { QUEUED }) {
    await fetch(QUEUED, { method: "POST", body: JSON.stringify(messages.map(({ body }) => body)) });
  },
};

/** One isolate runs the handler and all objects, so both share plain data. */
const seen = { calls: [], objects: new Set() };
/** The ordered faults: `{kind, after, does}` applies to the next call for a key of that kind, after `skip` others. */
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

  /** Makes the runtime call `alarm` now instead of in an hour. */
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
    // The receiver knows that this point was reached; earlier writes are on disk by then.
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

/** The numbers of answers to simultaneous requests, by round. */
const answered = new Map();

const orderings = {
  /**
   * Sends many simultaneous requests to the handler, each from another address: no local workerd serves that many
   * connections.
   */
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
  /** Does the work of a cron trigger, several times at once if wanted. */
  async scheduled({ times = 1 }, env, ctx) {
    await Promise.all(Array.from({ length: times }, () => handler.scheduled({}, env, ctx)));
  },
  /** Clears the recorded calls, and sets the orders. */
  order({ orders: next = [] }) {
    orders = next;
    seen.calls = [];
  },
  calls: () => seen.calls,
  /** The number of orders that no call has met. */
  pending: () => orders.length,
  async objects({ call }, { LEDGER }) {
    const stubs = [...seen.objects].map((id) => LEDGER.get(LEDGER.idFromString(id)));
    return Promise.all(stubs.map((stub) => stub[call]().catch((error) => `${error}`)));
  },
  /** Sets the clock of the whole isolate. */
  clock({ aheadMs }) {
    Date.now = () => realNow() + aheadMs;
  },
  /** Breaks the WebAssembly as a fault of its own would: all it reads next is nonsense. */
  corrupt() {
    new Uint8Array(initSync().memory.buffer).fill(0xff);
  },
};

/** The tests' entry, on a socket of its own. */
export const tests = {
  async fetch(request, env, ctx) {
    const { does, ...args } = await request.json();
    return Response.json((await orderings[does](args, env, ctx)) ?? null);
  },
};
