// The handler as a Worker, for whoever tries it: every vendor is the sandbox, and whoever asks may pose as any address.
import { createHandler } from "xinshi/edge";
import { HOOK_KEY } from "./hook-key.mjs";

export { Ledger } from "xinshi/edge";

export default createHandler(({ VENDORS, ORIGIN }) => ({
  vendors: VENDORS,
  publicUrl: ORIGIN,
  hookKeys: HOOK_KEY,
  // Not secret, and good for nothing but this.
  pepper: "the pepper of a handler for tries",
  proof: { key: "the key of proofs that prove nothing", audience: "example" },
  brand: "信使",
  dev: true,
  adminToken: "dev-admin",
  apiTokens: ["dev-token"],
  testNumbers: { 13800000000: "123456" },
  clientAddress: (request) => request.headers.get("cf-connecting-ip") ?? "127.0.0.1",
}));
