// Short texts as UTF-8, right where they are to stand: calling a TextEncoder takes longer than writing them.

/**
 * Writes a text, for which there is room; gives where it ends, or -1 where the text has half of a surrogate pair or a sign
 * below the least one.
 * @param {Uint8Array} bytes
 * @param {number} at
 * @param {string} text
 * @param {number} least
 */
export function put(bytes, at, text, least) {
  for (let index = 0; index < text.length; index += 1) {
    let point = text.charCodeAt(index);
    if (point < 0x80) {
      if (point < least) return -1;
      bytes[at++] = point;
    } else if (point < 0x800) {
      bytes[at++] = 0xc0 | (point >> 6);
      bytes[at++] = 0x80 | (point & 0x3f);
    } else {
      if ((point & 0xf800) === 0xd800) {
        point = /** @type {number} */ (text.codePointAt(index));
        if (point < 0x10000) return -1;
        index += 1;
        bytes[at++] = 0xf0 | (point >> 18);
        bytes[at++] = 0x80 | ((point >> 12) & 0x3f);
      } else {
        bytes[at++] = 0xe0 | (point >> 12);
      }
      bytes[at++] = 0x80 | ((point >> 6) & 0x3f);
      bytes[at++] = 0x80 | (point & 0x3f);
    }
  }
  return at;
}
