// Writes short texts as UTF-8 to their place: calling a TextEncoder takes longer.

/**
 * Writes a text; `bytes` has enough capacity for it. Returns the end of the text, or -1 for a text with half of a
 * surrogate pair or a character below `least`.
 * @param {Uint8Array} bytes
 * @param {number} at
 * @param {string} text
 * @param {number} minBytes
 */
export function put(bytes, at, text, minBytes) {
  for (let index = 0; index < text.length; index += 1) {
    let point = text.charCodeAt(index);
    if (point < 0x80) {
      if (point < minBytes) return -1;
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
