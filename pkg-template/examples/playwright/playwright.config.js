import { defineConfig } from "@playwright/test";

const sandbox = new URL(process.env.XINSHI_SANDBOX ?? "http://127.0.0.1:4010");
const origin = new URL(process.env.ORIGIN ?? "http://127.0.0.1:8787");

const XINSHI = JSON.stringify({
  vendors: {
    main: {
      vendor: "apiv1",
      account: "sandbox",
      password: "sandbox-apiv1-password",
      baseUrl: new URL("/apiv1", sandbox).href,
    },
  },
  pepper: "only for tests: at least 32 random bytes",
  proof: { key: "only for tests: another 32 random bytes", audience: "my-app" },
  brand: "信使",
});

export default defineConfig({
  // CHROMIUM: a browser that is installed already, in place of `npx playwright install chromium`.
  use: { baseURL: origin.href, launchOptions: { executablePath: process.env.CHROMIUM } },
  webServer: [
    {
      command: `node node_modules/xinshi/bin/xinshi.js sandbox --port ${sandbox.port}`,
      url: new URL("/inbox", sandbox).href,
      reuseExistingServer: !process.env.CI,
    },
    { command: "node server.js", url: new URL("/healthz", origin).href, env: { XINSHI, PORT: origin.port } },
  ],
});
