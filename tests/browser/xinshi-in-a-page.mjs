// The package as the suite uses it, in a page: every client there may show its keys.
import { createSms as createSmsOfAPage } from "/pkg/client/browser.js";

export * from "/pkg/client/browser.js";

export const createSms = (options) => createSmsOfAPage({ allowBrowser: true, ...options });
