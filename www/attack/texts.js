// Which requests became texts, and to whose benefit: `sent` is a text of a person, `attack` one that an attacker caused.

/** Whether a request became a text, by its outcome. @param {string} by */
export const isSent = (by) => by === "sent" || by === "attack";

/** What some texts cost, in yuan. */
export const costOf = (texts, price) => Math.round(texts * price * 100) / 100;
