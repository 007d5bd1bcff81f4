/**
 * The country of a number in E.164, as ISO 3166 has it. Nothing for what is no number of a country's plan, nor for a number in
 * any but its own form: `+4901701234567` has a trunk prefix and is the phone of `+491701234567`, which alone has a country, so
 * that one phone has one number. Numbers of the same plan are told apart as far as the plan does: `+1` and `+44` hold several
 * countries.
 */
export function countryOf(phone: string): string | undefined;
