// The worker that does a proof of work: it tries one candidate after the other, and tells how far it is.

/** Candidates between two messages: some milliseconds of work. */
const SLICE = 8;

/**
 * @param {string} challenge
 * @returns {Promise<string>}
 */
async function solve(challenge) {
  // What the handler wrote: the salt, how the digest begins, and how many candidates there are.
  const base64 = challenge.slice("pow.".length).replaceAll("-", "+").replaceAll("_", "/");
  const view = new DataView(Uint8Array.from(atob(base64), (character) => character.charCodeAt(0)).buffer);
  const [high, low, target] = [0, 8, 16].map((at) => view.getBigUint64(at));
  const tries = view.getUint32(24);
  const file = await fetch(new URL("../wasm/work_bg.wasm", import.meta.url));
  // The WebAssembly calls none of its imports: wasm-bindgen declares one for values that are no numbers.
  const imports = { "./work_bg.js": { __wbindgen_init_externref_table() {} } };
  const { instance } = await WebAssembly.instantiate(await file.arrayBuffer(), imports);
  const { search, answer } = /** @type {any} */ (instance.exports);
  for (let from = 0; from < tries; from += SLICE) {
    const to = Math.min(from + SLICE, tries);
    const found = search(high, low, target, from, to) >>> 0;
    if (found < to) return written([0, 1].map((half) => answer(high, low, found, half)));
    postMessage({ done: to });
  }
  throw new Error("none of the candidates is the one");
}

/** Two times eight bytes in base64url. @param {bigint[]} halves */
function written(halves) {
  const view = new DataView(new ArrayBuffer(16));
  for (const [index, half] of halves.entries()) view.setBigUint64(index * 8, half);
  const base64 = btoa(String.fromCharCode(...new Uint8Array(view.buffer)));
  return base64.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

addEventListener("message", ({ data }) => {
  solve(data).then(
    (answer) => postMessage({ answer }),
    (error) => postMessage({ failed: String(error) }),
  );
});
