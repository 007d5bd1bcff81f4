// Every documented way to send one text: vendor, method and mode. `npm start` shows them, and the tests run them on
// each runtime.
import { vendors } from "xinshi/vendors";

/** The changes to the sandbox's account, and the charset and operation that follow. */
export const everySend = vendors.flatMap(({ name, charset, sends }) =>
  sends.map(({ account, operation, carrier }) => ({
    vendor: name,
    account,
    operation,
    wire: `${carrier}, ${charset.toUpperCase()}`,
  })),
);

/** Sends one text in each way to a sandbox at `origin` and yields its outcome. Needs only the package. */
export async function* sendEach({ createSms, sandbox, origin, fetch = globalThis.fetch }) {
  for (const [index, way] of everySend.entries()) {
    const account = { ...sandbox.config(way.vendor), ...way.account, baseUrl: `${origin}/${way.vendor}` };
    const sms = createSms({ vendors: { [way.vendor]: account }, fetch });
    // Blanks, a line feed, characters with a meaning in forms, and a character of two bytes in GBK whose second byte is
    // ASCII.
    const text = `【信使】您的验证码是${100000 + index}，5分钟内有效。\n退订 & a=b +100% 丂`;
    const message = { to: `138${String(10_000_000 + index)}`, text, kind: "otp" };
    const plan = sms.plan(message);
    const outcome = await sms.send(plan);
    const inbox = await fetch(`${origin}/inbox?to=${message.to}`, { headers: { accept: "application/json" } });
    const received = await inbox.json();
    yield { way, message, plan, outcome, received };
  }
}

/** Whether exactly this text arrived at exactly this number, once. */
export function arrived({ way, message, plan, outcome, received }) {
  const [text, ...more] = received;
  const [{ url, body }] = plan.requests;
  const repeatsRef = `${url} ${new TextDecoder().decode(body)}`.includes(plan.ref);
  return (
    outcome.status === "accepted" &&
    more.length === 0 &&
    text?.vendor === way.vendor &&
    text.to === `+86${message.to}` &&
    text.text === message.text &&
    text.ref === (repeatsRef ? outcome.ref : "")
  );
}
