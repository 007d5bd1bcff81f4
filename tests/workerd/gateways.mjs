// A gateway in workerd, with a vendor that is slower than Supabase waits.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Webhook } from "standardwebhooks";
import { startVendor } from "./vendor.mjs";
import { adminToken, directoryFor, optionsFor, startWorkerd } from "./workerd.mjs";

const SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
/** Supabase waits 5 seconds for everything. */
const LATEST_MS = 4500;

test("a slow vendor's text is answered in time, goes on, and is sent once", async (t) => {
  const vendor = await startVendor(t);
  const options = optionsFor(vendor, { gateways: { supabase: { secret: `v1,${SECRET}` } } });
  const worker = await startWorkerd({ disk: directoryFor(t), vendor, options });
  t.after(() => worker.stop());
  const hook = (phone, otp) => {
    const body = { user: { id: "6481a5c1-3d37-4a56-9f6a-bee08c554965", phone }, sms: { otp } };
    const [id, at] = [crypto.randomUUID(), new Date()];
    const headers = {
      "webhook-id": id,
      "webhook-timestamp": `${Math.floor(at.getTime() / 1000)}`,
      "webhook-signature": new Webhook(SECRET).sign(id, at, JSON.stringify(body)),
    };
    return worker.call("/gateway/supabase", { body, headers });
  };
  const begun = performance.now();
  const quick = await hook("8613812345678", "111222");
  assert.deepEqual([quick.status, quick.text], [200, "{}"]);
  assert.ok(performance.now() - begun < 3000, "a quick vendor's text waits for no timer");
  vendor.hold();
  const slowBegun = performance.now();
  const slow = await hook("8613912345678", "333444");
  const took = performance.now() - slowBegun;
  assert.deepEqual([slow.status, slow.text], [200, "{}"]);
  assert.ok(took > 3500 && took < LATEST_MS, `${took} ms`);
  assert.equal(vendor.held("vendor"), 1, "the vendor still has the request");
  const retried = await hook("8613912345678", "333444");
  assert.deepEqual([retried.status, retried.text], [200, "{}"]);
  vendor.release();
  // The outcome is recorded although the response left long before.
  const accepted = async () => {
    const { json } = await worker.call("/admin/stats", {
      method: "GET",
      headers: { authorization: `Bearer ${adminToken}` },
    });
    return json.buckets.reduce((sum, { counts }) => sum + (counts["sent.accepted.smsadmin"] ?? 0), 0);
  };
  for (let waited = 0; (await accepted()) < 2 && waited < 20_000; waited += 100) {
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  assert.equal(await accepted(), 2);
  const texts = await vendor.inbox();
  assert.deepEqual(texts.map(({ code }) => code).sort(), ["111222", "333444"]);
});
