// Sends some texts at once, to fill the view: to phones and from addresses of their own, with vendors that fail for a
// few.
import { backend, requestJson } from "../backend.js";

const TEXTS = 24;
const AT_ONCE = 4;

/** Sends codes and verifies most of them. Returns their number. */
export async function sendSome() {
  const { request } = await backend();
  const fault = (order) => request("sandbox/faults", { method: "POST", body: JSON.stringify(order) });
  await fault({ vendor: "smsadmin", fault: "reject", times: 4 });
  await fault({ vendor: "apiv1", fault: "garbage", times: 2 });
  const values = crypto.getRandomValues(new Uint32Array(TEXTS));
  const waiting = [...values];
  let sent = 0;
  let verified = 0;
  const one = async () => {
    for (let value = waiting.pop(); value !== undefined; value = waiting.pop()) {
      const phone = `137${String(value % 1e8).padStart(8, "0")}`;
      const answer = await sendOne(request, phone, value);
      if (answer) sent += 1;
      if (answer && (await verifyOne(request, phone, answer.challenge, value))) verified += 1;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, one));
  return { sent, verified };
}

async function sendOne(request, phone, value) {
  const response = await request("otp/send", post({ phone }, value));
  return response.status === 202 ? response.json() : undefined;
}

/** Verifies one code. Some people enter none, and some receive none. */
async function verifyOne(request, phone, challenge, value) {
  const inbox = await requestJson(`sandbox/inbox?to=${encodeURIComponent(`+86${phone}`)}`, {
    headers: { accept: "application/json" },
  });
  const code = inbox.at(-1)?.text.match(/\d{6}/)?.[0];
  if (!code || value % 6 === 0) return false;
  return (await request("otp/verify", post({ challenge, code }, value))).status === 200;
}

const post = (body, value) => ({
  method: "POST",
  headers: {
    "content-type": "application/json",
    "cf-connecting-ip": `10.${(value >> 16) & 255}.${(value >> 8) & 255}.${value & 255}`,
  },
  body: JSON.stringify(body),
});
