// Where the client finds `xinshi/rules`, which puts itself here when it is imported.

/**
 * @typedef {import("./wasm/rules.js").Rules} Rules
 * @type {{ make?: (settings: unknown) => Rules, isReady: () => boolean, load: () => Promise<void> }}
 */
export const rules = { isReady: () => true, load: async () => {} };

export const areRulesImported = () => rules.make !== undefined;

/** The rules with a client's settings; nothing where they are not loaded yet. @param {unknown} settings */
export const rulesOf = (settings) => (rules.isReady() ? rules.make?.(settings) : undefined);
