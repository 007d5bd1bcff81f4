// A fixture for Playwright: `npx xinshi sandbox` in another process, asked for the codes that arrive.
import { test as base } from "@playwright/test";

const SANDBOX = process.env.XINSHI_SANDBOX ?? "http://127.0.0.1:4010";

export const test = base.extend({
  sandbox: async ({ request }, use) => {
    await use({
      /** The newest code at a number, in any spelling; each code once. */
      async waitForCode(to, { timeoutMs = 10_000 } = {}) {
        // The request itself has a little longer, so that the sandbox says what its inbox has.
        const options = { params: { to, timeoutMs }, timeout: timeoutMs + 5000 };
        const response = await request.get(`${SANDBOX}/inbox/wait`, options);
        if (!response.ok()) throw new Error(await response.text());
        return (await response.json()).code;
      },
    });
  },
});

export { expect } from "@playwright/test";
