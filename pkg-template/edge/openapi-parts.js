// The parts that the descriptions of routes share: callers, responses of every route, and bodies.
/** @import { SCHEMAS } from "./openapi-schemas.js" */

/** A page has no token, and its address is limited; an unknown token is rejected. */
export const ANYBODY = [{}, { backEnd: [] }];
export const BACK_END = [{ backEnd: [] }];
export const OPERATOR = [{ operator: [] }];

/** The responses of every route: the handler's own faults. */
export const FAULTS = /** @type {const} */ (["internal", "misconfigured", "unreadable-request", "no-store"]);
/** The responses of a route of a tenant, where the handler has tenants. */
export const TENANT = /** @type {const} */ (["unknown-tenant", "tenant-unavailable"]);
/** The responses of a route with a caller. */
export const CALLER = /** @type {const} */ ([
  "unauthorized",
  "insufficient-scope",
  "quota-exceeded",
  "no-address",
  "unavailable",
  ...TENANT,
  ...FAULTS,
]);
/** The responses of an operator's route. */
export const ADMIN = /** @type {const} */ (["unauthorized", "quota-exceeded", "unavailable", ...TENANT, ...FAULTS]);
/** The responses of a route with a body. */
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
