// The handler as a user deploys it.
import { createHandler } from "xinshi/edge";

export { Ledger } from "xinshi/edge";

export default createHandler((env) => ({
  vendors: { main: { vendor: "apiv1", account: "demo", password: "secret", baseUrl: env.VENDOR } },
  pepper: "a pepper of the benchmark, 32 bytes or more",
  proof: { key: "a proof key of the benchmark, 32 bytes or more", audience: "benchmark" },
  brand: "信使",
  ...JSON.parse(env.OPTIONS),
}));
