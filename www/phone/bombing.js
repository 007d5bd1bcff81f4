// What a bombing costs under the default rules: the first result of the attack view, with which a test compares it.

/** `yuan` is what the texts cost at ¥0.04 each, `unlimited` what as many texts as requests would. */
export const BOMBING = { requests: "4,000", texts: 16, yuan: "0.64", unlimited: 160 };
