// The types of `xinshi/rules`, and of what it changes in the client's.
import { createSms } from "xinshi";
import { carrierOf, checkText, explainStatus, listRules, type RuleCode, type RuleSettings } from "xinshi/rules";

const settings: RuleSettings = { "quiet-hours": "error", "short-link": "off" };
// @ts-expect-error there is no such rule
const misspelt: RuleSettings = { "quiet-hour": "error" };
// @ts-expect-error nor such a level
const wrong: RuleSettings = { "quiet-hours": "stop" };

const sms = createSms({ vendors: { main: { vendor: "liupai", appkey: "k" } }, rules: settings });
export const codes: string[] = sms
  .plan({ to: "13812345678", text: "1" })
  .warnings.map(({ code, level }) => `${level} ${code}`);
export const off = createSms({ vendors: { main: { vendor: "liupai", appkey: "k" } }, rules: false });
export const found: RuleCode[] = checkText("1", { kind: "otp", vendor: "binstd", rules: settings }).map(
  ({ code }) => code,
);
export const others = [
  carrierOf("13812345678").portable,
  explainStatus("MK:0001").reason,
  listRules()[0]?.sources,
  misspelt,
  wrong,
];
