// The accounts at the sandbox's vendors: public, and valid nowhere else.
import { createSandbox, init } from "xinshi/sandbox";
import vendors from "xinshi/wasm/sandbox_bg.wasm";

/** @type {Promise<ReturnType<typeof createSandbox>["config"]> | undefined} */
let loading;

/** Loads the sandbox. Returns a function from a vendor to its account. */
export function accounts() {
  loading ??= init(new URL(vendors, import.meta.url)).then(() => createSandbox().config);
  loading.catch(() => (loading = undefined));
  return loading;
}
