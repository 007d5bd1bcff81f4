// GBK's table where the WebAssembly looks for it, and checks it: the host has one, so that no page loads another.

/**
 * Reads the package's own copy.
 * @type {(() => string) | undefined}
 */
let copy;

/**
 * Says how to read the package's own copy, on a runtime that may have been built without encodings or with old ones.
 * @param {() => string} read
 */
export function setPackageTable(read) {
  copy = read;
}

/** The characters of all two-byte codes, in their order, as the host has them. */
export function gbkOfHost() {
  const codes = new Uint8Array(126 * 190 * 2);
  let length = 0;
  for (let lead = 0x81; lead < 0xff; lead += 1) {
    for (let trail = 0x40; trail < 0xff; trail += 1) {
      if (trail === 0x7f) continue;
      codes[length] = lead;
      codes[length + 1] = trail;
      length += 2;
    }
  }
  // By the standard both names decode these alike; Node.js 20 decodes gbk as it was before 2005, and gb18030 as it is.
  return valueOrUndefined(() => new TextDecoder("gb18030").decode(codes));
}

/** The same as the package has them. */
export const gbkOfPackage = () => valueOrUndefined(copy);

/**
 * No exception crosses into WebAssembly.
 * @param {(() => string) | undefined} read
 */
function valueOrUndefined(read) {
  try {
    return read?.();
  } catch {
    return undefined;
  }
}
