// The routes for receipts: pushes of vendors, stored records, and opt-outs of marketing.
import { problems } from "./openapi-errors.js";
import { ADMIN, BACK_END, BODY, body, FAULTS, json, OPERATOR, TENANT } from "./openapi-parts.js";

/** The responses of a hook. A vendor gets 200 once its push is stored. */
const pushed = {
  200: { description: "The push is stored.", content: json("Taken") },
  ...problems(
    "not-found",
    "body-unfinished",
    "body-too-large",
    "too-many-waiting",
    "unavailable",
    ...TENANT,
    ...FAULTS,
  ),
};

/** @param {string} operationId @param {object} more */
const push = (operationId, more) => ({
  operationId,
  tags: ["receipts"],
  summary: "Receives a vendor's push",
  description:
    "A report or a reply, in the format of the account's vendor. The handler stores it as it came, answers, and reads it afterwards; records that cannot be read or matched are kept for the operator. The URL is a capability: anybody who knows it can report. `npx xinshi hook-url` prints it.",
  security: [],
  parameters: [
    {
      name: "account",
      in: "path",
      required: true,
      description: "As in `vendors`; `tenant:account` for an account of a tenant.",
      schema: { type: "string", minLength: 1 },
    },
    {
      name: "token",
      in: "path",
      required: true,
      description:
        "Derived from the account's name and a hook key; for a vendor that receives a URL with each text, also from that text.",
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
  summary: "Lists people's replies, and records that could not be read or matched",
  description: "At most 200 records for each account, oldest first, up to `retentionDays` old.",
  security: OPERATOR,
  responses: {
    200: {
      description: "Records by account.",
      content: json("Receipts", {
        reply: {
          main: [
            {
              id: "rcpt_1311768467294899695_0",
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

const replay = {
  operationId: "replayReceipt",
  tags: ["receipts", "admin"],
  summary: "Sends a kept receipt to its receivers again",
  description:
    "A new attempt of the same message, signed anew: its `id` and content stay, so that a receiver that processed it drops it. It waits in the account's queue until every receiver accepted it. Receipts are kept only with `receipts.keepFor`.",
  security: OPERATOR,
  parameters: [
    {
      name: "id",
      in: "path",
      required: true,
      description: "The `id` of the message, which is the header `webhook-id` too.",
      schema: { type: "string", pattern: "^rcpt_\\d{1,20}_\\d{1,10}$" },
    },
  ],
  responses: {
    202: {
      description: "The message is queued.",
      content: json("Replayed", { now: { id: "rcpt_1311768467294899695_0", accepted: true } }),
    },
    ...problems(...ADMIN, "unknown-receipt", "too-many-waiting"),
  },
};

const erase = {
  operationId: "erase",
  tags: ["receipts", "admin"],
  summary: "Erases a number from all stored records",
  description:
    "Its challenges end, and the number is erased from vendors' records. Its sends still count, and an opt-out from marketing stays: both are stored under a hash.",
  security: OPERATOR,
  requestBody: body("EraseRequest", { number: { phone: "+8613812345678" } }),
  responses: { 204: { description: "The number is erased." }, ...problems(...BODY, ...ADMIN) },
};

const optOut = {
  operationId: "optOut",
  tags: ["receipts", "admin"],
  summary: "Records an opt-out from marketing, or its end",
  description: "A reply of TD or T (退订) is recorded without this request.",
  security: OPERATOR,
  requestBody: body("OptOutRequest", { out: { phone: "+8613812345678", optedOut: true } }),
  responses: { 204: { description: "The opt-out is recorded." }, ...problems(...BODY, ...ADMIN) },
};

const optedOut = {
  operationId: "optedOut",
  tags: ["receipts"],
  summary: "Finds the numbers that opted out of marketing",
  security: [...BACK_END, ...OPERATOR],
  requestBody: body("OptedOutRequest", { some: { phones: ["+8613812345678", "13912345678"] } }),
  responses: {
    200: {
      description: "These numbers, as they were written.",
      content: json("OptedOut", { one: { optedOut: ["13912345678"] } }),
    },
    ...problems(...BODY, ...ADMIN, "insufficient-scope"),
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
  "/admin/receipts/{id}/replay": { post: replay },
  "/admin/erase": { post: erase },
  "/admin/opt-out": { post: optOut },
};
