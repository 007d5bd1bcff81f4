// GBK on every runtime: the host's own table is the right one, and the same bytes leave everywhere.
import { createSms } from "xinshi";
import { equal } from "../expect.mjs";

/** SHA-256 of the standard's table as UTF-8: the characters of all two-byte codes, in their order. */
const TABLE = "85373408efe24c652c0a2f37997df8c657b0e8a654d07d9f9d97f1ad16609bc6";
/**
 * SHA-256 of a request's body with every character that can be encoded; tests/gbk.test.mjs compares each with other
 * tables.
 */
const BODY = "a43d3251b29afec7277c6c913f22c19c8d4ec6f82ee5f424ae11c6d37de04dc4";

/** Codes about which tables of GBK disagree, beside private use and the euro sign: see src/wire/gbk.rs. */
const DIFFERENT = [
  [0xa6d9, 0xa6df],
  [0xa6ec, 0xa6ed],
  [0xa6f3, 0xa6f3],
  [0xa8bc, 0xa8bc],
  [0xa8bf, 0xa8bf],
  [0xa989, 0xa995],
  [0xfe50, 0xfea0],
];

/** Every character that may leave in GBK. */
export function everything() {
  const texts = [];
  let at = 0;
  const all = table();
  for (let lead = 0x81; lead <= 0xfe; lead += 1) {
    for (let trail = 0x40; trail <= 0xfe; trail += 1) {
      if (trail === 0x7f) continue;
      const character = all[at++];
      const code = lead * 256 + trail;
      const differs = DIFFERENT.some(([from, to]) => code >= from && code <= to);
      if (!differs && !/[\ue000-\uf8ff€]/.test(character)) texts.push(character);
    }
  }
  return texts.join("");
}

export const gbk = {
  "the host's table of GBK is the standard's": async () => {
    equal(await digest(new TextEncoder().encode(table())), TABLE);
  },

  "all that GBK can write has the same bytes everywhere": async () => {
    equal(await digest(bodyOfEverything()), BODY);
  },
};

/** The body of a request whose text has every such character. */
export function bodyOfEverything(text = everything()) {
  const account = { vendor: "smsadmin", uid: "u", pwd: "p", pwdMode: "plain" };
  const sms = createSms({ vendors: { main: account }, allowBrowser: true });
  return sms.plan({ to: "13812345678", text, ref: "r" }).requests[0].body;
}

function table() {
  const codes = [];
  for (let lead = 0x81; lead <= 0xfe; lead += 1) {
    for (let trail = 0x40; trail <= 0xfe; trail += 1) if (trail !== 0x7f) codes.push(lead, trail);
  }
  return new TextDecoder("gb18030").decode(Uint8Array.from(codes));
}

/** @param {Uint8Array} bytes */
export async function digest(bytes) {
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
