// Every documented way to send one text: vendor, method and mode. `npm start` shows them, the tests run them on each runtime.

/** What to change of the sandbox's account, and what travels then. */
export const everySend = [
  { vendor: "liupai", account: { method: "GET" }, operation: "send", wire: "GET query, UTF-8" },
  { vendor: "liupai", account: { method: "POST" }, operation: "send", wire: "POST form, UTF-8" },
  { vendor: "binstd", account: { method: "GET" }, operation: "send", wire: "GET query, UTF-8" },
  { vendor: "binstd", account: { method: "POST" }, operation: "send", wire: "POST form, UTF-8" },
  { vendor: "liasmart", account: { method: "GET" }, operation: "SendSMS", wire: "GET query, UTF-8" },
  { vendor: "liasmart", account: { method: "POST" }, operation: "SendSMS", wire: "POST JSON, UTF-8" },
  { vendor: "apiv1", account: {}, operation: "send", wire: "POST form, UTF-8, MD5" },
  { vendor: "smsadmin", account: { method: "GET", pwdMode: "plain" }, operation: "get_send", wire: "GET query, GBK" },
  {
    vendor: "smsadmin",
    account: { method: "GET", pwdMode: "md5" },
    operation: "get_send_md5",
    wire: "GET query, GBK, MD5",
  },
  {
    vendor: "smsadmin",
    account: { method: "GET", urlencoded: true },
    operation: "get_send_urldecode",
    wire: "GET query, GBK twice",
  },
  { vendor: "smsadmin", account: { method: "POST", pwdMode: "plain" }, operation: "post_send", wire: "POST form, GBK" },
  {
    vendor: "smsadmin",
    account: { method: "POST", pwdMode: "md5" },
    operation: "post_send_md5",
    wire: "POST form, GBK, MD5",
  },
  {
    vendor: "smsadmin",
    account: { method: "POST", urlencoded: true },
    operation: "post_send_urldecode",
    wire: "POST form, GBK twice",
  },
];

/** Sends one text by each way to a sandbox at `origin` and yields what became of it. Needs nothing but the package. */
export async function* sendEach({ createSms, sandbox, origin, fetch = globalThis.fetch }) {
  for (const [index, way] of everySend.entries()) {
    const account = { ...sandbox.config(way.vendor), ...way.account, baseUrl: `${origin}/${way.vendor}` };
    const sms = createSms({ vendors: { [way.vendor]: account }, fetch });
    // Blanks, a line end, signs that forms use, and a character of two bytes in GBK whose second is ASCII.
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
export function arrived({ way, message, outcome, received }) {
  const [text, ...more] = received;
  const repeatsRef = way.vendor !== "liupai" && way.vendor !== "binstd";
  return (
    outcome.status === "accepted" &&
    more.length === 0 &&
    text?.vendor === way.vendor &&
    text.to === `+86${message.to}` &&
    text.text === message.text &&
    text.ref === (repeatsRef ? outcome.ref : "")
  );
}
