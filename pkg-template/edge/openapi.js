// The handler's own description: OpenAPI 3.1 of every route of src/edge/route.rs. Loaded when somebody asks for it.
import { camaraErrors, HEADERS, headers, problems } from "./openapi-errors.js";
import { ADMIN, ANYBODY, BACK_END, BODY, body, CALLER, FAULTS, json, OPERATOR, schema } from "./openapi-parts.js";
import { RECEIPT_PATHS } from "./openapi-receipts.js";
import { SCHEMAS } from "./openapi-schemas.js";

const INFO = {
  title: "xinshi",
  version: "0.1.0",
  summary: "One-time codes by text message, under hard limits.",
  description: `A page or a back end asks for a code, somebody enters it, and a signed proof says whose number it is.

- **Errors** are \`application/problem+json\` (RFC 9457), on the CAMARA routes \`ErrorInfo\`. Decide by \`type\` and \`code\`.
- **Limits** answer 429 with \`Retry-After\`, one answer whichever rule it was. An address gets 60 requests a minute in any case.
- **Bodies** are UTF-8 JSON objects of at most 8,192 bytes, those of vendors' pushes anything of at most 1 MiB. A member that is not described is refused, on the CAMARA routes ignored.
- **Methods**: \`HEAD\` is answered as \`GET\` but at hooks, \`OPTIONS\` by 204 with \`Allow\` and, for configured origins, CORS. Others get 405.
- **Caches** keep nothing: every reply has \`Cache-Control: no-store\`.`,
  license: { name: "MIT or Apache-2.0", identifier: "MIT OR Apache-2.0" },
};

const TAGS = [
  { name: "otp", description: "Codes and proofs, for pages and back ends." },
  {
    name: "camara",
    description: "CAMARA One Time Password SMS 1.1, for back ends. A challenge belongs to the token that asked for it.",
    externalDocs: { url: "https://github.com/camaraproject/OTPValidation" },
  },
  { name: "receipts", description: "What became of texts, and who wants no marketing." },
  { name: "admin", description: "For the operator." },
  { name: "handler", description: "The handler itself." },
];

const SECURITY_SCHEMES = {
  backEnd: { type: "http", scheme: "bearer", description: "One of `apiTokens`." },
  operator: {
    type: "http",
    scheme: "bearer",
    description: "`adminToken`. Without one, the routes of the operator are closed.",
  },
};

const CORRELATOR = {
  name: "x-correlator",
  in: "header",
  description: "Repeated in the reply. One that is not well-formed is refused.",
  schema: schema("Correlator"),
};

