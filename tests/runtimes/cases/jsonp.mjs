// JSONP: by a script tag in a page, by fetch elsewhere.
import { createSms } from "xinshi";
import { createSandbox } from "xinshi/sandbox";
import { check, equal, fails, throws } from "../expect.mjs";

const TEXT = "【信使】您的验证码是424242，5分钟内有效。";
const TO = "13812345678";
const KEY = "a-key-that-nobody-may-see";

export const jsonpCases = {
  async "JSONP calls one uniquely named function, and removes it"({ sandbox: origin }) {
    for (const vendor of ["liupai", "binstd"]) {
      const account = { ...createSandbox().config(vendor), transport: "jsonp", baseUrl: `${origin}/${vendor}` };
      const sms = createSms({ vendors: { main: account } });
      const names = new Set();
      for (let sent = 0; sent < 3; sent += 1) {
        const plan = sms.plan({ to: TO, text: TEXT });
        const [request] = plan.requests;
        equal(`${request.method} ${request.body}`, "GET undefined");
        const { callback } = Object.fromEntries(new URL(request.url).searchParams);
        check(/^xinshi_[a-z0-9]{16}$/.test(callback), callback);
        names.add(callback);
        equal((await sms.send(plan)).status, "accepted");
      }
      equal(names.size, 3);
      check((await sms.vendor("main").balance()).remaining > 0, "a query by JSONP");
      const together = Array.from({ length: 8 }, () => sms.send({ to: TO, text: TEXT }));
      equal((await Promise.all(together)).map(({ status }) => status).join(), Array(8).fill("accepted").join());
    }
    const wrong = createSms({
      vendors: { main: { vendor: "binstd", appkey: KEY, transport: "jsonp", baseUrl: `${origin}/binstd` } },
    });
    fails(await wrong.send({ to: TO, text: TEXT }), "rejected", { code: "auth", vendorCode: "101" });
    throws(
      () => createSms({ vendors: { main: { vendor: "liupai", appkey: KEY, transport: "jsonp", method: "POST" } } }),
      "vendors.main.method",
    );
    equal(callbacks().join(), "");
  },

  async "a script other than one call with JSON is rejected"({ hostile, byScript }) {
    for (const behaviour of ["twice", "nothing", "arguments", "no-json", "evil"]) {
      if (behaviour === "evil" && byScript) continue; // A page runs whatever a script contains: that is JSONP.
      const outcome = await jsonp(`${hostile}/jsonp-${behaviour}`).send({ to: TO, text: TEXT });
      fails(outcome, "unknown", { code: "bad_reply", sent: "maybe" }, behaviour);
    }
    equal(globalThis.evil, undefined);
    for (const path of ["cut", "nowhere"]) {
      const outcome = await jsonp(`${hostile}/${path}`).send({ to: TO, text: TEXT });
      fails(outcome, "unknown", { sent: "maybe" }, path);
    }
    equal(callbacks().join(), "");
  },

  async "a late script calls nothing, and its function is removed"({ hostile, byScript }) {
    const outcome = await jsonp(`${hostile}/jsonp-late`).send({ to: TO, text: TEXT }, { timeoutMs: 50 });
    fails(outcome, "unknown", { code: "timeout", sent: "maybe" });
    equal(callbacks().length, byScript ? 1 : 0);
    while (callbacks().length > 0) await new Promise((resolve) => setTimeout(resolve, 10));
    const controller = new AbortController();
    const sending = jsonp(`${hostile}/jsonp-late`).send({ to: TO, text: TEXT }, { signal: controller.signal });
    setTimeout(() => controller.abort(), 20);
    fails(await sending, "unknown", { code: "aborted", sent: "maybe" });
    while (callbacks().length > 0) await new Promise((resolve) => setTimeout(resolve, 10));
  },
};

/** Functions that a JSONP reply could call. */
const callbacks = () => Object.getOwnPropertyNames(globalThis).filter((name) => name.startsWith("xinshi_"));

const jsonp = (baseUrl) =>
  createSms({ vendors: { main: { vendor: "binstd", appkey: KEY, transport: "jsonp", baseUrl } } });
