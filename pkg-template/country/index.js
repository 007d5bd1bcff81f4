// The country of a number, by the table of libphonenumber. A module of its own, since most users send to one country.
import { parsePhoneNumberFromString } from "libphonenumber-js/min";

/** @type {typeof import("./index.js").countryOf} */
export function countryOf(phone) {
  const parsed = parsePhoneNumberFromString(phone);
  // A trunk prefix gives a phone a second number: `+4901701234567` is the phone of `+491701234567`.
  if (!parsed?.country || parsed.number !== phone || !parsed.isValid()) return undefined;
  // Where a numbering plan is loose, a number with a trunk prefix passes as valid. Parsed as a national number, it
  // gives another number.
  const dialled = parsePhoneNumberFromString(parsed.nationalNumber, parsed.country);
  return dialled?.number === phone ? parsed.country : undefined;
}
