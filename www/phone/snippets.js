// The code that the page shows, as it is copied.

export const INSTALL = "npm install ./xinshi-0.1.0.tgz";

export const SERVER = `import { createHandler } from "xinshi/edge";

const { PEPPER = "", PROOF_KEY = "" } = process.env;

export default createHandler({
  vendors: { main: { vendor: "smsadmin", uid: "…", pwd: "…" } },
  pepper: PEPPER,
  proof: { key: PROOF_KEY, audience: "app" },
  brand: "信使",
});`;

/** A form and its module, for a page that a bundler builds. */
export const PAGE = `<form>
  <input name="phone" type="tel" autocomplete="tel" required />
  <button name="send" type="button">Send a code</button>
  <input name="code" autocomplete="one-time-code" inputmode="numeric" />
  <button>Sign in</button>
  <output name="said"></output>
</form>
<script type="module">
  import { createOtp } from "xinshi/otp";

  const otp = createOtp();
  const form = document.forms[0];
  form.send.onclick = async () => {
    form.said.value = await otp.send(form.phone.value).then(() => "", ({ message }) => message);
    otp.countdown((seconds) => (form.send.disabled = seconds > 0));
    form.code.value = (await otp.receive()) ?? form.code.value;
  };
  form.onsubmit = async (event) => {
    event.preventDefault();
    form.said.value = await otp.verify(form.code.value).then(({ proof }) => proof, ({ message }) => message);
  };
</script>`;
