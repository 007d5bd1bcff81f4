// The code that the page shows, as it is copied.

export const INSTALL = "npm install xinshi";

export const SERVER = `import { createHandler } from "xinshi/edge";

export default createHandler({
  vendors: { main: { vendor: "smsadmin", uid: "…", pwd: "…" } },
  pepper: process.env.PEPPER,
  proof: { key: process.env.PROOF_KEY, audience: "app" },
  brand: "信使",
});`;

export const PAGE = `import { createOtp } from "xinshi/otp";

const otp = createOtp();
await otp.send(phone.value);
otp.countdown((seconds) => (send.disabled = seconds > 0));
code.value = (await otp.receive()) ?? "";

form.onsubmit = async () => {
  const { proof } = await otp.verify(code.value);
};`;
