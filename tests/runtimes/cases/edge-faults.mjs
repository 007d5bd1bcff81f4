// The handler when its WebAssembly breaks, and when its user's functions throw or return anything: each fault costs
// only its answer.
import { casStore, createHandler, memoryStore, SmsError, verifyProof } from "xinshi/edge";
import { createSandbox } from "xinshi/sandbox";
import { initSync } from "../../../pkg/wasm/edge.js";
import { check, equal, shown } from "../expect.mjs";
import { held, inTime, listen, overwrite, revoked, throws, turn, turns } from "../faults.mjs";

const KEY = "a key for proofs that is long enough too";
const breakInstance = () => overwrite(initSync({}).memory);

export const edgeFaults = {
  async "a trap with fifty requests under way answers each, and the next is served"() {
    const [unhandled, logged] = [listen(), silence()];
    const sandbox = createSandbox();
    const fetch = held(sandbox.fetch);
    const memory = memoryStore();
    const { handler, post } = world(sandbox, { store: memory, fetch: fetch.call, cors: ["https://app.example"] });
    const sends = Array.from({ length: 50 }, (_, index) => post("/otp/send", number(index)));
    const kv = held(async () => null);
    const store = casStore({ get: kv.call, swap: async () => true });
    const consumer = held(async () => true);
    const proof = await proven(sandbox);
    const calls = {
      scheduled: handler.scheduled(),
      optedOut: world(sandbox, { store: { apply: held(async () => "").call } }).handler.optedOut(["13812345678"]),
      apply: store.apply("k", "AAAA"),
      verifyProof: verifyProof(proof, { key: KEY, audience: "app", consume: consumer.call }),
    };
    for (const call of Object.values(calls)) call.catch(() => {});
    while (fetch.callCount() < sends.length || kv.callCount() < 1 || consumer.callCount() < 1) await turn();
    breakInstance();
    const own = await inTime(post("/otp/send", number(99)));
    await equalProblem(own, 500, "internal");
    // A page may not set `Origin`.
    const { headers } = new Request("http://handler", { headers: { origin: "https://app.example" } });
    equal(own.headers.get("access-control-allow-origin"), headers.get("origin"));
    for (const answer of await inTime(Promise.all(sends))) {
      equal(answer.headers.get("retry-after"), "5");
      await equalProblem(answer, 503, "unavailable");
    }
    for (const [name, call] of Object.entries(calls)) {
      // The work of a minute may have ended before.
      if (name === "scheduled") continue;
      const error = await inTime(call.then(() => undefined).catch((error) => error));
      check(error instanceof SmsError && error.code === "internal", `${name}: ${shown(error)}`);
    }
    fetch.release();
    await turns();
    equal((await inTime(post("/otp/send", number(98)))).status, 202);
    equal((await inTime(post("/otp/send", number(1)))).status, 429, "counted too often, never too seldom");
    await inTime(handler.scheduled());
    equal(unhandled().join(), "");
    check(
      logged().some((line) => /a fault of its own/.test(line)),
      logged().join(),
    );
  },

  async "a trap during a user's function costs that response only"() {
    const [unhandled, logged] = [listen(), silence()];
    const sandbox = createSandbox();
    let times = 0;
    const once = (result) => () => {
      if (times === 0) breakInstance();
      times += 1;
      return result;
    };
    const first = once();
    const memory = memoryStore();
    for (const [where, options] of Object.entries({
      fetch: { fetch: (...args) => first() ?? sandbox.fetch(...args) },
      on: { on: once() },
      clientAddress: { clientAddress: once("192.0.2.1") },
      now: { now: () => first() ?? Date.now() },
      store: { store: { apply: (...args) => first() ?? memory.apply(...args) } },
      country: { countries: ["CN", "HK"], country: once("HK") },
      captcha: { captcha: { when: "always", verify: once(true) } },
    })) {
      const { post } = world(sandbox, { store: memoryStore(), ...options });
      times = 0;
      const phone = where === "country" ? "+85251234567" : "13812345678";
      const status = (await inTime(post("/otp/send", { phone, captcha: "c" }))).status;
      check([202, 500, 503].includes(status), `${where}: ${status}`);
      const next = world(sandbox, { store: memoryStore() });
      equal((await inTime(next.post("/otp/send", number(1)))).status, 202, where);
    }
    await turns();
    equal(unhandled().join(), "");
    logged();
  },

  async "a user's function that throws or returns anything gives a documented response"() {
    const [unhandled, logged] = [listen(), silence()];
    const sandbox = createSandbox();
    const proxy = revoked();
    // biome-ignore lint/suspicious/noThenProperty: what is awaited may be anything
    const weird = Object.defineProperty({}, "then", { get: () => throws() });
    const captcha = (verify) => ({ captcha: { when: "always", verify } });
    const country = (of) => ({ countries: ["CN", "HK"], country: of });
    const cases = {
      "a store that throws": [{ store: { apply: () => throws() } }, 503],
      "a store that throws a string": [{ store: { apply: () => throws("no") } }, 503],
      "a store that throws nothing": [{ store: { apply: () => throws(undefined) } }, 503],
      "a store that throws a revoked proxy": [{ store: { apply: () => throws(proxy) } }, 503],
      "a store that rejects": [{ store: { apply: async () => throws() } }, 503],
      "a store that rejects with nothing": [{ store: { apply: () => Promise.reject() } }, 503],
      "a store that gives nothing": [{ store: { apply: () => undefined } }, 503],
      "a store that gives a number": [{ store: { apply: async () => 7 } }, 503],
      "a store that gives a symbol": [{ store: { apply: async () => Symbol("x") } }, 503],
      "a store that gives a revoked proxy": [{ store: { apply: async () => revoked() } }, 503],
      "a store that gives text of another": [{ store: { apply: async () => "not ours" } }, 503],
      "a store whose promise will not be asked": [{ store: { apply: () => weird } }, 503],
      "a captcha that throws": [captcha(() => throws()), 503],
      "a captcha that throws a symbol": [captcha(() => throws(Symbol("x"))), 503],
      "a captcha that rejects": [captcha(async () => throws("no")), 503],
      "a captcha that gives nothing": [captcha(() => undefined), 403],
      "a captcha that gives text": [captcha(async () => "true"), 403],
      "a captcha that gives an object": [captcha(async () => ({ success: true })), 403],
      "a captcha that gives a revoked proxy": [captcha(async () => revoked()), 503],
      "a captcha that gives true at once": [captcha(() => true), 202],
      "a country that throws": [country(() => throws()), 403, "+85251234567"],
      "a country that rejects": [country(async () => throws()), 403, "+85251234567"],
      "a country that gives null": [country(() => null), 403, "+85251234567"],
      "a country that gives a number": [country(() => 852), 403, "+85251234567"],
      "a country that gives half a surrogate pair": [country(() => "H\ud800"), 403, "+85251234567"],
      "an address that throws": [{ clientAddress: () => throws() }, 500],
      "an address that throws nothing": [{ clientAddress: () => throws(undefined) }, 500],
      "an address that is a promise": [{ clientAddress: async () => throws() }, 500],
      "an address that is an object": [{ clientAddress: () => ({}) }, 500],
      "an address that is a revoked proxy": [{ clientAddress: () => revoked() }, 500],
      "an address that is a bigint": [{ clientAddress: () => 1n }, 500],
      "an address that is a symbol": [{ clientAddress: () => Symbol("x") }, 500],
      "an address that is half a surrogate pair": [{ clientAddress: () => "\ud800" }, 503],
      "a clock that throws": [{ now: () => throws() }, 500],
      "a clock that throws a revoked proxy": [{ now: () => throws(revoked()) }, 500],
      "a clock that gives text": [{ now: () => "today" }, 500],
      "a clock that gives a promise": [{ now: async () => Date.now() }, 500],
      "a clock that gives infinity": [{ now: () => Number.POSITIVE_INFINITY }, 500],
      "a clock of bigints": [{ now: () => BigInt(Date.now()) }, 202],
      "a listener that throws": [{ on: () => throws() }, 202],
      "a listener that rejects": [{ on: async () => throws() }, 202],
      "a listener that gives what cannot be awaited": [{ on: () => weird }, 202],
      "a listener that gives a revoked proxy": [{ on: () => revoked() }, 202],
      "a fetch that throws": [{ fetch: () => throws() }, 202],
      "a fetch that gives nothing": [{ fetch: async () => undefined }, 202],
      "a fetch that gives a revoked proxy": [{ fetch: async () => revoked() }, 202],
      "a fetch whose body throws": [
        {
          fetch: async () => ({
            status: 200,
            get body() {
              return throws();
            },
          }),
        },
        202,
      ],
      "a fetch whose body is gone": [{ fetch: async () => locked() }, 202],
      "a fetch that gives strings": [{ fetch: async () => ({ status: 200, body: parts("x") }) }, 202],
      "a fetch that never ends": [{ fetch: async () => ({ status: 200, body: parts(new Uint8Array(1 << 20)) }) }, 202],
      "a fetch of empty parts": [{ fetch: async () => ({ status: 200, body: parts(new Uint8Array()) }) }, 202],
    };
    const { instance } = (await import("../../../pkg/edge/load.js")).guard;
    let at = 0;
    for (const [name, [options, status, phone]] of Object.entries(cases)) {
      at += 1;
      const { post } = world(sandbox, { store: memoryStore(), ...options });
      const answer = await inTime(post("/otp/send", { phone: phone ?? `139${10_000_000 + at}`, captcha: "c" }));
      equal(`${name}: ${answer.status}`, `${name}: ${status}`);
      const text = await answer.text();
      check(JSON.parse(text) && !/hunter2|\d{11}/.test(text), `${name}: ${text}`);
    }
    check(Object.keys(cases).length >= 40, "the table");
    equal((await import("../../../pkg/edge/load.js")).guard.instance, instance, "nothing of it is a fault");
    check(!logged().some((line) => /fault of its own|hunter2|1\d{10}/.test(line)), logged().join());
    await turns();
    equal(unhandled().join(), "");
  },

  async "a function that throws at once costs no other effect its result"() {
    const [unhandled, logged] = [listen(), silence()];
    const sandbox = createSandbox();
    for (const which of ["a:", "n:", "p:", ""]) {
      const memory = memoryStore();
      const apply = (key, command) => (key.startsWith(which) ? throws() : memory.apply(key, command));
      const limits = { prefix: [{ limit: 9, windowSeconds: 60 }] };
      const { handler, post } = world(sandbox, { store: { apply }, limits });
      equal(`${which} ${(await inTime(post("/otp/send", number(1)))).status}`, `${which} 503`);
      const listed = await inTime(handler.optedOut(["13700000011", "13700000012"]).catch((error) => error));
      check(which === "n:" || which === "" ? listed.code === "network" : listed.size === 0, shown(listed));
    }
    const object = { idFromName: (name) => name, get: () => throws() };
    const { handler } = world(sandbox, { store: undefined });
    const init = { method: "POST", headers: { "content-type": "application/json" }, body: '{"phone":"13700000013"}' };
    const answer = await inTime(handler.fetch(new Request("http://handler/otp/send", init), { LEDGER: object }));
    equal(answer.status, 503);
    await turns();
    equal(unhandled().join(), "");
    logged();
  },

  async "a late result reaches no other request"() {
    const [unhandled, logged] = [listen(), silence()];
    const sandbox = createSandbox();
    const memory = memoryStore();
    const waiting = [];
    let holds = false;
    let time = () => Date.now();
    const { handler } = world(sandbox, {
      clientAddress: (request) => request.headers.get("x-from"),
      limits: { ip: [{ limit: 1, windowSeconds: 60 }] },
      now: () => time(),
      store: {
        apply: async (key, command) => {
          const decision = await memory.apply(key, command);
          if (holds) await new Promise((resolve) => waiting.push(resolve));
          return decision;
        },
      },
    });
    const send = (from, phone) => {
      const headers = { "content-type": "application/json", "x-from": from };
      return handler.fetch(
        new Request("http://handler/otp/send", { method: "POST", headers, body: JSON.stringify(phone) }),
      );
    };
    equal((await send("10.0.0.2", number(1))).status, 202);
    await turns();
    holds = true;
    const first = send("10.0.0.1", number(2));
    while (waiting.length < 2) await turn();
    // The clock fails once, while one of its two results has come and the other has not.
    time = () => Number.NaN;
    waiting.pop()();
    await turns();
    time = () => Date.now();
    equal((await inTime(first)).status, 500);
    const second = send("10.0.0.2", number(3));
    while (waiting.length < 3) await turn();
    holds = false;
    for (const release of waiting.splice(0)) release();
    equal((await inTime(second)).status, 429, "its own address is used up");
    await turns();
    equal(unhandled().join(), "");
    logged();
  },

  async "bytes of a user's fetch and store are copied before anything else happens to them"() {
    const [unhandled, logged] = [listen(), silence()];
    const { instance } = (await import("../../../pkg/edge/load.js")).guard;
    const detached = (bytes) => structuredClone(bytes.buffer, { transfer: [bytes.buffer] }) && bytes;
    const reply = new TextEncoder().encode('{"code":"00","data":null,"message":""}');
    const stream = (...values) => {
      const left = values.map((value) => ({ value }));
      return async () => ({ status: 200, body: { getReader: () => ({ read: async () => left.shift() ?? {} }) } });
    };
    const one = new Uint8Array(1);
    const reused = () => {
      let at = -1;
      const read = async () => {
        at += 1;
        if (at >= reply.length) return {};
        one[0] = reply[at];
        return { value: one };
      };
      return { status: 200, body: { getReader: () => ({ read }) } };
    };
    const sandbox = createSandbox();
    const statusOf = async (fetch) => {
      const events = [];
      const { post } = world(sandbox, { store: memoryStore(), fetch, on: (event) => events.push(event) });
      equal((await inTime(post("/otp/send", number(1)))).status, 202);
      return events.find(({ type }) => type === "send").status;
    };
    equal(await statusOf(async () => reused()), "accepted");
    equal(await statusOf(stream(detached(new Uint8Array(8)))), "unknown");
    equal(await statusOf(stream(new BigUint64Array(1), new Uint8Array(8))), "unknown");
    const store = casStore({
      get: async () => ({ value: detached(new Uint8Array(8)), version: "1" }),
      swap: async () => true,
    });
    const error = await inTime(store.apply("k", await someCommand()).catch((error) => error));
    check(error instanceof SmsError && error.field === "kv", shown(error));
    equal((await import("../../../pkg/edge/load.js")).guard.instance, instance, "nothing of it is a fault");
    await turns();
    equal(unhandled().join(), "");
    logged();
  },

  async "an error of a queue, a wait, a store or a consumer is passed on, and is no fault"() {
    const [unhandled, logged] = [listen(), silence()];
    const kvs = [
      { get: () => throws(new TypeError("of the store")), swap: async () => true },
      { get: async () => throws(new TypeError("of the store")), swap: async () => true },
      { get: async () => null, swap: () => throws(new TypeError("of the store")) },
    ];
    const command = await someCommand();
    for (const kv of kvs) {
      const error = await inTime(
        casStore(kv)
          .apply("k", command)
          .catch((error) => error),
      );
      check(error instanceof TypeError && error.message === "of the store", shown(error));
    }
    for (const found of [7, "x", {}, { value: "x", version: "1" }, { value: new Uint8Array(1), version: 1 }]) {
      const store = casStore({ get: async () => found, swap: async () => true });
      const error = await inTime(store.apply("k", command).catch((error) => error));
      check(error instanceof SmsError && error.code === "invalid_argument", `${typeof found}: ${shown(error)}`);
    }
    for (const swapped of [undefined, null, 1, "true", { ok: false }]) {
      const store = casStore({ get: async () => null, swap: async () => swapped });
      const error = await inTime(store.apply("k", command).catch((error) => error));
      check(error instanceof SmsError && error.field === "kv", `${swapped}: ${shown(error)}`);
    }
    for (const wrong of ["", "not ours", undefined, 7, null]) {
      const error = await inTime(
        memoryStore()
          .apply("k", wrong)
          .catch((error) => error),
      );
      check(error instanceof SmsError && error.code === "invalid_argument", `${wrong}: ${shown(error)}`);
    }
    const proof = await proven(createSandbox());
    const check_ = (consume) => verifyProof(proof, { key: KEY, audience: "app", consume }).catch((error) => error);
    equal((await inTime(check_(() => throws(new RangeError("of the consumer"))))).message, "of the consumer");
    equal((await inTime(check_(async () => 1))).code, "auth");
    for (const options of [
      undefined,
      null,
      7,
      { key: 7 },
      { key: [] },
      { key: ["", KEY], audience: "app" },
      { key: "", audience: "app" },
      { key: KEY },
      { key: KEY, audience: 1 },
      revoked(),
    ]) {
      const error = await inTime(verifyProof(proof, options).catch((error) => error));
      check(error instanceof SmsError && error.code === "invalid_argument", `${typeof options}: ${shown(error)}`);
    }
    for (const token of [undefined, null, 7, {}, "", ".", "a.b.c", `${proof}.`, revoked()]) {
      const error = await inTime(verifyProof(token, { key: KEY, audience: "app" }).catch((error) => error));
      check(error instanceof SmsError && error.code === "auth", shown(error));
    }
    await turns();
    equal(unhandled().join(), "");
    logged();
  },
};

