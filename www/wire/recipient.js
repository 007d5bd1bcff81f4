// Reads the lines that people write into the form: a number in any grouping, then values.

/** Whether a word may be a part of a phone number as people write them. */
const isPart = (word) => /^[\d０-９+＋()（）.－-]+$/.test(word);

/** The digits of a number, full-width ones too. */
const digits = (written) => written.replace(/[^\d０-９]/g, "").normalize("NFKC");

/** The expected number of digits of a number by its beginning: 11 in the mainland, with 86 or 0086 before them. */
const expectedDigits = (digits) => (digits.startsWith("0086") ? 15 : digits.startsWith("86") ? 13 : 11);

/**
 * A recipient: `+86 138 1234 5678 王先生 8-1` is one number and two values.
 * @param {string} line
 * @returns {{ to: string, values: string[] }}
 */
export function recipient(line) {
  const [first = "", ...values] = line.trim().split(/\s+/);
  let to = first;
  while (isPart(to.replaceAll(" ", "")) && isPart(values[0] ?? "") && digits(to).length < expectedDigits(digits(to))) {
    to += ` ${values.shift()}`;
  }
  return { to, values };
}
