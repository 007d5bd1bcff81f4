// The entries of a package, by its folder. The processes of this folder get it as their argument.
import path from "node:path";
import { pathToFileURL } from "node:url";

export const load = (entry, pkg = process.argv[2]) => import(pathToFileURL(path.resolve(pkg, entry, "node.js")));

/**
 * The limits for a load that enters no code and has one prefix of numbers: without the limit of a prefix by its
 * unverified codes. A package from before that limit rejects the option.
 */
export async function limitsOf(pkg) {
  const limits = { adaptive: { prefix: false } };
  const { createHandler } = await load("edge", pkg);
  try {
    createHandler({
      vendors: { main: { vendor: "apiv1", account: "demo", password: "secret", baseUrl: "http://127.0.0.1:1" } },
      pepper: "a pepper of the benchmark, 32 bytes or more",
      proof: { key: "a proof key of the benchmark, 32 bytes or more", audience: "benchmark" },
      brand: "信使",
      on: () => {},
      limits,
    });
    return limits;
  } catch {
    return {};
  }
}
