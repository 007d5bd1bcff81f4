// Proofs: JSON Web Tokens, HS256.
import { jwtVerify, SignJWT } from "jose";
import { invalid, smsError } from "../sms-error.js";

/**
 * Signs the claims of a proof.
 * @param {Record<string, unknown>} claims
 * @param {string} key
 * @param {string} kid
 */
export function sign(claims, key, kid) {
  return new SignJWT(claims).setProtectedHeader({ alg: "HS256", typ: "JWT", kid }).sign(bytes(key));
}

/** @type {typeof import("./index.js").verifyProof} */
export async function verifyProof(token, options) {
  const { key, audience, issuer = "xinshi", nonce, purpose: expected, consume } = options;
  const keys = typeof key === "string" ? [key] : key;
  if (!Array.isArray(keys) || keys.length === 0) throw invalid("key", "key is missing");
  if (typeof audience !== "string" || audience === "") throw invalid("audience", "audience is missing");
  const { sub, purpose, jti, exp, nonce: said } = await claimsOf(token, keys, { audience, issuer });
  if (typeof sub !== "string" || typeof purpose !== "string") throw wrong("it does not name a number and a purpose");
  // A session that has lost its nonce must not accept anybody's.
  if ("nonce" in options && (nonce === undefined || said !== nonce)) throw wrong("its nonce is another");
  // The purpose is checked before the proof is used up: a back end that expects another one refuses it anyway.
  if ("purpose" in options && expected !== purpose) throw wrong("its purpose is another");
  if (consume !== undefined) {
    if (typeof jti !== "string" || exp === undefined) throw wrong("it has no jti");
    if ((await consume(jti, exp)) !== true) throw wrong("it was used before");
  }
  return { phone: sub, purpose };
}

/**
 * @param {string} token
 * @param {string[]} keys
 * @param {{ audience: string, issuer: string }} expected
 */
async function claimsOf(token, keys, expected) {
  const options = { ...expected, algorithms: ["HS256"], requiredClaims: ["sub", "exp", "jti", "purpose"] };
  /** @type {unknown} */
  let last;
  for (const key of keys) {
    try {
      return (await jwtVerify(String(token), bytes(key), options)).payload;
    } catch (error) {
      last = error;
    }
  }
  throw wrong(last instanceof Error ? last.message : "it cannot be read");
}

/** @param {string} why */
const wrong = (why) =>
  smsError({ code: "auth", sent: "no", field: "token", message: `the proof does not hold: ${why}` });

/** @param {string} key */
const bytes = (key) => new TextEncoder().encode(key);
