// The client on a runtime whose TextDecoder lacks GBK (`absent`) or has another table (`other`). node.test.mjs runs it
// as a process of its own, since the table is read once. `node` or `page` selects the entry. Prints the result.
import { readFileSync } from "node:fs";

const [, , host, entry] = process.argv;

const Standard = TextDecoder;
globalThis.TextDecoder = class extends Standard {
  constructor(label, options) {
    if (label === "gb18030" && host === "absent") throw new RangeError("no such encoding");
    super(label, options);
  }

  decode(bytes) {
    const text = super.decode(bytes);
    return this.encoding === "gb18030" && host === "other" ? text.replaceAll("€", "\ue76c") : text;
  }
};

if (entry === "page") {
  const { loadNow } = await import("../../pkg/client/load.js");
  const { createSms } = await import("../../pkg/client/api.js");
  loadNow(readFileSync(new URL("../../pkg/wasm/client_bg.wasm", import.meta.url)));
  const rejected = (vendor) => {
    try {
      const account = { ...vendor, baseUrl: "http://sms.example.com" };
      return createSms({ vendors: { main: account } }).plan({ to: "13812345678", text: "【信使】1" }).account;
    } catch ({ code, field }) {
      return `${code} ${field}`;
    }
  };
  const gbk = rejected({ vendor: "smsadmin", uid: "u", pwd: "p" });
  console.log(JSON.stringify([gbk, rejected({ vendor: "apiv1", account: "a", password: "p" })]));
} else {
  const { bodyOfEverything, digest } = await import("./cases/gbk.mjs");
  const everything = JSON.parse(readFileSync(0, "utf8"));
  console.log(await digest(bodyOfEverything(everything)));
}
