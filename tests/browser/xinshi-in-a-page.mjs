// The package as the suite uses it, in a page: every client allows its keys there.
import { createSms as createSmsOfAPage } from "/pkg/client/browser.js";

export * from "/pkg/client/browser.js";

export const createSms = (options) => createSmsOfAPage({ allowBrowser: true, ...options });
