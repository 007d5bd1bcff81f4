// The routes for receipts: pushes of vendors, stored records, and opt-outs of marketing.
import { problems } from "./openapi-errors.js";
import { ADMIN, BACK_END, BODY, body, FAULTS, json, OPERATOR } from "./openapi-parts.js";

/** The responses of a hook. A vendor gets 200 once its push is stored. */
const pushed = {
  200: { description: "It is kept.", content: json("Taken") },
  ...problems("not-found", "body-unfinished", "body-too-large", "too-many-waiting", "unavailable", ...FAULTS),
};

/** @param {string} operationId @param {object} more */
const push = (operationId, more) => ({
  operationId,
  tags: ["receipts"],
  summary: "Takes what a vendor pushes",
  description:
    "A report or a reply, as the account's vendor writes it. It is kept as it came, answered, and read afterwards; what nobody can read or match is kept aside. The address is a capability: whoever knows it can report. `npx xinshi hook-url` prints it.",
  security: [],
  parameters: [
    {
      name: "account",
      in: "path",
      required: true,
      description: "As in `vendors`.",
      schema: { type: "string", minLength: 1 },
    },
    {
      name: "token",
      in: "path",
      required: true,
      description:
        "Made of the account's name and a hook key; for a vendor that is told an address with each text, of that text as well.",
      schema: { type: "string", pattern: "^[A-Za-z0-9_-]{32,56}$" },
    },
  ],
  ...more,
  responses: pushed,
});

/** A body of any media type: no vendor documents a type reliably. */
const anything = {
  required: false,
  content: {
    "application/json": { schema: {} },
    "application/x-www-form-urlencoded": { schema: { type: "object" } },
    "*/*": { schema: {} },
  },
};

const receipts = {
  operationId: "receipts",
  tags: ["receipts", "admin"],
  summary: "Tells what people replied, and what vendors said that nobody could read or match",
  description: "At most 200 records an account, oldest first, for as long as `retentionDays` says.",
  security: OPERATOR,
  responses: {
    200: {
      description: "Records by account.",
      content: json("Receipts", {
        reply: {
          main: [
            {
              at: 1785542400000,
              kind: "reply",
              record: { vendor: "apiv1", from: "+8613812345678", text: "TD", at: "2026-08-01T08:00:00+08:00" },
              length: 92,
            },
          ],
        },
      }),
    },
    ...problems(...ADMIN),
  },
};

const erase = {
  operationId: "erase",
  tags: ["receipts", "admin"],
  summary: "Forgets a number wherever it is written",
  description:
    "Its challenges end, and it is blotted out of what vendors said. What was sent to it still counts, and so does that its owner wants no marketing: both are kept under a hash.",
  security: OPERATOR,
  requestBody: body("EraseRequest", { number: { phone: "+8613812345678" } }),
  responses: { 204: { description: "It is forgotten." }, ...problems(...BODY, ...ADMIN) },
};

const optOut = {
  operationId: "optOut",
  tags: ["receipts", "admin"],
  summary: "Notes that somebody wants no marketing, or wants it again",
  description: "Whoever replies TD or T (退订) is noted without it.",
  security: OPERATOR,
  requestBody: body("OptOutRequest", { out: { phone: "+8613812345678", optedOut: true } }),
  responses: { 204: { description: "It is noted." }, ...problems(...BODY, ...ADMIN) },
};

const optedOut = {
  operationId: "optedOut",
  tags: ["receipts"],
  summary: "Tells which of some numbers want no marketing",
  security: [...BACK_END, ...OPERATOR],
  requestBody: body("OptedOutRequest", { some: { phones: ["+8613812345678", "13912345678"] } }),
  responses: {
    200: {
      description: "Those, as they were written.",
      content: json("OptedOut", { one: { optedOut: ["13912345678"] } }),
    },
    ...problems(...BODY, ...ADMIN),
  },
};

/** The paths of these routes. */
export const RECEIPT_PATHS = {
  "/hooks/{account}/{token}": {
    get: push("pushByQuery", {}),
    post: push("pushByBody", { requestBody: anything }),
  },
  "/opt-outs/check": { post: optedOut },
  "/admin/receipts": { get: receipts },
  "/admin/erase": { post: erase },
  "/admin/opt-out": { post: optOut },
};
