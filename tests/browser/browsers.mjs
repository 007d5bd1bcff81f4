// The browsers that setup installs, and the command of each.

export const chromium = {
  browser: "chrome",
  executablePath: "/usr/bin/chromium",
  args: [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ],
};

export const firefox = { browser: "firefox", executablePath: "/usr/bin/firefox-esr", args: [] };
