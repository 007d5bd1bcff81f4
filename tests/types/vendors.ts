// The operations of each vendor compile, and others do not.
import { type Account, type Balance, createSms, type Page, type Pulled, type Reply, type Report } from "xinshi";

const sms = createSms({
  vendors: {
    liupai: { vendor: "liupai", appkey: "k" },
    binstd: { vendor: "binstd", appkey: "k" },
    liasmart: { vendor: "liasmart", apiId: "a", apiPassword: "p", senderId: "s" },
    apiv1: { vendor: "apiv1", account: "a", password: "p", baseUrl: "https://sms.example.com" },
    smsadmin: { vendor: "smsadmin", uid: "u", pwd: "p" },
  },
});
const { liupai, binstd, liasmart, apiv1, smsadmin } = {
  liupai: sms.vendor("liupai"),
  binstd: sms.vendor("binstd"),
  liasmart: sms.vendor("liasmart"),
  apiv1: sms.vendor("apiv1"),
  smsadmin: sms.vendor("smsadmin"),
};

export async function queried(): Promise<unknown[]> {
  const balance: Balance = await liupai.balance();
  const words: string[] = await binstd.blockedWords();
  const page: Page<Account> = await binstd.accounts.list({ page: 2, pageSize: 50 });
  const found: string[] = await smsadmin.checkText("text");
  const reports: Pulled<Report> = await apiv1.reports();
  const replies: Pulled<Reply> = await smsadmin.replies({ timeoutMs: 1 });
  const raw: Uint8Array = (await smsadmin.balance()).raw;
  const ids: string[] = [];
  for await (const account of liupai.accounts.list()) ids.push(account.accountId);
  for await (const log of liupai.logs({ templateId: "1", startDate: "2024-03-01" })) ids.push(log.id ?? "");
  return [
    balance,
    words,
    page,
    found,
    reports.unparsed,
    replies[0]?.masked,
    raw,
    await liasmart.send({ to: "", text: "" }),
  ];
}

// @ts-expect-error an account that does not exist
sms.vendor("nobody");
// @ts-expect-error liasmart has no balance
liasmart.balance();
// @ts-expect-error liupai has no list of words
liupai.blockedWords();
// @ts-expect-error liupai edits no template
liupai.templates.update({ accountId: "1", templateId: "1", name: "n", content: "c", marketing: false });
// @ts-expect-error liupai shows no single template
liupai.templates.get("1");
// @ts-expect-error binstd has no log
binstd.logs();
// @ts-expect-error binstd checks no text
binstd.checkText("text");
// @ts-expect-error apiv1 has no sub-account
apiv1.accounts.list();
// @ts-expect-error smsadmin has no template
smsadmin.templates.list({ accountId: "1" });
// @ts-expect-error a list of templates needs its sub-account
binstd.templates.list();
// @ts-expect-error an id is a text
binstd.templates.get(1);
// @ts-expect-error a company is missing
binstd.accounts.create({ signature: "【信使】", total: 1 });
