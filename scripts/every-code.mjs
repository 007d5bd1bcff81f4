// Every way to send a one-time code and to verify it, with the running handler and the running sandbox.

/** The handler's APIs: its own for a person and for a back end, and CAMARA's. */
const ways = [
  { operation: "otp/send, otp/verify", wire: "JSON, a person", send: otp({}), verify: verifyOtp },
  {
    operation: "otp/send, otp/verify",
    wire: "JSON, a back end",
    send: otp({ authorization: "Bearer dev-token" }),
    verify: verifyOtp,
  },
  { operation: "send-code, validate-code", wire: "CAMARA 1.1", ...camara("v1") },
  { operation: "send-code, validate-code", wire: "CAMARA 2.0", ...camara("v2") },
];

/**
 * Sends a code by each API and verifies it.
 * @param {{ handler: string, sandbox: string }} world Their origins.
 */
export async function* codeEach({ handler, sandbox }) {
  for (const way of ways) {
    // The state survives from run to run, so each run uses other numbers.
    const phone = `+86139${String(Math.floor(Math.random() * 1e8)).padStart(8, "0")}`;
    const sent = await way.send(handler, phone);
    const text = (await inboxOf(sandbox, phone)).at(-1)?.text;
    const code = text?.match(/\d{6}/)?.[0] ?? "";
    const verified = sent.id ? await way.verify(handler, sent.id, code) : { status: sent.status };
    const again = sent.id ? await way.verify(handler, sent.id, code) : { status: sent.status };
    const right = verified.status < 300 && again.status >= 400;
    yield { way, status: sent.status, verified: verified.status, again: again.status, text, right };
  }
}

function otp(headers) {
  return async (handler, phone) => {
    const { status, body } = await postAs(handler, "/otp/send", { phone }, headers);
    return { status, id: body.challenge };
  };
}

function verifyOtp(handler, challenge, code) {
  return postAs(handler, "/otp/verify", { challenge, code });
}

/** Sends and verifies by a version of CAMARA's API. */
function camara(version) {
  const prefix = `/one-time-password-sms/${version}`;
  const headers = { authorization: "Bearer dev-token" };
  return {
    async send(handler, phoneNumber) {
      const message = "{{code}} is your short code to sign in";
      const { status, body } = await postAs(handler, `${prefix}/send-code`, { phoneNumber, message }, headers);
      return { status, id: body.authenticationId };
    },
    verify(handler, authenticationId, code) {
      return postAs(handler, `${prefix}/validate-code`, { authenticationId, code }, headers);
    },
  };
}

/** Posts from an address of its own, so that no request uses up another's limits. */
export async function postAs(origin, path, body, headers = {}) {
  const address = Array.from({ length: 3 }, () => Math.floor(Math.random() * 256)).join(".");
  const all = { "content-type": "application/json", "cf-connecting-ip": `10.${address}`, ...headers };
  const response = await fetch(origin + path, { method: "POST", headers: all, body: JSON.stringify(body) });
  const text = await response.text();
  return { status: response.status, body: text === "" ? {} : JSON.parse(text) };
}

/** The texts that a phone received, oldest first. */
export async function inboxOf(sandbox, phone) {
  const url = `${sandbox}/inbox?to=${encodeURIComponent(phone)}`;
  return (await fetch(url, { headers: { accept: "application/json" } })).json();
}
