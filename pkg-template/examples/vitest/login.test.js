// A login tested whole: the sandbox plays the vendor, and hands the code over as a phone would.
import { expect, test } from "vitest";
import { createHandler } from "xinshi/edge";
import { createSandbox } from "xinshi/sandbox";

test("a person signs in by the code of a text message", async () => {
  const sandbox = createSandbox();
  const codes = createHandler({
    vendors: { main: sandbox.config("apiv1") },
    fetch: sandbox.fetch,
    pepper: "only for tests: at least 32 random bytes",
    proof: { key: "only for tests: another 32 random bytes", audience: "my-app" },
    brand: "信使",
  });
  const address = "192.0.2.1";
  const { challenge } = await codes.send({ phone: "13812345678", address });
  const code = await sandbox.waitForCode("13812345678");
  expect(await codes.verify({ challenge, code, address })).toMatchObject({ ok: true });
  expect(await codes.verify({ challenge, code, address })).toMatchObject({ ok: false });
});
