// The one error class of all entries, in a module of its own, so that `instanceof` holds across them.

/** @typedef {{ message: string } & Record<string, unknown>} Details */

export class SmsError extends Error {
  /**
   * @param {Details} details
   * @param {Uint8Array} [raw] The vendor's reply. Hidden from consoles, since it contains people's texts.
   */
  constructor({ message, ...details }, raw) {
    super(message);
    Object.assign(this, details);
    if (raw) Object.defineProperty(this, "raw", { value: raw });
  }

  toJSON() {
    return Object.assign({ name: this.name, message: this.message }, this);
  }
}
Object.defineProperty(SmsError.prototype, "name", { value: "SmsError", configurable: true, writable: true });

/** Makes an error in JavaScript. @param {Details} details */
export const smsError = (details) => new SmsError(details);

/**
 * Makes an error about a wrong argument.
 * @param {string} field
 * @param {string} message
 */
export const invalid = (field, message) => smsError({ code: "invalid_argument", sent: "no", field, message });
