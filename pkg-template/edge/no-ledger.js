// Where there are no Durable Objects, the class can be imported all the same, so that one file runs everywhere.
import { smsError } from "../sms-error.js";

export class Ledger {
  constructor() {
    const message = "Durable Objects are Cloudflare's: elsewhere state is in memory, or where `store` says";
    throw smsError({ code: "unsupported", sent: "no", message });
  }
}
