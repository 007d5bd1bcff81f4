// A store that fails after the text was sent does not change the answer, in whatever way it fails.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createHandler, memoryStore } from "xinshi/edge";
import { createSandbox } from "xinshi/sandbox";

const failures = {
  "throws at once": () => {
    throw new Error("a store of a test");
  },
  rejects: () => Promise.reject(new Error("a store of a test")),
};

for (const [how, fail] of Object.entries(failures)) {
  test(`a store that ${how} once the text has left`, async () => {
    const sandbox = createSandbox();
    const memory = memoryStore();
    let calls = 0;
    const handler = createHandler({
      vendors: { smsadmin: sandbox.config("smsadmin") },
      pepper: "a pepper of a test, of thirty-two bytes or more",
      proof: { key: "a key of a test, of thirty-two bytes or more", audience: "test-site" },
      brand: "信使",
      clientAddress: () => "10.0.0.1",
      fetch: (url, init) => sandbox.fetch(url, init),
      // The address and the number are counted; the text's outcome is not recorded.
      store: { apply: (key, command) => ((calls += 1) > 2 ? fail() : memory.apply(key, command)) },
      on: () => {},
    });
    const headers = { "content-type": "application/json" };
    const body = JSON.stringify({ phone: "13800009001" });
    const response = await handler.fetch(
      new Request("https://otp.example/otp/send", { method: "POST", headers, body }),
    );
    assert.equal(response.status, 202);
    const inbox = await sandbox.fetch("http://sandbox/inbox", { headers: { accept: "application/json" } });
    assert.equal((await inbox.json()).length, 1);
  });
}
