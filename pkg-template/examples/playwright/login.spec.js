import { expect, test } from "./sandbox.js";

test("a person signs in by the code of a text message", async ({ page, sandbox }) => {
  await page.goto("/");
  await page.getByLabel("手机号").fill("138 1234 5678");
  await page.getByRole("button", { name: "获取验证码" }).click();
  await page.getByLabel("验证码").fill(await sandbox.waitForCode("13812345678"));
  await page.getByRole("button", { name: "登录" }).click();
  await expect(page.getByRole("status")).toHaveText("已登录");
});
