// Splits a request into its parameters, and its text into the bytes of each character.

/**
 * The parameters of a query or of a form, in their order, as bytes.
 * @param {string} written
 */
export function parametersOf(written) {
  if (written === "") return [];
  return written.split("&").map((pair) => {
    const at = pair.indexOf("=");
    const [name, value] = at < 0 ? [pair, ""] : [pair.slice(0, at), pair.slice(at + 1)];
    return { name, value, bytes: unescaped(value) };
  });
}

/**
 * The text of a request: the parameter with the most characters outside ASCII.
 * @param {import("./calls.js").Request} request
 * @param {string} charset
 * @returns {{ name: string, bytes: Uint8Array, isTwice: boolean } | undefined}
 */
export function textOf({ url, headers, body }, charset) {
  const query = new URL(url).search.slice(1);
  const written = new TextDecoder().decode(body ?? new Uint8Array());
  const isJson = headers["content-type"]?.startsWith("application/json") ?? false;
  const form = isJson ? jsonParameters(written) : parametersOf(written);
  const all = [...parametersOf(query), ...form].flatMap(({ name, bytes }) => {
    const isTwice = isAscii(bytes) && bytes.includes(PERCENT);
    return [{ name, isTwice, bytes: isTwice ? unescaped(new TextDecoder().decode(bytes)) : bytes }];
  });
  const foreign = ({ bytes }) =>
    [...new TextDecoder(charset).decode(bytes)].filter((character) => character > "\u007f").length;
  return all.filter((one) => foreign(one) > 0).sort((a, b) => foreign(b) - foreign(a))[0];
}

/**
 * Each character with its bytes.
 * @param {Uint8Array} bytes
 * @param {string} charset
 */
export function charactersOf(bytes, charset) {
  const decoder = new TextDecoder(charset);
  const characters = [];
  for (let at = 0; at < bytes.length; ) {
    const length = charset === "gbk" ? (bytes[at] > 0x80 ? 2 : 1) : utf8Length(bytes[at]);
    const own = bytes.subarray(at, at + length);
    characters.push({ character: decoder.decode(own), bytes: own });
    at += length;
  }
  return characters;
}

/** Bytes as pairs of hex digits. */
export const hex = (bytes) => [...bytes].map((byte) => byte.toString(16).padStart(2, "0").toUpperCase()).join(" ");

/** A hex dump: offset, bytes, and printable characters. */
export function listing(bytes, width = 16) {
  const rows = [];
  for (let at = 0; at < bytes.length; at += width) {
    const row = bytes.subarray(at, at + width);
    const readable = [...row].map((byte) => (byte > 0x1f && byte < 0x7f ? String.fromCharCode(byte) : "·")).join("");
    rows.push(`${at.toString(16).padStart(4, "0")}  ${hex(row).padEnd(width * 3 - 1)}  ${readable}`);
  }
  return rows.join("\n");
}

const PERCENT = 0x25;

/** @param {string} written */
function unescaped(written) {
  const bytes = [];
  const ascii = new TextEncoder().encode(written);
  for (let at = 0; at < ascii.length; at += 1) {
    const pair = written.slice(at + 1, at + 3);
    if (ascii[at] === PERCENT && /^[0-9a-f]{2}$/i.test(pair)) {
      bytes.push(Number.parseInt(pair, 16));
      at += 2;
    } else bytes.push(ascii[at] === 0x2b ? 0x20 : ascii[at]);
  }
  return Uint8Array.from(bytes);
}

function jsonParameters(written) {
  const strings = Object.entries(JSON.parse(written)).filter(([, value]) => typeof value === "string");
  return strings.map(([name, value]) => ({ name, value, bytes: new TextEncoder().encode(value) }));
}

const isAscii = (bytes) => bytes.every((byte) => byte < 0x80);
const utf8Length = (lead) => (lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4);
