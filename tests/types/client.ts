// Programs that must compile, and programs that must not. `tsc --strict` is the test: an `@ts-expect-error` without an
// error fails.
import { countSegments, createSms, type Message, type Outcome, SmsError, type VendorConfig } from "xinshi";
import { createHandler } from "xinshi/edge";
import { createSandbox, SmsError as SandboxSmsError } from "xinshi/sandbox";

const sms = createSms({
  vendors: {
    main: { vendor: "liupai", appkey: "k" },
    spare: { vendor: "smsadmin", uid: "u", pwd: "p", urlencoded: true },
    third: { vendor: "apiv1", account: "a", password: "p", baseUrl: "https://sms.example.com" },
  },
  order: ["spare", "main"],
  optOutWords: ["TDZD"],
  on: (event) => (event.type === "outcome" ? event.status : event.account),
});

const message: Message = { to: "13812345678", text: "【信使】1", kind: "otp" };
const plan = sms.plan(message, "third");
const body: Uint8Array<ArrayBuffer> | undefined = plan.requests[0]?.body;
export const outcome: Promise<Outcome> = sms.send(plan, { signal: AbortSignal.timeout(1000), timeoutMs: 500 });
export const warned: Promise<string[]> = outcome.then(({ warnings }) => warnings.map(({ code, at }) => `${code}${at}`));
export const sizes: number[] = [countSegments("a", "gsm").segments, body?.length ?? 0];

/** The status decides which fields exist. */
export function summarise(outcome: Outcome): string {
  switch (outcome.status) {
    case "accepted":
      return `${outcome.id ?? ""} ${outcome.segments}`;
    case "partial":
      return `${outcome.count}`;
    case "rejected":
    case "unknown":
      return `${outcome.error.code} ${outcome.error.sent}`;
  }
}

/** All entries share one error class: an error of one is an error of the others. */
export const narrowed = (error: unknown): string | undefined =>
  error instanceof SandboxSmsError ? (error satisfies SmsError).field : undefined;

const sandbox = createSandbox({ seed: 1, now: () => 0 });
export const account: VendorConfig & { vendor: "smsadmin" } = sandbox.config("smsadmin");
export const awaited: Promise<string> = sandbox.waitForCode("13812345678", {
  timeoutMs: 500,
  signal: AbortSignal.timeout(500),
});
// @ts-expect-error a number is a text
sandbox.waitForCode(13812345678);
export const worker: { fetch(request: Request): Promise<Response> } = createHandler();

// @ts-expect-error an account that does not exist
sms.plan(message, "nobody");
// @ts-expect-error an account outside of the vendors
createSms({ vendors: { main: { vendor: "liupai", appkey: "k" } }, order: ["other"] });
// @ts-expect-error a key is missing
createSms({ vendors: { main: { vendor: "liupai" } } });
// @ts-expect-error a misspelt field
createSms({ vendors: { main: { vendor: "liupai", appkey: "k", metod: "GET" } } });
// @ts-expect-error the url-encoded endpoints take a plain password
createSms({ vendors: { main: { vendor: "smsadmin", uid: "u", pwd: "p", urlencoded: true, pwdMode: "md5" } } });
// @ts-expect-error apiv1 has no host of its own
createSms({ vendors: { main: { vendor: "apiv1", account: "a", password: "p" } } });
// @ts-expect-error a vendor that does not exist
createSms({ vendors: { main: { vendor: "twilio", appkey: "k" } } });
// @ts-expect-error a kind that does not exist
sms.send({ ...message, kind: "advert" });
// @ts-expect-error only xinshi makes errors
new SmsError({});

async function* recipients() {
  yield { to: "13812345678", values: ["1"] };
}
export async function bulk(): Promise<number[]> {
  const indices: number[] = [];
  for await (const { index } of sms.sendMany({ template: "{value0}", each: recipients() }, { concurrency: 2 })) {
    indices.push(index);
  }
  for await (const one of sms.vendor("third").sendMany({ to: new Set(["13812345678"]), text: "a" })) summarise(one);
  sms.sendMany(sms.plan({ each: [{ to: "13812345678", text: "a" }], kind: "marketing" }));
  return indices;
}
createSms({ vendors: { main: { vendor: "binstd", appkey: "k", transport: "jsonp" } }, blockedWords: ["售罄"] });
// @ts-expect-error one text to all needs a text
sms.sendMany({ to: ["13812345678"] });
// @ts-expect-error a number alone is no list
sms.sendMany({ to: [13812345678], text: "a" });
// @ts-expect-error a template needs values
sms.sendMany({ template: "{value0}", each: [{ to: "13812345678", text: "a" }] });
createSms({
  // @ts-expect-error only liupai and binstd support JSONP
  vendors: { main: { vendor: "liasmart", apiId: "i", apiPassword: "p", senderId: "s", transport: "jsonp" } },
});
