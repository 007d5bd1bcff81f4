// Faults of the WebAssembly, and callers' objects that throw: each costs only its answer.
import { createSms, SmsError } from "xinshi";
import { createSandbox } from "xinshi/sandbox";
import { initSync } from "../../../pkg/wasm/client.js";
import { check, equal, fails, shown } from "../expect.mjs";
import { held, inTime, listen, overwrite, revoked, throws, turn, turns } from "../faults.mjs";

const TEXT = "【信使】您的验证码是424242，5分钟内有效。";
const TO = "13812345678";
const KEY = "a-key-that-nobody-may-see";

export const faults = {
  async "a trap with fifty calls under way ends each, and the next call works"() {
    for (const [when, sent] of [
      ["before", "no"],
      ["after", "maybe"],
    ]) {
      const unhandled = listen();
      const sandbox = createSandbox();
      const { call: fetch, release, callCount } = held(sandbox.fetch);
      const sms = createSms({ vendors: { main: sandbox.config("apiv1") }, fetch });
      const calls = [
        ...Array.from({ length: 40 }, (_, index) =>
          sms.send({ to: String(13_800_000_000 + index), text: TEXT, ref: "r" }),
        ),
        ...Array.from({ length: 4 }, () => sms.vendor("main").send(sms.plan({ to: TO, text: TEXT }))),
        ...Array.from({ length: 6 }, () =>
          sms
            .vendor("main")
            .balance()
            .catch((error) => ({ error })),
        ),
        // A generator begins later: none is under way before the first request.
        ...Array.from({ length: when === "after" ? 3 : 0 }, () =>
          sms
            .sendMany({ to: [TO], text: TEXT })
            .next()
            .catch((error) => ({ error })),
        ),
      ];
      if (when === "after") while (callCount() < calls.length) await turn();
      breakInstance();
      // The next call notices that the instance is broken.
      try {
        sms.plan({ to: TO, text: TEXT });
      } catch (error) {
        check(error instanceof SmsError && error.code === "internal", `the call that met it: ${error}`);
      }
      const ends = await inTime(Promise.all(calls));
      for (const [index, end] of ends.entries()) {
        const { status, to, error } = end;
        check(error instanceof SmsError, `call ${index} is no SmsError: ${shown(end)}`);
        equal(`${error.code} ${error.sent}`, `internal ${sent}`);
        if (index >= 44) continue;
        equal(status, sent === "no" ? "rejected" : "unknown");
        if (index < 40) equal(to.join(), String(13_800_000_000 + index));
      }
      release();
      await turns();
      equal((await sms.send({ to: TO, text: TEXT })).status, "accepted");
      equal((await sms.vendor("main").balance()).remaining > 0, true);
      equal(sms.plan({ to: TO, text: TEXT, ref: "r" }).requests.length, 1);
      equal(unhandled().join(), "");
    }
  },

  async "a trap while a request is read or reported ends its call, and the process lives"() {
    const unhandled = listen();
    const sandbox = createSandbox();
    let events = 0;
    const at = {
      "in a fetch": { fetch: (...args) => breakInstance() ?? sandbox.fetch(...args) },
      "in a listener": { fetch: sandbox.fetch, on: () => events++ === 0 && breakInstance() },
      "in a body": {
        fetch: async () => ({
          status: 200,
          body: { getReader: () => ({ read: async () => breakInstance() ?? { value: new Uint8Array(9) } }) },
        }),
      },
      "in an iterator": { fetch: sandbox.fetch },
    };
    for (const [where, functions] of Object.entries(at)) {
      const sms = createSms({ vendors: { main: sandbox.config("apiv1") }, ...functions });
      function* numbers() {
        yield TO;
        breakInstance();
        yield TO;
      }
      const ended =
        where === "in an iterator"
          ? sms
              .sendMany({ to: numbers(), text: TEXT })
              .next()
              .catch((error) => ({ error }))
          : sms.send({ to: TO, text: TEXT });
      const { error } = await inTime(ended);
      equal(`${where}: ${error?.code} ${error instanceof SmsError}`, `${where}: internal true`);
      const next = createSms({ vendors: { main: sandbox.config("apiv1") }, fetch: sandbox.fetch });
      equal((await next.send({ to: TO, text: TEXT })).status, "accepted");
    }
    await turns();
    equal(unhandled().join(), "");
  },

  async "a fetch that returns or throws anything gives an unknown outcome, and never a fault"() {
    const unhandled = listen();
    const body = (reader) => async () => ({ status: 200, body: { getReader: () => reader } });
    const part = (value) => body({ read: async () => ({ value }) });
    const detached = (buffer = new Uint8Array(8)) =>
      structuredClone(buffer.buffer, { transfer: [buffer.buffer] }) && buffer;
    const fetches = {
      "throws at once": () => throws(),
      "throws a string": () => throws("no"),
      "throws nothing": () => throws(undefined),
      "throws a proxy that was revoked": () => throws(revoked()),
      "throws an error whose cause throws": () =>
        throws(Object.defineProperty(new Error("x"), "cause", { get: () => throws() })),
      "throws an error whose code throws": () =>
        throws(Object.defineProperty(new Error("x"), "code", { get: () => throws() })),
      "rejects with a string": () => Promise.reject("no"),
      "rejects with nothing": () => Promise.reject(),
      "rejects with its URL": (url) => Promise.reject(new Error(url, { cause: { code: url } })),
      "returns nothing": () => undefined,
      "returns null": () => null,
      "returns a number": () => 200,
      "returns a string": async () => "200 OK",
      "returns a proxy that was revoked": async () => revoked(),
      "returns no promise, and a status that is none": () => ({ status: Number.NaN, body: null }),
      "has a status that throws": async () => ({
        get status() {
          return throws();
        },
      }),
      "has a status that is text": async () => ({ status: "200", body: null }),
      "has a status with a fraction": async () => ({ status: 200.5, body: null }),
      "has a status below 0": async () => ({ status: -1, body: null }),
      "has a body that throws": async () => ({
        status: 200,
        get body() {
          return throws();
        },
      }),
      "has no body": async () => ({ status: 200 }),
      "has a body that is no stream": async () => ({ status: 200, body: "text" }),
      "has a body that is locked": async () => {
        const response = new Response("0");
        response.body.getReader();
        return response;
      },
      "has a body that was read": async () => {
        const response = new Response("0");
        await response.text();
        return response;
      },
      "has a reader that throws": async () => ({ status: 200, body: { getReader: () => throws() } }),
      "reads by throwing": body({ read: () => throws() }),
      "reads by rejecting": body({ read: async () => throws("no") }),
      "reads no promise": body({ read: () => ({ done: true }) }),
      "reads nothing": body({ read: () => undefined }),
      "reads a part that throws": body({
        read: async () => ({
          get value() {
            return throws();
          },
        }),
      }),
      "reads strings": part("x"),
      "reads null": part(null),
      "reads a number": part(7),
      "reads a buffer that is gone": async (...args) => part(detached())(...args),
      "reads a part that says it is endless": async (...args) =>
        part(Object.defineProperty(new Uint8Array(8), "byteLength", { value: Number.POSITIVE_INFINITY }))(...args),
      "reads a part that will not say how long it is": async (...args) =>
        part(Object.defineProperty(new Uint8Array(8), "byteLength", { get: () => throws() }))(...args),
      "never ends": part(new Uint8Array(1 << 20)),
      "never ends, and gives nothing": part(new Uint8Array()),
      "returns a promise whose then throws": () =>
        // biome-ignore lint/suspicious/noThenProperty: a promise that misbehaves is what is tested
        Object.defineProperty(Promise.resolve(), "then", { get: () => throws() }),
      "returns a promise whose constructor throws": () =>
        Object.defineProperty(Promise.resolve(new Response("0")), "constructor", { get: () => throws() }),
      "returns a thenable that answers twice": () => ({
        // biome-ignore lint/suspicious/noThenProperty: as above
        then: (done, failed) => {
          done(undefined);
          failed("late");
          throws();
        },
      }),
    };
    for (const [name, fetch] of Object.entries(fetches)) {
      const sms = createSms({ vendors: { main: { vendor: "binstd", appkey: KEY, method: "GET" } }, fetch });
      const outcome = await inTime(sms.send({ to: TO, text: TEXT }));
      fails(outcome, "unknown", { sent: "maybe" }, name);
      check(outcome.error.code !== "internal", `${name} is no fault of xinshi: ${shown(outcome)}`);
      check(!shown(outcome).includes(KEY), `${name} shows the key`);
      const rejected = await inTime(
        sms
          .vendor("main")
          .balance()
          .catch((error) => error),
      );
      check(rejected instanceof SmsError && rejected.code !== "internal", `${name}, asked: ${shown(rejected)}`);
    }
    check(Object.keys(fetches).length >= 40, "the table");
    await turns();
    equal(unhandled().join(), "");
  },

  async "a fetch that never answers times out, also if it ignores its signal"() {
    const unhandled = listen();
    const fetches = [
      () => new Promise(() => {}),
      async () => ({ status: 200, body: { getReader: () => ({ read: () => new Promise(() => {}) }) } }),
    ];
    for (const fetch of fetches) {
      const sms = createSms({ vendors: { main: { vendor: "binstd", appkey: KEY } }, fetch });
      fails(await inTime(sms.send({ to: TO, text: TEXT }, { timeoutMs: 30 })), "unknown", {
        code: "timeout",
        sent: "maybe",
      });
      const controller = new AbortController();
      const sending = sms.send({ to: TO, text: TEXT }, { signal: controller.signal });
      setTimeout(() => controller.abort("no Error"), 5);
      fails(await inTime(sending), "unknown", { code: "aborted", sent: "maybe" });
    }
    await turns();
    equal(unhandled().join(), "");
  },

  async "a signal, a listener, an iterator or a value that throws is handled"() {
    const unhandled = listen();
    const throws = () => {
      throw new Error("a getter");
    };
    const sandbox = createSandbox();
    const sms = createSms({ vendors: { main: sandbox.config("liupai") }, fetch: sandbox.fetch });
    const message = { to: TO, text: TEXT };
    const signals = [
      null,
      {},
      7,
      "now",
      { addEventListener: 1 },
      {
        get addEventListener() {
          return throws();
        },
      },
    ];
    for (const signal of signals) fails(await sms.send(message, { signal }), "rejected", { field: "signal" });
    for (const options of [
      {
        get signal() {
          return throws();
        },
      },
      new Proxy({}, { get: throws, ownKeys: throws }),
    ]) {
      fails(await sms.send(message, options), "rejected", { code: "invalid_argument" });
    }
    const quiet = {
      addEventListener() {},
      removeEventListener: throws,
      get aborted() {
        return throws();
      },
    };
    equal((await sms.send(message, { signal: quiet })).status, "accepted");
    const listeners = [
      throws,
      async () => throws(),
      () => Promise.reject("no"),
      () => ({
        // biome-ignore lint/suspicious/noThenProperty: what is awaited may be anything
        get then() {
          return throws();
        },
      }),
    ];
    for (const on of listeners) {
      const observed = createSms({ vendors: { main: sandbox.config("liupai") }, fetch: sandbox.fetch, on });
      equal((await observed.send(message)).status, "accepted");
    }
    const values = [
      [
        {
          to: TO,
          get text() {
            return throws();
          },
        },
        "text",
      ],
      [{ to: TO, text: TEXT, sendAt: { getTime: throws } }, "sendAt"],
      [{ to: TO, text: TEXT, sendAt: new Date(Number.NaN) }, "sendAt"],
      [{ to: TO, text: TEXT, ref: { toJSON: throws } }, "ref"],
      [{ to: TO, text: "\ud800" }, "text"],
      [{ to: TO, text: Number.NaN }, "text"],
      [{ to: TO, text: TEXT, txet: TEXT }, "txet"],
      [{ to: TO, text: TEXT, "\ud800": 1 }, "\ufffd"],
      [new Proxy({}, { ownKeys: throws }), "message"],
      [new Proxy(message, { get: throws }), "message"],
      [JSON.parse('{"__proto__":{"to":"13812345678"},"text":"x"}'), "__proto__"],
    ];
    for (const [value, field] of values)
      fails(await sms.send(value), "rejected", { code: "invalid_argument", field }, field);
    const nested = {};
    nested.text = nested;
    fails(await sms.send({ to: TO, text: nested }), "rejected", { code: "invalid_argument" });
    const account = {
      vendor: "liupai",
      get appkey() {
        return throws();
      },
    };
    equal(thrown(() => createSms({ vendors: { main: account } })).field, "vendors.main.appkey");
    equal(
      thrown(() => createSms({ vendors: { main: { vendor: "liupai", appkey: "\udc00" } } })).field,
      "vendors.main.appkey",
    );
    function* numbers() {
      yield TO;
      throws();
    }
    for (const to of [
      numbers(),
      { [Symbol.iterator]: () => ({ next: throws }) },
      { [Symbol.asyncIterator]: () => ({ next: throws }) },
    ]) {
      const ends = [];
      try {
        for await (const { status } of sms.sendMany({ to, text: TEXT })) ends.push(status);
      } catch (error) {
        ends.push(error.message);
      }
      check(["accepted,a getter", "a getter"].includes(ends.join()), ends.join());
    }
    equal((await sms.send(message)).status, "accepted");
    await turns();
    equal(unhandled().join(), "");
  },
};

const breakInstance = () => overwrite(initSync({}).memory);

function thrown(call) {
  try {
    call();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}
