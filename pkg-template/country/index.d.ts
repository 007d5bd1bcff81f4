/**
 * The country of a number in E.164, as ISO 3166 has it; nothing where it cannot be told. Numbers of the same plan are told
 * apart as far as the plan does: `+1` and `+44` hold several countries.
 */
export function countryOf(phone: string): string | undefined;
