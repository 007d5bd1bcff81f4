// The country of a number, by the table of libphonenumber: a module of its own, since most send to one country.
import { parsePhoneNumberFromString } from "libphonenumber-js/min";

/** @type {typeof import("./index.js").countryOf} */
export function countryOf(phone) {
  const parsed = parsePhoneNumberFromString(phone);
  // A trunk prefix makes an alias of a number: `+4901701234567` is the phone of `+491701234567`.
  if (!parsed?.country || parsed.number !== phone || !parsed.isValid()) return undefined;
  // Where the plan is loose, an alias passes for a number: read as it is dialled at home, it is another one.
  const dialled = parsePhoneNumberFromString(parsed.nationalNumber, parsed.country);
  return dialled?.number === phone ? parsed.country : undefined;
}
