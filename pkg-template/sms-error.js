// The one error class of all three doors, in a module of its own so that `instanceof` holds across them.

/** @typedef {{ message: string } & Record<string, unknown>} Details */

export class SmsError extends Error {
  /** @param {Details} details */
  constructor({ message, ...details }) {
    super(message);
    Object.assign(this, details);
  }

  toJSON() {
    return Object.assign({ name: this.name, message: this.message }, this);
  }
}
Object.defineProperty(SmsError.prototype, "name", { value: "SmsError", configurable: true, writable: true });

/** Makes one in JavaScript. @param {Details} details */
export const smsError = (details) => new SmsError(details);

/**
 * An argument that is not what it should be.
 * @param {string} field
 * @param {string} message
 */
export const invalid = (field, message) => smsError({ code: "invalid_argument", sent: "no", field, message });

/**
 * What the WebAssembly calls to make one.
 * @param {string} details
 * @param {Uint8Array | undefined} raw
 */
export function smsErrorFromJson(details, raw) {
  const error = new SmsError(JSON.parse(details));
  // Not for a console: it holds what people wrote.
  return raw ? Object.defineProperty(error, "raw", { value: raw }) : error;
}