const otpSend = {
  operationId: "otpSend",
  tags: ["otp"],
  summary: "Sends a code",
  description:
    "The answer is the same for every number and whatever becomes of the text: a number for tests, or a vendor whose answer did not come back, cannot be told apart. `/otp/status` says what became of it.",
  security: ANYBODY,
  parameters: [
    {
      name: "Idempotency-Key",
      in: "header",
      description:
        "Draw one at random for each request, and repeat the request under the same key where no answer came: one text is sent, and the first answer is given again for a day. A key is the same in double quotes, as structured fields write it, and without. Keys of different tokens and addresses are apart.",
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
        sent: { challenge: "q83vEjRWeJASNFZ4kKvN7xI0VniQEjRWeJA_", expiresIn: 300, resendIn: 60 },
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
  summary: "Checks a code, and gives a proof",
  description:
    "A code is good for once, and takes few tries; tries at a number are counted across challenges and addresses as well. The answer to a code that is not good tells neither why, nor whether there is such a challenge.",
  security: ANYBODY,
  requestBody: body("VerifyRequest", {
    entered: { challenge: "q83vEjRWeJASNFZ4kKvN7xI0VniQEjRWeJA_", code: "482915" },
  }),
  responses: {
    200: { description: "The code was right.", content: json("VerifyReply") },
    ...problems(...BODY, ...CALLER, "not-verified", "no-randomness"),
  },
};

const otpStatus = {
  operationId: "otpStatus",
  tags: ["otp"],
  summary: "Tells how a challenge stands",
  description: "Challenges of the CAMARA routes are not told of. One is remembered for a day after it expired.",
  security: ANYBODY,
  parameters: [
    {
      name: "challenge",
      in: "path",
      required: true,
      description: "What `/otp/send` gave.",
      schema: schema("Challenge"),
    },
  ],
  responses: {
    200: {
      description: "It is known.",
      content: json("Status", { open: { status: "open", expiresIn: 271, delivery: "accepted" } }),
    },
    ...problems(...CALLER, "unknown-challenge"),
  },
};

const sendCode = {
  operationId: "sendCode",
  tags: ["camara"],
  summary: "Sends a message with a code",
  description: "A later code for the number by the same token supersedes the earlier ones.",
  security: BACK_END,
  parameters: [CORRELATOR],
  requestBody: body("SendCodeBody", {
    message: { phoneNumber: "+8613812345678", message: "{{code}} is your code for Example" },
  }),
  responses: {
    200: {
      description: "The text is on its way, or may be.",
      headers: headers("x-correlator"),
      content: json("SendCodeResponse", { sent: { authenticationId: "q83vEjRWeJASNFZ4kKvN7xI0VniQEjRWeJA_" } }),
      links: {
        validate: {
          operationId: "validateCode",
          description: "The code itself comes by text message.",
          requestBody: { authenticationId: "$response.body#/authenticationId" },
        },
      },
    },
    ...camaraErrors("invalid", "unauthenticated", "tooManyCodes", "notAllowed", "blocked", "busy", "unavailable"),
  },
};

const validateCode = {
  operationId: "validateCode",
  tags: ["camara"],
  summary: "Checks a code",
  description: "It is known to the token that asked for it, and good for once.",
  security: BACK_END,
  parameters: [CORRELATOR],
  requestBody: body("ValidateCodeBody", {
    entered: { authenticationId: "q83vEjRWeJASNFZ4kKvN7xI0VniQEjRWeJA_", code: "482915" },
  }),
  responses: {
    204: { description: "The code was right.", headers: headers("x-correlator") },
    ...camaraErrors("invalid", "failed", "expired", "wrong", "unauthenticated", "unknown", "busy", "unavailable"),
  },
};

const explain = {
  operationId: "explain",
  tags: ["admin"],
  summary: "Tells why a number may or may not be sent to",
  security: OPERATOR,
  requestBody: body("ExplainRequest", {
    number: { phone: "+8613812345678" },
    both: { phone: "+8613812345678", address: "203.0.113.7" },
  }),
  responses: {
    200: { description: "Its rules, and what is used of them.", content: json("Explanation") },
    ...problems(...BODY, ...ADMIN),
  },
};

const reset = {
  operationId: "reset",
  tags: ["admin"],
  summary: "Forgets what was sent to a number and guessed at it",
  description: "Challenges live on, with the tries that they have left.",
  security: OPERATOR,
  requestBody: body("ResetRequest", { number: { phone: "+8613812345678" } }),
  responses: { 204: { description: "Its limits begin anew." }, ...problems(...BODY, ...ADMIN) },
};

const statistics = {
  operationId: "statistics",
  tags: ["admin"],
  summary: "Tells what happened over the last day",
  description: "Each process adds its counts every ten seconds at most: those of others may be that late.",
  security: OPERATOR,
  responses: {
    200: {
      description: "Counts by five minutes, and what waits.",
      content: json("Statistics", {
        day: {
          bucketSeconds: 300,
          buckets: [{ at: 1785542400000, counts: { "sent.accepted.main": 3 } }],
          receipts: { main: { awaitCall: 0, attempts: 0, givenUp: 0 } },
        },
      }),
    },
    ...problems(...ADMIN),
  },
};

const health = {
  operationId: "health",
  tags: ["handler"],
  summary: "Tells that the handler answers",
  description: "It asks neither the store nor a vendor.",
  security: [],
  responses: {
    200: {
      description: "It is configured, and answers.",
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
  "/one-time-password-sms/v1/send-code": { post: sendCode },
  "/one-time-password-sms/v1/validate-code": { post: validateCode },
  "/admin/explain": { post: explain },
  "/admin/reset": { post: reset },
  "/admin/stats": { get: statistics },
  ...RECEIPT_PATHS,
  "/healthz": { get: health },
  "/openapi.json": { get: description },
};

/** The document as JSON. Where paths begin with something, `servers` is put before all else. */
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
      // Of no operation: what other methods and other paths are told.
      OtherMethod: problems("method-not-allowed")[405],
      Nowhere: problems("not-found")[404],
    },
  },
});
