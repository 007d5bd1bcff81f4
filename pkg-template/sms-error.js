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

/** What the WebAssembly calls to make one. @param {string} details */
export const smsErrorFromJson = (details) => new SmsError(JSON.parse(details));
