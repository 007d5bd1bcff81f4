// The suite over the memory of a process, and over a map that compares and swaps.
import assert from "node:assert/strict";
import { test } from "node:test";
import { casStore, memoryStore } from "xinshi/edge";
import { createSandbox } from "xinshi/sandbox";
import { reduce } from "../../pkg/edge/reduce.js";
import { service } from "./service.mjs";
import { run } from "./suite.mjs";

/** Makes one value for each name. */
const once = (make) => {
  const made = new Map();
  return (name) => {
    if (!made.has(name)) made.set(name, make());
    return made.get(name);
  };
};

function mapKv() {
  const rows = new Map();
  let versions = 0;
  return {
    async get(key) {
      await undefined;
      const row = rows.get(key);
      return row && row.expiresAtMs > Date.now() ? row : null;
    },
    async swap(key, version, value, expiresAtMs) {
      await undefined;
      const row = rows.get(key);
      const now = row && row.expiresAtMs > Date.now() ? row.version : null;
      if (now !== version) return false;
      versions += 1;
      rows.set(key, { value, version: String(versions), expiresAtMs });
      return true;
    },
  };
}

const kv = once(mapKv);
const engines = {
  memory: { open: once(memoryStore) },
  "a map": { kv, open: (space) => casStore(kv(space)), forgets: true },
};

for (const [name, engine] of Object.entries(engines)) {
  test(`the suite of stores over ${name}`, async (t) => {
    for await (const { name, ok, error } of run(engine)) await t.test(name, () => assert.ok(ok, error));
  });
}

test("the largest state of a limit is as small as documented", async () => {
  const commands = new Map();
  const memory = memoryStore();
  const apply = (key, command) => commands.set(key, command) && memory.apply(key, command);
  // The largest limit that is counted exactly, over the longest window.
  const total = Array.from({ length: 16 }, (_, index) => ({
    limit: 1000 + index,
    windowSeconds: 86_400 * (15 + index),
  }));
  const { send } = service({ apply }, createSandbox(), { limits: { total } });
  assert.equal((await send("13812340901")).status, 202);
  let state;
  let now = Date.now();
  for (let times = 0; times < 2000; times += 1) {
    now += 30 * 86_400 + times;
    const [, next] = reduce(state, commands.get("all"), () => now);
    if (next) state = next;
  }
  const { length } = Buffer.from(state, "base64url");
  assert.ok(length > 5000 && length < 20_000, `${length} bytes`);
});
