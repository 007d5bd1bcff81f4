// The accounts that the sandbox's vendors know: public, and good for nothing else.
import { createSandbox, init } from "xinshi/sandbox";
import vendors from "xinshi/wasm/sandbox_bg.wasm";

/** @type {Promise<ReturnType<typeof createSandbox>["config"]> | undefined} */
let loading;

/** Loads the sandbox, and gives what names an account of it. */
export function accounts() {
  loading ??= init(new URL(vendors, import.meta.url)).then(() => createSandbox().config);
  loading.catch(() => (loading = undefined));
  return loading;
}
