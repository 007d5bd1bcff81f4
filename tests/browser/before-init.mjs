// Checks the client in a page before `init`, and its handling of keys there. Yields results as the suite does.
import { countSegments, createSms, SmsError } from "/pkg/client/browser.js";

const account = { vendor: "apiv1", account: "a", password: "p", baseUrl: "http://127.0.0.1:9" };
const message = { to: "13812345678", text: "【信使】1" };

const cases = {
  "a page without allowBrowser is rejected with an error that says what to do"() {
    const error = thrown(() => createSms({ vendors: { main: account } }));
    return (
      error.code === "invalid_argument" && error.field === "allowBrowser" && /send from a server/.test(error.message)
    );
  },
  "plan and countSegments before init throw an error that says so"() {
    const sms = createSms({ vendors: { main: account }, allowBrowser: true });
    return [() => sms.plan(message), () => sms.vendor("main"), () => countSegments("a")].every((call) =>
      /await init\(\) first/.test(thrown(call).message),
    );
  },
  async "a wrong option rejects the first send"() {
    const wrong = { ...account, password: "" };
    const { status, error } = await createSms({ vendors: { main: wrong }, allowBrowser: true }).send(message);
    return status === "rejected" && error instanceof SmsError && error.field === "vendors.main.password";
  },
};

export async function beforeInit() {
  const results = [];
  for (const [name, test] of Object.entries(cases)) {
    try {
      results.push({ name, ok: await test(), error: "it does not hold" });
    } catch (error) {
      results.push({ name, ok: false, error: String(error?.stack ?? error) });
    }
  }
  return results;
}

function thrown(call) {
  try {
    call();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}
