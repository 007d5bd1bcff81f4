// The country of a number, by the table of libphonenumber: a module of its own, since most send to one country.
import { parsePhoneNumberFromString } from "libphonenumber-js/min";

/** @type {typeof import("./index.js").countryOf} */
export const countryOf = (phone) => parsePhoneNumberFromString(phone)?.country;
