// What the descriptions of routes have in common: who may call, what any of them can answer, and bodies.
/** @import { SCHEMAS } from "./openapi-schemas.js" */

/** A page has no token, and is limited by its address; a token that is none of ours is refused. */
export const ANYBODY = [{}, { backEnd: [] }];
export const BACK_END = [{ backEnd: [] }];
export const OPERATOR = [{ operator: [] }];

/** What any route can answer: the handler's own faults. */
export const FAULTS = /** @type {const} */ (["internal", "misconfigured", "unreadable-request", "no-store"]);
/** What a route with a caller can answer. */
export const CALLER = /** @type {const} */ ([
  "unauthorized",
  "too-many-requests",
  "no-address",
  "unavailable",
  ...FAULTS,
]);
/** What a route of the operator can answer. */
export const ADMIN = /** @type {const} */ (["unauthorized", "too-many-requests", "unavailable", ...FAULTS]);
/** What a route with a body can answer. */
export const BODY = /** @type {const} */ ([
  "malformed-request",
  "body-unfinished",
  "body-too-large",
  "unsupported-media-type",
]);

/** @param {keyof typeof SCHEMAS} name */
export const schema = (name) => ({ $ref: `#/components/schemas/${name}` });

/** @param {keyof typeof SCHEMAS} name @param {Record<string, object>} [examples] */
export const json = (name, examples) => ({
  "application/json": { schema: schema(name), ...(examples && { examples: named(examples) }) },
});

/** @param {Record<string, object>} examples */
const named = (examples) => Object.fromEntries(Object.entries(examples).map(([name, value]) => [name, { value }]));

/** @param {keyof typeof SCHEMAS} name @param {Record<string, object>} examples */
export const body = (name, examples) => ({ required: true, content: json(name, examples) });
