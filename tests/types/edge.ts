// Programs for the handler that must compile, and programs that must not.
import { casStore, createHandler, type EdgeEvent, Ledger, memoryStore, type Store, verifyProof } from "xinshi/edge";

interface Env {
  LEDGER: unknown;
  APPKEY: string;
}

export { Ledger };

export default createHandler<Env>((env) => ({
  vendors: { main: { vendor: "liupai", appkey: env.APPKEY } },
  pepper: ["a", "b"],
  proof: { key: "k", audience: "app" },
  brand: "信使",
  optOutWords: ["TDZD"],
  text: { zh: "【{brand}】{code}", en: { text: "{code}", templateId: "7" } },
  limits: { number: [{ limit: 3, windowSeconds: 60 }], reserve: { day: 1 } },
  captcha: { provider: "turnstile", secret: "s", when: "adaptive" },
}));

// The environment may supply every option.
createHandler();
createHandler({ captcha: { verify: async (token, address) => token === address, when: "always" } });
createHandler({ captcha: { provider: "aliyun", accessKeyId: "i", secret: "s", sceneId: "x", when: "always" } });
createHandler({
  captcha: {
    provider: "tencent",
    secretId: "i",
    secret: "s",
    appId: 1,
    appSecret: "a",
    when: "always",
    onUnavailable: "allow",
  },
});
createHandler({ captcha: { provider: "geetest", captchaId: "i", secret: "s", when: "adaptive", proofOfWork: true } });
createHandler({ captcha: { proofOfWork: true } });
createHandler({ captcha: { proofOfWork: true, when: "always" } });
createHandler({ clientAddress: (request) => request.headers.get("x-real-ip"), store: memoryStore({ now: () => 0 }) });

const store: Store = casStore({ get: async () => null, swap: async () => true });
createHandler({ store });

const { phone, purpose }: { phone: string; purpose: string } = await verifyProof("", { key: ["k"], audience: "app" });

createHandler({
  on(event: EdgeEvent) {
    if (event.type === "send") console.log(event.phone, event.account, phone, purpose);
    // @ts-expect-error a rejection has no account
    if (event.type === "rejected") console.log(event.account);
  },
});

// @ts-expect-error a captcha needs `when`
createHandler({ captcha: { provider: "turnstile", secret: "s" } });
// @ts-expect-error Alibaba Cloud's captcha has a scene
createHandler({ captcha: { provider: "aliyun", accessKeyId: "i", secret: "s", when: "always" } });
// @ts-expect-error without work and without a provider it is nothing
createHandler({ captcha: { proofOfWork: false, when: "always" } });
// @ts-expect-error a rule has a window
createHandler({ limits: { ip: [{ limit: 1 }] } });
// @ts-expect-error a vendor's account has its key
createHandler({ vendors: { main: { vendor: "liupai" } } });
// @ts-expect-error a proof has an audience
createHandler({ proof: { key: "k" } });
// @ts-expect-error a store needs `swap`
casStore({ get: async () => null });

const gateways: import("xinshi/edge").Gateways = {
  supabase: { secret: ["v1,whsec_a", "v1,whsec_b"], ttlSeconds: 60 },
  logto: { token: "t" },
  zitadel: { signingKey: "k" },
  casdoor: { token: "t", content: "text" },
  novu: { apiKey: "k", header: "x-key" },
  http: { token: "t", phone: "to", code: "payload.code", address: "ip" },
};
// @ts-expect-error A body has a code or a text.
gateways.http = { token: "t", phone: "to" };
// @ts-expect-error Not both.
gateways.http = { token: "t", phone: "to", code: "code", text: "text" };
// @ts-expect-error No such server.
gateways.auth0 = { token: "t" };
