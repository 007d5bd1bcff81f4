/**
 * The country of a number in E.164, in ISO 3166. `undefined` for a text that is no valid number, and for a number with
 * a trunk prefix: `+4901701234567` is the phone of `+491701234567`, and only the latter has a country, so that one
 * phone has one number. Countries that share a calling code, such as `+1` and `+44`, are told apart as far as their
 * numbering plan allows.
 */
export function countryOf(phone: string): string | undefined;
