// The one error class of all three doors, in a module of its own so that `instanceof` holds across them.

export class SmsError extends Error {
  constructor({ message, ...details }) {
    super(message);
    Object.assign(this, details);
  }

  toJSON() {
    return { name: this.name, message: this.message, ...this };
  }
}
Object.defineProperty(SmsError.prototype, "name", { value: "SmsError", configurable: true, writable: true });

/** What the WebAssembly calls to raise one. */
export const smsErrorFromJson = (details) => new SmsError(JSON.parse(details));
