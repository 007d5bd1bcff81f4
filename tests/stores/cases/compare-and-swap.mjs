// The requirements of casStore on its argument, and its behaviour when they fail.
import { casStore, SmsError } from "xinshi/edge";
import { check, equal } from "../../runtimes/expect.mjs";
import { hurried, service, texts } from "../service.mjs";

const PHONE = "13812340701";
const IN_A_MINUTE = () => Date.now() + 60_000;

export const compareAndSwap = {
  async "values of any bytes and lengths come back"({ kv, space }) {
    const { get, swap } = kv(space);
    equal(await get("n:none"), null);
    let version = null;
    for (const length of [256, 0, 1, 65_536, 65_537, 150_000, 131_072, 3]) {
      const value = Uint8Array.from({ length }, (_, index) => (index * 7 + length) % 256);
      equal(await swap("n:any", version, value, IN_A_MINUTE()), true);
      const found = await get("n:any");
      check(found.value instanceof Uint8Array, "bytes");
      equal(found.value.length, length);
      check(
        found.value.every((byte, index) => byte === value[index]),
        `${length} bytes came back changed`,
      );
      check(found.version !== version, "a version of its own");
      ({ version } = found);
    }
  },

  async "a swap succeeds with the current version only"({ kv, space }) {
    const { get, swap } = kv(space);
    const value = Uint8Array.of(1);
    equal(await swap("n:a", null, value, IN_A_MINUTE()), true);
    const { version: first } = await get("n:a");
    equal(await swap("n:a", null, Uint8Array.of(2), IN_A_MINUTE()), false);
    equal(await swap("n:b", first, Uint8Array.of(2), IN_A_MINUTE()), false);
    equal(await get("n:b"), null);
    equal(await swap("n:a", first, value, IN_A_MINUTE()), true);
    equal(await swap("n:a", first, Uint8Array.of(2), IN_A_MINUTE()), false);
    equal((await get("n:a")).value[0], 1);
    check((await get("n:a")).version !== first, "the same value again has another version");
  },

  async "one of many concurrent swaps succeeds"({ kv, space }) {
    const { get, swap } = kv(space);
    let version = null;
    for (let round = 1; round <= 3; round += 1) {
      const swaps = Array.from({ length: 24 }, (_, index) =>
        kv(space).swap("n:a", version, Uint8Array.of(round, index), IN_A_MINUTE()),
      );
      const made = await Promise.all(swaps);
      equal(made.filter((swapped) => swapped === true).length, 1);
      equal(made.filter((swapped) => swapped === false).length, 23);
      const found = await get("n:a");
      equal(found.value[1], made.indexOf(true));
      ({ version } = found);
    }
    equal(await swap("n:a", version, Uint8Array.of(1), IN_A_MINUTE()), true);
  },

  async "an expired value may be gone, and another is there"({ kv, space, forgets }) {
    const { get, swap } = kv(space);
    equal(await swap("n:kept", null, Uint8Array.of(1), IN_A_MINUTE()), true);
    // A clock that is behind is no failure.
    equal(await swap("n:past", null, Uint8Array.of(1), Date.now() - 5000), true);
    equal(await swap("n:soon", null, Uint8Array.of(1), Date.now() + 40.5), true);
    const { version } = (await get("n:soon")) ?? {};
    await new Promise((resolve) => setTimeout(resolve, 60));
    equal((await get("n:kept")).value[0], 1);
    if (!forgets) return;
    equal(await get("n:past"), null);
    equal(await get("n:soon"), null);
    equal(await swap("n:soon", null, Uint8Array.of(2), IN_A_MINUTE()), true);
    check((await get("n:soon")).version !== version, "a version that expired does not come back");
  },

  async "stored values hold neither number nor code, and expire once they no longer count"({ kv, space, sandbox }) {
    const stored = new Map();
    const own = kv(space);
    const swap = (key, version, value, expiresAtMs) => {
      stored.set(key, { value, expiresAtMs });
      return own.swap(key, version, value, expiresAtMs);
    };
    const before = Date.now();
    // An address is kept as long as its rules count, where nothing adapts: what adapts counts a day.
    const limits = { ip: [{ limit: 5, windowSeconds: 60 }], adaptive: { ip: false } };
    const { send, settled } = service(casStore({ get: own.get, swap }), sandbox, { limits });
    equal((await send(PHONE)).status, 202);
    await settled();
    const code = (await texts(sandbox, PHONE))[0].text.match(/\d{6}/)[0];
    // The statistics limit nobody.
    stored.delete("stats");
    for (const [key, { value, expiresAtMs }] of stored) {
      const all = key + String.fromCharCode(...value);
      for (const secret of [PHONE, code, "192.0.2.1"]) check(!all.includes(secret), `${key} holds ${secret}`);
      // A minute longer, for a store whose clock is ahead.
      const window = (key.startsWith("a:") ? 60_000 : 86_400_000) + 60_000;
      const minutes = Math.round((expiresAtMs - before - window) / 60_000);
      check(expiresAtMs >= before + window && minutes < 60, `${key} is kept ${minutes} minutes longer than it counts`);
    }
  },

  async "a get or a swap that fails sends nothing"({ kv, space, sandbox }) {
    const own = kv(space);
    for (const name of ["get", "swap"]) {
      const broken = {
        ...own,
        [name]: async () => {
          throw new Error("the connection was closed");
        },
      };
      const { send, settled } = service(casStore(broken), sandbox);
      equal((await send(PHONE)).status, 503);
      await settled();
    }
    equal((await texts(sandbox)).length, 0);
    equal((await service(casStore(own), sandbox).send(PHONE)).status, 202);
  },

  async "a swap whose answer is lost counts, and nothing is sent"({ kv, space, sandbox }) {
    const own = kv(space);
    const swap = async (key, ...rest) => {
      const swapped = await own.swap(key, ...rest);
      if (key.startsWith("n:")) throw new Error("the connection was closed");
      return swapped;
    };
    const { send } = service(casStore({ get: own.get, swap }), sandbox);
    equal((await send(PHONE)).status, 503);
    equal((await service(casStore(own), sandbox).send(PHONE, { from: "192.0.2.2" })).status, 429);
    equal((await texts(sandbox)).length, 0);
  },

  async "a swap that always fails is given up"({ kv, space, sandbox }) {
    const own = kv(space);
    let tries = 0;
    const swap = async () => {
      tries += 1;
      return false;
    };
    const { send } = service(casStore({ get: own.get, swap }), sandbox);
    const isWaitForOthers = (ms) => ms < 1000;
    equal((await hurried(() => send(PHONE), isWaitForOthers)).status, 503);
    check(tries > 8 && tries < 200, `${tries} tries`);
    equal((await texts(sandbox)).length, 0);
  },

  async "a store that hangs is given up"({ kv, space, sandbox }) {
    const own = kv(space);
    for (const name of ["get", "swap"]) {
      const { send } = service(casStore({ ...own, [name]: () => new Promise(() => {}) }), sandbox);
      equal((await hurried(() => send(PHONE))).status, 503);
    }
    equal((await texts(sandbox)).length, 0);
  },

  async "invalid answers of a store are rejected, and nothing is sent"({ kv, space, sandbox }) {
    const own = kv(space);
    const wrong = [
      { swap: async () => ({ ok: false }) },
      { swap: async () => 1 },
      { swap: async () => undefined },
      { get: async () => ({ value: "text", version: "1" }) },
      { get: async () => ({ value: Uint8Array.of(1) }) },
      { get: async () => "text" },
      { get: async () => ({ value: Uint8Array.of(255, 255), version: "1" }) },
    ];
    for (const part of wrong) {
      const { send } = service(casStore({ ...own, ...part }), sandbox);
      equal((await send(PHONE)).status, 503);
    }
    equal((await texts(sandbox)).length, 0);
    const { apply } = casStore({ ...own, ...wrong[0] });
    const error = await capturedCommand(sandbox).then(({ key, command }) => apply(key, command).catch((why) => why));
    check(error instanceof SmsError && error.field === "kv", `an SmsError about kv: ${error}`);
  },
};

/** A command that changes a state, as a handler passes it to a store. */
async function capturedCommand(sandbox) {
  let captured;
  const apply = async (key, command) => {
    captured ??= { key, command };
    throw new Error("enough");
  };
  await service({ apply }, sandbox).send(PHONE);
  return captured;
}
