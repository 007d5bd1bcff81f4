// The class `Ledger` for runtimes without Durable Objects. They can import it too, so that one file runs everywhere.
import { smsError } from "../sms-error.js";

export class Ledger {
  constructor() {
    const message = "Durable Objects are Cloudflare's: elsewhere state is in memory, or where `store` says";
    throw smsError({ code: "unsupported", sent: "no", message });
  }
}
