// Where the client finds the rules: `xinshi/rules` is loaded where it is asked for, and says so here.

/**
 * A finding, and where the user lets it stop the text, the error.
 * @typedef {{ code: string, level: "error" | "warning" | "info", message: string, at?: number, stops?: { code: string, sent: string, field: string } }} Found
 * @typedef {{
 *   canStop: boolean,
 *   check(message: string, recipients: string | Uint8Array | undefined, vendor: string): Found[],
 * }} Checker
 */

/** @type {{ make?: (settings: unknown) => Checker, isReady?: () => boolean, load?: () => Promise<void> }} */
export const loadedRules = {};