/** A handler with the sandbox as its vendor. */
function world(sandbox, options = {}) {
  const handler = createHandler({
    vendors: { main: sandbox.config("apiv1") },
    fetch: sandbox.fetch,
    pepper: "a pepper that is long enough to be one",
    proof: { key: KEY, audience: "app" },
    brand: "信使",
    clientAddress: (request) => request.headers.get("x-from") ?? "192.0.2.1",
    on: () => {},
    ...options,
  });
  let at = 0;
  const post = (path, body) => {
    at += 1;
    const headers = { "content-type": "application/json", "x-from": `10.0.0.${at}`, origin: "https://app.example" };
    return handler.fetch(new Request(`http://handler${path}`, { method: "POST", headers, body: JSON.stringify(body) }));
  };
  return { handler, post };
}

const number = (index) => ({ phone: String(13_900_000_000 + index) });

async function equalProblem(answer, status, name) {
  equal(answer.status, status);
  equal(answer.headers.get("content-type"), "application/problem+json");
  equal((await answer.json()).type, `urn:xinshi:problem:${name}`);
}

/** A proof for a number. */
async function proven(sandbox) {
  const { post } = world(sandbox, { store: memoryStore() });
  const { challenge } = await (await post("/otp/send", { phone: "13700000001" })).json();
  const inbox = await sandbox.fetch("http://sandbox/inbox?to=13700000001", { headers: { accept: "application/json" } });
  const code = (await inbox.json()).at(-1).text.match(/\d{6}/)[0];
  return (await (await post("/otp/verify", { challenge, code })).json()).proof;
}

/** A command of the ledger, as a handler passes it to its store. */
async function someCommand() {
  const memory = memoryStore();
  let first;
  const apply = (key, command) => {
    first ??= command;
    return memory.apply(key, command);
  };
  await world(createSandbox(), { store: { apply } }).post("/otp/send", number(7));
  return first;
}

/** A body that consists of this part, for ever. */
const parts = (value) => ({ getReader: () => ({ read: async () => ({ value }), cancel: async () => {} }) });

function locked() {
  const response = new Response("0");
  response.body.getReader();
  return response;
}

/** Silences the console, and collects its lines. */
function silence() {
  const lines = [];
  const { error } = console;
  console.error = (line) => lines.push(String(line));
  return () => {
    console.error = error;
    return lines;
  };
}
