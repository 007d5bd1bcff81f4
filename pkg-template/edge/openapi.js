// The handler's own description: OpenAPI 3.1 of every route of src/edge/route.rs. Loaded on request.
import { CAMARA_PATHS } from "./openapi-camara.js";
import { HEADERS, problems } from "./openapi-errors.js";
import { GATEWAY_PATHS } from "./openapi-gateways.js";
import { ADMIN, ANYBODY, BODY, body, CALLER, FAULTS, json, OPERATOR, schema } from "./openapi-parts.js";
import { RECEIPT_PATHS } from "./openapi-receipts.js";
import { SCHEMAS } from "./openapi-schemas.js";

const INFO = {
  title: "xinshi",
  version: "0.1.0",
  summary: "One-time codes by text message, under hard limits.",
  description: `A page or a back end requests a code, a person enters it, and a signed proof states the person's number.

- **Errors** are \`application/problem+json\` (RFC 9457), below \`/one-time-password-sms/\` \`ErrorInfo\`. Branch on \`type\` and \`code\`.
- **Limits** answer 429 with \`Retry-After\`, the same answer for every rule. An address always has at least 240 requests a minute.
- **Bodies** are UTF-8 JSON objects of at most 8,192 bytes, login servers' bodies at most 128 KiB, vendors' pushes of any type and at most 1 MiB. An unknown member is rejected; CAMARA 1.1 ignores it.
- **Methods**: \`HEAD\` works like \`GET\` except at hooks; \`OPTIONS\` gets 204 with \`Allow\` and, for configured origins, CORS. Others get 405.
- **Caches** store nothing: every reply has \`Cache-Control: no-store\`.`,
  license: { name: "MIT or Apache-2.0", identifier: "MIT OR Apache-2.0" },
};

const TAGS = [
  { name: "otp", description: "Codes and proofs, for pages and back ends." },
  {
    name: "camara",
    description:
      "CAMARA One Time Password SMS 1.1 (`v1`) and 2.0 (`v2`), for back ends. A challenge belongs to the token that requested it, in either version.",
    externalDocs: { url: "https://github.com/camaraproject/OTPValidation" },
  },
  { name: "gateways", description: "Login servers that post codes of their own." },
  { name: "receipts", description: "The outcomes of texts, and opt-outs from marketing." },
  { name: "admin", description: "For the operator." },
  { name: "handler", description: "The handler itself." },
];

const SECURITY_SCHEMES = {
  backEnd: { type: "http", scheme: "bearer", description: "One of `apiTokens`, with the scope of the route." },
  gateway: { type: "http", scheme: "bearer", description: "The `token` of the gateway." },
  operator: {
    type: "http",
    scheme: "bearer",
    description: "`adminToken`. Without one, the routes of the operator are closed.",
  },
};

const otpSend = {
  operationId: "otpSend",
  tags: ["otp"],
  summary: "Sends a code",
  description:
    "The answer is the same for every number and every outcome of the text: it does not reveal a test number, or a vendor whose answer was lost. `/otp/status` has the outcome.",
  security: ANYBODY,
  parameters: [
    {
      name: "Idempotency-Key",
      in: "header",
      description:
        "Use a random key for each request, and repeat the request under the same key if no answer arrived: one text is sent, and the first answer is repeated for a day. A key in double quotes, as in structured fields, equals the key without. Keys of different tokens and addresses are separate.",
      schema: {
        type: "string",
        pattern:
          '^([\\u0021\\u0023-\\u007e][\\u0021-\\u007e]{15,255}|"([\\u0021\\u0023-\\u005b\\u005d-\\u007e]|\\u005c["\\u005c]){16,256}"(;.*)?)$',
        examples: ["8e03978e-40d5-43dd-bc93-6894a57f9324"],
      },
    },
  ],
  requestBody: body("SendRequest", {
    page: { phone: "+8613812345678", purpose: "login", locale: "zh", nonce: "n-0S6_WzA2Mj" },
    backEnd: { phone: "13812345678" },
  }),
  responses: {
    202: {
      description: "The text is on its way, or may be.",
      content: json("SendReply", {
        sent: { challenge: "2NEpo7TZRRrLZSi2U5V9t8vJcQ8xZsWf3F6f", expiresIn: 300, resendIn: 60 },
      }),
      links: {
        verify: {
          operationId: "otpVerify",
          description: "The code itself comes by text message.",
          requestBody: { challenge: "$response.body#/challenge" },
        },
        status: { operationId: "otpStatus", parameters: { challenge: "$response.body#/challenge" } },
        resend: {
          operationId: "otpSend",
          description: "The same text once more, after `resendIn` seconds.",
          requestBody: { challenge: "$response.body#/challenge" },
        },
      },
    },
    ...problems(
      ...BODY,
      ...CALLER,
      "captcha-required",
      "captcha-failed",
      "number-not-allowed",
      "in-progress",
      "challenge-closed",
      "idempotency-key-reused",
      "captcha-unavailable",
      "no-randomness",
      "not-sent",
    ),
  },
};

