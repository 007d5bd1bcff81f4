// A code by each vendor whose reports can be read: sent, delivered, replied to and verified, with the running handler
// and the running sandbox.
import { vendors } from "xinshi/vendors";
import { ORDER } from "../www/account-order.js";
import { inboxOf, postAs } from "./every-code.mjs";
import { HOOK_KEY } from "./handler/hook-key.mjs";

const isRead = (tells) => (push) => push.tells === tells && push.known !== "raw";

/** The vendors whose reports can be read. */
const VENDORS = vendors.filter(({ pushes }) => pushes.some(isRead("report")));

/**
 * @param {{ handler: string, sandbox: string, hookPath: typeof import("xinshi/edge").hookPath }} world Their origins,
 * and a function of the package, which is built before it can be imported.
 */
export async function* receiptEach({ handler, sandbox, hookPath }) {
  for (const { name: vendor, pushes, callbackWithText } of VENDORS) {
    const replies = pushes.some(isRead("reply"));
    const wire = pushes.map(({ name }) => name).join(", ");
    // Each vendor before it in the order rejects the text.
    for (const before of ORDER.slice(0, ORDER.indexOf(vendor))) {
      await order(`${sandbox}/faults`, { vendor: before, fault: "reject", times: 1 });
    }
    const digits = `137${String(Math.floor(Math.random() * 1e8)).padStart(8, "0")}`;
    const { status, body } = await postAs(handler, "/otp/send", { phone: digits });
    const received = (await inboxOf(sandbox, `+86${digits}`)).at(-1);
    const hook = handler + hookPath(HOOK_KEY, vendor);
    const push = (what) => order(`${sandbox}/push/${vendor}`, what);
    const report = { kind: "report", to: digits, ref: received?.ref };
    const reported = await push(callbackWithText ? report : { ...report, url: hook });
    const delivery = await until(
      async () => (await readJson(`${handler}/otp/status/${body.challenge}`)).delivery,
      "delivered",
    );
    let optedOut = "no replies";
    if (replies) {
      await push({ kind: "reply", url: hook, from: digits, text: "TD", ref: received?.ref });
      const check = () =>
        postAs(handler, "/opt-outs/check", { phones: [digits] }, { authorization: "Bearer dev-token" });
      optedOut = await until(async () => (await check()).body.optedOut?.[0], digits);
    }
    const code = received?.text.match(/\d{6}/)?.[0] ?? "";
    const verified = await postAs(handler, "/otp/verify", { challenge: body.challenge, code });
    const right =
      received?.vendor === vendor &&
      reported.status === 200 &&
      delivery === "delivered" &&
      verified.status === 200 &&
      (!replies || optedOut === digits);
    yield { vendor, wire, status, delivery, replied: replies ? "TD" : "-", verified: verified.status, received, right };
  }
}

const order = async (url, body) => {
  const response = await fetch(url, { method: "POST", body: JSON.stringify(body) });
  return response.headers.get("content-type")?.includes("json") ? response.json() : { status: response.status };
};

const readJson = async (url) => (await fetch(url, { headers: { "cf-connecting-ip": "10.255.0.1" } })).json();

/**
 * Calls `answer` until its result is wanted, since the handler answers a push before reading it. Returns the last
 * result after five seconds.
 */
async function until(answer, expected) {
  for (const startTime = Date.now(); ; await new Promise((resolve) => setTimeout(resolve, 20))) {
    const answered = await answer();
    if (answered === expected || Date.now() - startTime > 5000) return answered;
  }
}
