// Supplies GBK's table to the WebAssembly, which checks it. The host has the table, so that no page loads another.

/**
 * Reads the package's copy.
 * @type {(() => string) | undefined}
 */
let copy;

/**
 * Sets the reader of the package's copy, on a runtime that may have been built without encodings or with old ones.
 * @param {() => string} read
 */
export function setPackageTable(read) {
  copy = read;
}

/** The characters of all two-byte codes, in the order of the codes, from the host. */
export function gbkOfHost() {
  const codes = new Uint8Array(126 * 190 * 2);
  let length = 0;
  for (let leadByte = 0x81; leadByte < 0xff; leadByte += 1) {
    for (let trail = 0x40; trail < 0xff; trail += 1) {
      if (trail === 0x7f) continue;
      codes[length] = leadByte;
      codes[length + 1] = trail;
      length += 2;
    }
  }
  // By the standard, both names decode these codes alike; but Node.js 20 decodes gbk as before 2005, and gb18030
  // correctly.
  return valueOrUndefined(() => new TextDecoder("gb18030").decode(codes));
}

/** The same, from the package. */
export const gbkOfPackage = () => valueOrUndefined(copy);

/**
 * Keeps exceptions from crossing into the WebAssembly.
 * @param {(() => string) | undefined} read
 */
function valueOrUndefined(read) {
  try {
    return read?.();
  } catch {
    return undefined;
  }
}
