// The minimum: makes a handler's calls to objects and to the vendor, and does nothing else.
import { DurableObject } from "cloudflare:workers";
import { objectOf } from "./sharded.mjs";

export class Ledger extends DurableObject {
  #sql;

  constructor(ctx, env) {
    super(ctx, env);
    this.#sql = ctx.storage.sql;
    this.#sql.exec(
      "CREATE TABLE IF NOT EXISTS ledger (key TEXT PRIMARY KEY, state TEXT NOT NULL, expires INTEGER NOT NULL) WITHOUT ROWID",
    );
  }

  apply(key, command) {
    this.#sql.exec("INSERT OR REPLACE INTO ledger VALUES (?, ?, ?)", key, command, Date.now() + 86_400_000);
    return command;
  }
}

// A text, as the handler passes it. A list of bytes would cost a worker a fifth more, for its buffers.
const command = "x".repeat(64);
const text = new TextEncoder().encode(
  `account=demo&pwd=d18902dd4cc8df459a9e769dc749888d&taskId=benchmark&mobiles=13812345678&content=${encodeURIComponent("【信使】您的验证码是112233，5分钟内有效。")}`,
);

export default {
  async fetch(request, env) {
    const address = request.headers.get("cf-connecting-ip");
    const { phone } = await request.json();
    const reserve = (kind, key) => objectOf(env.LEDGER, kind, key).apply(key, command);
    await Promise.all([reserve("a", address), reserve("n", phone)]);
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    const sent = await fetch(`${env.VENDOR}/api/v1/send`, { method: "POST", headers, body: text, redirect: "manual" });
    await sent.text();
    return Response.json({ challenge: "A".repeat(36), expiresIn: 300, resendIn: 60 }, { status: 202 });
  },
};