const otpVerify = {
  operationId: "otpVerify",
  tags: ["otp"],
  summary: "Checks a code, and returns a proof",
  description:
    "A code is valid once, and allows few tries; tries at a number also count across challenges and addresses. The answer to an invalid code reveals neither the reason nor whether the challenge exists.",
  security: ANYBODY,
  requestBody: body("VerifyRequest", {
    entered: { challenge: "2NEpo7TZRRrLZSi2U5V9t8vJcQ8xZsWf3F6f", code: "482915" },
  }),
  responses: {
    200: { description: "The code was right.", content: json("VerifyReply") },
    ...problems(...BODY, ...CALLER, "not-verified", "no-randomness"),
  },
};

const otpStatus = {
  operationId: "otpStatus",
  tags: ["otp"],
  summary: "Returns the state of a challenge",
  description: "Challenges of the CAMARA routes are unknown here. A challenge is kept for a day after its expiry.",
  security: ANYBODY,
  parameters: [
    {
      name: "challenge",
      in: "path",
      required: true,
      description: "The challenge that `/otp/send` returned.",
      schema: schema("Challenge"),
    },
  ],
  responses: {
    200: {
      description: "The challenge is known.",
      content: json("Status", { open: { status: "open", expiresIn: 271, delivery: "accepted" } }),
    },
    ...problems(...CALLER, "unknown-challenge"),
  },
};

const explain = {
  operationId: "explain",
  tags: ["admin"],
  summary: "Explains whether a number may be sent to",
  security: OPERATOR,
  requestBody: body("ExplainRequest", {
    number: { phone: "+8613812345678" },
    both: { phone: "+8613812345678", address: "203.0.113.7" },
  }),
  responses: {
    200: { description: "Its rules, and their usage.", content: json("Explanation") },
    ...problems(...BODY, ...ADMIN),
  },
};

const reset = {
  operationId: "reset",
  tags: ["admin"],
  summary: "Removes the sends and guesses of a number",
  description: "Challenges stay, with their remaining tries.",
  security: OPERATOR,
  requestBody: body("ResetRequest", { number: { phone: "+8613812345678" } }),
  responses: { 204: { description: "Its limits begin anew." }, ...problems(...BODY, ...ADMIN) },
};

const statistics = {
  operationId: "statistics",
  tags: ["admin"],
  summary: "Returns the counts of the last day",
  description: "Each process adds its counts at most every ten seconds, so those of other processes may be that late.",
  security: OPERATOR,
  responses: {
    200: {
      description: "Counts by five minutes, and the state of the queues.",
      content: json("Statistics", {
        day: {
          bucketSeconds: 300,
          buckets: [{ at: 1785542400000, counts: { "sent.accepted.main": 3 } }],
          receipts: { main: { waiting: 0, attempts: 0, givenUp: 0 } },
        },
      }),
    },
    ...problems(...ADMIN),
  },
};

const metrics = {
  operationId: "metrics",
  tags: ["admin"],
  summary: "Returns the counts as Prometheus reads them",
  description:
    "Prometheus' text format 0.0.4. The counts are those of all processes, so scrape one address. Counters begin at zero after 2^32, or after a day without any event.",
  security: OPERATOR,
  responses: {
    200: {
      description: "Counters, gauges and a histogram, whose names begin with `xinshi_`.",
      content: {
        "text/plain; version=0.0.4; charset=utf-8": {
          schema: { type: "string" },
          examples: { rejection: { value: 'xinshi_rejections_total{by="number"} 2\n' } },
        },
      },
    },
    ...problems(...ADMIN),
  },
};

const health = {
  operationId: "health",
  tags: ["handler"],
  summary: "Shows that the handler answers",
  description: "The check uses neither the store nor a vendor.",
  security: [],
  responses: {
    200: {
      description: "The handler is configured and answers.",
      content: {
        "application/json": {
          schema: { type: "object", properties: { status: { const: "ok" } }, required: ["status"] },
        },
      },
    },
    ...problems(...FAULTS),
  },
};

const description = {
  operationId: "openapi",
  tags: ["handler"],
  summary: "This description",
  security: [],
  responses: {
    200: {
      description: "OpenAPI 3.1.",
      content: {
        "application/json": {
          schema: {
            type: "object",
            properties: { openapi: { const: "3.1.0" } },
            required: ["openapi", "info", "paths"],
          },
        },
      },
    },
    ...problems(...FAULTS),
  },
};

const PATHS = {
  "/otp/send": { post: otpSend },
  "/otp/verify": { post: otpVerify },
  "/otp/status/{challenge}": { get: otpStatus },
  ...CAMARA_PATHS,
  ...GATEWAY_PATHS,
  "/admin/explain": { post: explain },
  "/admin/reset": { post: reset },
  "/admin/stats": { get: statistics },
  "/admin/metrics": { get: metrics },
  ...RECEIPT_PATHS,
  "/healthz": { get: health },
  "/openapi.json": { get: description },
};

/** The document as JSON. With a base path, the handler prepends `servers`. */
export const openapi = JSON.stringify({
  openapi: "3.1.0",
  info: INFO,
  tags: TAGS,
  paths: PATHS,
  components: {
    securitySchemes: SECURITY_SCHEMES,
    headers: HEADERS,
    schemas: SCHEMAS,
    responses: {
      // Belongs to no operation: the response to other methods, and to other paths.
      OtherMethod: problems("method-not-allowed")[405],
      Nowhere: problems("not-found")[404],
    },
  },
});
