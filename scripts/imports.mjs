// Shortens the names that the WebAssembly imports from its glue: wasm-bindgen ends each in a hash, which does not
// compress.

/**
 * Gives both sides of an entry short names for the functions that the glue passes to the WebAssembly.
 * @param {Uint8Array} wasm
 * @param {string} glue
 */
export function shortenImports(wasm, glue) {
  const names = new Map();
  const sections = [];
  let at = 8;
  const leb = () => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = wasm[at++];
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) return value;
    }
  };
  while (at < wasm.length) {
    const from = at;
    const id = wasm[at++];
    const end = leb() + at;
    sections.push(id === IMPORTS ? importSection() : wasm.subarray(from, end));
    at = end;
  }
  function importSection() {
    const parts = [];
    const count = leb();
    parts.push(encode(count));
    for (let left = count; left > 0; left -= 1) {
      const module = at;
      at = leb() + at;
      parts.push(wasm.subarray(module, at));
      const length = leb();
      const name = new TextDecoder().decode(wasm.subarray(at, at + length));
      at += length;
      const kind = at;
      if (wasm[at++] !== FUNCTION) throw new Error(`${name} is no function: wasm-bindgen has changed`);
      leb();
      const isHashed = /_[0-9a-f]{16}$/.test(name);
      if (isHashed && !names.has(name)) names.set(name, names.size.toString(36));
      const short = new TextEncoder().encode(names.get(name) ?? name);
      parts.push(encode(short.length), short, wasm.subarray(kind, at));
    }
    const body = Buffer.concat(parts);
    return Buffer.concat([Uint8Array.of(IMPORTS), encode(body.length), body]);
  }
  let shortened = glue;
  for (const [name, short] of names) {
    if (shortened.split(name).length !== 2) throw new Error(`the glue does not name ${name} once: see shortenImports`);
    shortened = shortened.replace(name, `"${short}"`);
  }
  return { wasm: Buffer.concat([wasm.subarray(0, 8), ...sections]), glue: shortened };
}

const IMPORTS = 2;
const FUNCTION = 0;

function encode(value) {
  const bytes = [];
  for (let left = value; ; left = Math.floor(left / 128)) {
    if (left < 128) return Uint8Array.from([...bytes, left]);
    bytes.push((left % 128) | 128);
  }
}
