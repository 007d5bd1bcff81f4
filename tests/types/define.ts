// An account at a defined vendor has exactly the options that its definition names.
import { type AnyClient, createSms, type Outcome, parsePush, type Pulled, type Report } from "xinshi";
import { defineVendor } from "xinshi/define";
import { createSandbox } from "xinshi/sandbox";

const yunlin = defineVendor({
  name: "yunlin",
  baseUrl: "https://sms.yunlin.example",
  account: { user: "text", key: "secret", ext: "optional" },
  send: { url: "{baseUrl}/send", form: { user: "{user}", to: "{to}", text: "{text}" }, max: 500 },
  read: { format: "json", code: "code", accepted: ["0"], codes: { 9: "balance" } },
  reports: {
    method: "GET",
    url: "{baseUrl}/reports",
    read: ({ text }) => [{ id: text, status: "DELIVRD", at: 1 }],
  },
});
const homeless = defineVendor({
  name: "homeless",
  send: { url: "{baseUrl}/send", json: { to: ["{to}"], text: "{text}", flag: true } },
  read: ({ status, text }) => (status === 200 && text === "ok" ? { accepted: true } : undefined),
});

const sms = createSms({
  vendors: {
    main: { vendor: yunlin, user: "u", key: "k" },
    spare: { vendor: homeless, baseUrl: "https://sms.example.com" },
    built: { vendor: "liupai", appkey: "k" },
  },
  route: [{ carriers: ["telecom"], accounts: ["main"] }, { countries: ["CN"], accounts: ["built", "spare"] }],
  country: (phone) => (phone.startsWith("+1") ? "US" : undefined),
});
export const why: string | undefined = sms.plan({ to: "13812345678", text: "【信使】1" }).route?.why;
export const reports: Promise<Pulled<Report>> = sms.vendor("main").reports();
export const client: AnyClient = sms.vendor("spare");
export const outcome: Promise<Outcome> = sms.vendor("main").send({ to: "13812345678", text: "【信使】1" });
export const pushed = parsePush(yunlin, new Request("https://me.example"));
const sandbox = createSandbox({ vendors: [yunlin, homeless] });
createSms({ vendors: { main: sandbox.config(yunlin), spare: sandbox.config(homeless) } });

// @ts-expect-error key is missing
createSms({ vendors: { main: { vendor: yunlin, user: "u" } } });
// @ts-expect-error there is no option kye
createSms({ vendors: { main: { vendor: yunlin, user: "u", key: "k", kye: "k" } } });
// @ts-expect-error a definition without baseUrl leaves it to the account
createSms({ vendors: { main: { vendor: homeless } } });
// @ts-expect-error the vendor has no pull of replies
sms.vendor("main").replies();
// @ts-expect-error no account of this name
createSms({ vendors: { main: { vendor: "liupai", appkey: "k" } }, route: [{ accounts: ["mian"] }] });
// @ts-expect-error a GET has no form
defineVendor({ name: "x", send: { method: "GET", url: "{baseUrl}", form: {} }, read: () => undefined });
// @ts-expect-error timeout is no vendor's rejection
defineVendor({ name: "x", send: { url: "{baseUrl}" }, read: () => ({ error: "timeout" }) });
