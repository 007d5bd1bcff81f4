// The types of the web platform that the package's declarations name. They come from the consumer's own libraries:
// `dom`, `webworker`, @types/node, Cloudflare's, Deno's or Bun's. If no library declares one, it is `any` and is not
// checked.

/** The instance type of a global class. */
type Instance<Name extends string> = typeof globalThis extends { [name in Name]: { prototype: infer Made } }
  ? Made
  : // biome-ignore lint/suspicious/noExplicitAny: no library declares it
    any;

export type Request = Instance<"Request">;
export type Response = Instance<"Response">;
export type URL = Instance<"URL">;

/** The options of a request: the second argument of `fetch`. */
export type RequestInit = typeof globalThis extends { fetch: (input: never, init?: infer Init) => unknown }
  ? NonNullable<Init>
  : // biome-ignore lint/suspicious/noExplicitAny: no library declares it
    any;

/**
 * The signal that aborts a call. Cloudflare declares it as a class, which is no property of `globalThis`, so the type
 * comes from its `fetch`.
 */
export type AbortSignal = RequestInit extends { signal?: infer Signal } ? NonNullable<Signal> : never;

/** Bytes. In libraries of TypeScript 5.7 and later it is `Uint8Array<ArrayBuffer>`, before that `Uint8Array`. */
export type Bytes = ReturnType<Uint8Array["slice"]>;

/** A compiled WebAssembly module. */
export type WebAssemblyModule = typeof globalThis extends { WebAssembly: { Module: { prototype: infer Made } } }
  ? Made
  : // biome-ignore lint/suspicious/noExplicitAny: no library declares it
    any;

/** The WebAssembly of an entry point: a compiled module, its bytes, its URL, or a `fetch` of it. */
export type WasmSource = WebAssemblyModule | ArrayBuffer | ArrayBufferView | URL | Promise<Response>;
