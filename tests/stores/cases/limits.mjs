// The state that a store must keep: counts, challenges, answers.
import { check, equal } from "../../runtimes/expect.mjs";
import { codeOf, fault, service, texts } from "../service.mjs";

const PHONE = "13812340101";
const OTHER = "13812340102";

export const limits = {
  async "a number, an address and the total have their limits"({ open, space, sandbox }) {
    const limits = { ip: [{ limit: 2, windowSeconds: 3600 }], total: [{ limit: 3, windowSeconds: 3600 }] };
    const { send, settled } = service(open(space), sandbox, { limits });
    equal((await send(PHONE)).status, 202);
    equal((await send(PHONE, { from: "192.0.2.2" })).status, 429);
    await settled();
    equal((await send(OTHER)).status, 202);
    equal((await send("13812340103")).status, 429);
    equal((await send("13812340104", { from: "192.0.2.2" })).status, 202);
    equal((await send("13812340105", { from: "192.0.2.3" })).status, 429);
    equal((await texts(sandbox)).length, 3);
  },

  async "a code is valid once, and ends after five wrong guesses"({ open, space, sandbox }) {
    const { send, verify } = service(open(space), sandbox);
    const { challenge } = (await send(PHONE)).body;
    const code = await codeOf(sandbox, PHONE);
    equal((await verify(challenge, code)).status, 200);
    equal((await verify(challenge, code)).status, 422);
    const { challenge: other } = (await send(OTHER)).body;
    const right = await codeOf(sandbox, OTHER);
    for (let tries = 0; tries < 5; tries += 1) equal((await verify(other, wrong(right))).status, 422);
    equal((await verify(other, right)).status, 422);
  },

  async "a new process continues from the state of another"({ open, space, sandbox }) {
    const { challenge } = (await service(open(space), sandbox).send(PHONE)).body;
    const { send, verify } = service(open(space), sandbox);
    equal((await send(PHONE, { from: "192.0.2.2" })).status, 429);
    const code = await codeOf(sandbox, PHONE);
    equal((await verify(challenge, code)).status, 200);
    equal((await service(open(space), sandbox).verify(challenge, code)).status, 422);
  },

  async "time passes"({ open, space, sandbox }) {
    const limits = { cooldownSeconds: 1, number: [{ limit: 2, windowSeconds: 86_400 }] };
    const { send, settled } = service(open(space), sandbox, { limits });
    equal((await send(PHONE)).status, 202);
    equal((await send(PHONE)).status, 429);
    await settled();
    await new Promise((resolve) => setTimeout(resolve, 1050));
    equal((await send(PHONE)).status, 202);
  },

  async "a rejected text is released, and an unknown one stays counted"({ open, space, sandbox }) {
    const limits = { total: [{ limit: 2, windowSeconds: 3600 }] };
    const { send, settled } = service(open(space), sandbox, { limits });
    for (let times = 0; times < 3; times += 1) {
      await fault(sandbox, "reject");
      equal((await send(PHONE)).status, 503);
      await settled();
    }
    await fault(sandbox, "accept_then_reset");
    equal((await send(PHONE)).status, 202);
    equal((await send(PHONE)).status, 429);
    await settled();
    equal((await send(OTHER)).status, 202);
    equal((await send("13812340103")).status, 429);
    equal((await texts(sandbox)).length, 2);
  },

  async "a request with an idempotency key is answered once"({ open, space, sandbox }) {
    const { send, settled } = service(open(space), sandbox);
    const key = "0123456789abcdef";
    await fault(sandbox, "reject");
    equal((await send(PHONE, { key })).status, 503);
    await settled();
    const first = await send(PHONE, { key });
    equal(first.status, 202);
    await settled();
    const again = await service(open(space), sandbox).send(PHONE, { key });
    equal(JSON.stringify(again), JSON.stringify(first));
    equal((await send(OTHER, { key })).status, 422);
    equal((await texts(sandbox)).length, 1);
  },

  async "a store sees neither number nor address, and keeps no code"({ open, space, sandbox }) {
    const keys = new Set();
    const store = open(space);
    const seen = { apply: (key, command) => keys.add(key) && store.apply(key, command) };
    const limits = { prefix: [{ limit: 9, windowSeconds: 60 }], total: [{ limit: 9, windowSeconds: 60 }] };
    const { send, settled } = service(seen, sandbox, { limits });
    await send(PHONE, { key: "0123456789abcdef" });
    await settled();
    for (const key of keys)
      check(/^(all|stats|n:[\w-]{15}|[iatp]:[\w-]{22})$/.test(key), `a key that says nothing: ${key}`);
    check(keys.size >= 5, `keys of each kind: ${[...keys]}`);
  },
};

/** Another code of the same length. */
const wrong = (code) => (code === "000000" ? "000001" : "000000");
