// Where the country of a number decides, there is a function that knows it: for what is sent to, and for what is listed.
import { invalid } from "../sms-error.js";
import { guarded } from "./instance.js";
import { ofUser } from "./of-user.js";

/**
 * Checks once at the start. A listed number of which no country is known is in another form than its own, and would stand there for
 * nobody; so would the beginning of numbers, where of those that begin so none has a country.
 * @param {import("../wasm/edge.js").Handler} core
 * @param {((phone: string) => string | undefined) | undefined} country
 */
export function checkCountry(core, country) {
  if (country === undefined) {
    if (!guarded(() => core.sendsAbroad())) return;
    throw invalid("country", 'to send abroad, pass country: import { countryOf } from "xinshi/country"');
  }
  /** @param {string} phone */
  const isOfOne = (phone) => {
    const found = ofUser("country", "country", () => country(phone)) ?? undefined;
    if (found === undefined || typeof found === "string") return found !== undefined;
    throw invalid("country", "country gave no text: it is to return the country, or undefined, and at once");
  };
  for (const [name, ...phones] of JSON.parse(guarded(() => core.listedAbroad()))) {
    if (phones.some(isOfOne)) continue;
    throw invalid(name, `${name} has a number of no country: write it without a trunk prefix, +49170… for 0170…`);
  }
}
