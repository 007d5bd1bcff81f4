// The errors of the handler: problems (RFC 9457) on its own routes, ErrorInfo on the CAMARA routes.

/** Status, title and advice of each problem, by the last part of its `type`. */
export const PROBLEMS = /** @satisfies {Record<string, [status: number, title: string, advice: string]>} */ ({
  "malformed-request": [400, "The request is not as documented", "`field` names what to correct, `detail` says why."],
  unauthorized: [401, "The bearer token is missing or none of ours", "Pages send no `Authorization` at all."],
  "captcha-required": [
    403,
    "A solved captcha is needed",
    "Let the person solve one, and send its token as `captcha`; or do the work that `proofOfWork` names, where it is there.",
  ],
  "captcha-failed": [
    403,
    "The captcha was not solved",
    "Let the person solve another. A proof of work is rejected so where it is wrong, too old or used.",
  ],
  "insufficient-scope": [
    403,
    "The token lacks the scope of this route",
    "`scopes` of its entry in `apiTokens` does not list what `detail` names.",
  ],
  "number-not-allowed": [403, "No text is sent to this number", "Its country is not served, or it is on a list."],
  "not-found": [404, "There is nothing at this address", "Paths must match exactly."],
  "unknown-challenge": [404, "There is no such challenge", "It never existed, or was removed a day after its end."],
  "unknown-tenant": [
    404,
    "There is no such tenant",
    "The request, or the URL of a push, names a tenant without accounts.",
  ],
  "unknown-receipt": [404, "No receipt is kept under this id", "It is kept for `receipts.keepFor` days, if at all."],
  "method-not-allowed": [405, "This address answers other methods", "`Allow` names them."],
  "body-unfinished": [408, "The body did not come in time", "A body may take 10 seconds."],
  "in-progress": [409, "A request with this Idempotency-Key is being answered", "Repeat it after `Retry-After`."],
  "body-too-large": [
    413,
    "The body is longer than it may be",
    "The maximum is 8,192 bytes, 128 KiB for a login server, and 1 MiB for a push.",
  ],
  "unsupported-media-type": [415, "The body is to be application/json", "Parameters such as `charset` are ignored."],
  "challenge-closed": [422, "The challenge is not open for this number", "Ask for a code without `challenge`."],
  "idempotency-key-reused": [
    422,
    "The Idempotency-Key belongs to another request",
    "Use a new random key for each request.",
  ],
  "not-verified": [
    422,
    "The code is wrong, or no longer good",
    "The same answer for a code that is wrong, expired or used, for used-up tries, and for a challenge that never existed.",
  ],
  "quota-exceeded": [
    429,
    "Request cannot be satisfied as assigned quota has been exceeded",
    "Wait for `Retry-After` seconds.",
  ],
  internal: [500, "A fault of the handler", "Please report it, with the lines of the handler's log."],
  misconfigured: [500, "The handler's options are wrong: see its log", "Only its operator can correct them."],
  "unreadable-request": [
    500,
    "The handler cannot read the request that it was handed",
    "Only its operator can correct that: `detail` says how.",
  ],
  "captcha-unavailable": [503, "The captcha cannot be checked at the moment", "Try again later."],
  "no-address": [
    503,
    "The request cannot be limited",
    "The handler does not know the caller's address: see `clientAddress`.",
  ],
  "no-randomness": [503, "No code can be made", "The platform has no random bytes."],
  "no-store": [503, "The limits cannot be kept", "Its operator must bind `LEDGER` or pass a `store`."],
  "not-sent": [
    503,
    "No text was sent: try again later",
    "No vendor accepted it. `detail` says whether it may still count against the limits.",
  ],
  "tenant-unavailable": [
    503,
    "The tenant's accounts cannot be looked up: try again later",
    "The operator's look-up failed, took longer than 5 seconds, or returned wrong accounts: see the log. Nothing was sent.",
  ],
  "too-many-waiting": [
    503,
    "Too many receipts wait to be read: push it again",
    "`scheduled` of the handler must run every minute, and its webhook must accept messages.",
  ],
  unavailable: [
    503,
    "What is stored cannot be reached at the moment: try again later",
    "If only the store's answer was lost, the request may have been carried out; `detail` says what is certain.",
  ],
});

/** @typedef {keyof typeof PROBLEMS} ProblemName */

/** Status, code without its prefix, and message of each CAMARA error. */
const CAMARA = /** @satisfies {Record<string, [status: number, code: string, message: string]>} */ ({
  invalid: [400, "INVALID_ARGUMENT", "phoneNumber is missing"],
  failed: [
    400,
    "ONE_TIME_PASSWORD_SMS.VERIFICATION_FAILED",
    "The maximum number of attempts for this authenticationId was exceeded without providing a valid OTP",
  ],
  expired: [400, "ONE_TIME_PASSWORD_SMS.VERIFICATION_EXPIRED", "The authenticationId is no longer valid"],
  wrong: [400, "ONE_TIME_PASSWORD_SMS.INVALID_OTP", "The provided OTP is not valid for this authenticationId"],
  unauthenticated: [
    401,
    "UNAUTHENTICATED",
    "Request not authenticated due to missing, invalid, or expired credentials.",
  ],
  denied: [403, "PERMISSION_DENIED", "one-time-password-sms:send-validate"],
  tooManyCodes: [
    403,
    "ONE_TIME_PASSWORD_SMS.MAX_OTP_CODES_EXCEEDED",
    "Too many OTPs have been requested for this MSISDN. Try later.",
  ],
  notAllowed: [403, "ONE_TIME_PASSWORD_SMS.PHONE_NUMBER_NOT_ALLOWED", "The number's country is not sent to."],
  blocked: [403, "ONE_TIME_PASSWORD_SMS.PHONE_NUMBER_BLOCKED", "The number is blocked to receive SMS."],
  nobody: [404, "IDENTIFIER_NOT_FOUND", "The identifier is not found."],
  unknown: [404, "NOT_FOUND", "The specified resource is not found."],
  busy: [429, "TOO_MANY_REQUESTS", "Rate limit reached."],
  fault: [500, "INTERNAL", "A fault of the handler"],
  unavailable: [503, "UNAVAILABLE", "No text was sent, and none was counted."],
});

/** @typedef {keyof typeof CAMARA} CamaraError */

/** The type of a problem. That of exceeded limits is registered, by draft-ietf-httpapi-ratelimit-headers-11. */
const typeOf = (/** @type {string} */ name) =>
  (name === "quota-exceeded" ? "https://iana.org/assignments/http-problem-types#" : "urn:xinshi:problem:") + name;

const PROOF_OF_WORK = {
  description:
    "With `captcha-required`, where work is taken in the place of a captcha: `xinshi/otp` does it. `challenge` is `pow.` and base64url of a salt (16 bytes), a target (8), the number of candidates (4, big-endian) and what the handler signed. Of the candidates from 0 on, as 4 bytes big-endian, the Argon2id digest (version 0x13, 960 KiB, 1 pass, 1 lane, 24 bytes, that salt) of one begins with the target. Send `challenge`, a dot and the other 16 bytes of the digest in base64url as `captcha`: once, for the same number and purpose.",
  type: "object",
  properties: {
    challenge: { description: "What is to be solved.", type: "string", pattern: "^pow\\.[A-Za-z0-9_-]{70}$" },
    tries: { description: "How many candidates there are.", type: "integer", minimum: 256, maximum: 640 },
    expiresIn: { description: "Seconds until it is good no more.", type: "integer", minimum: 1, maximum: 120 },
  },
  required: ["challenge", "tries", "expiresIn"],
};

/** The schemas of problems and of ErrorInfo. */
export const ERROR_SCHEMAS = {
  Problem: {
    description: "An error by RFC 9457. Later versions may add members: ignore unknown ones.",
    type: "object",
    properties: {
      type: {
        description: "The stable identifier of the problem: branch on it.",
        enum: Object.keys(PROBLEMS).map(typeOf),
      },
      title: { description: "The general meaning of the problem, the same each time.", type: "string" },
      status: { description: "The HTTP status, repeated.", type: "integer", minimum: 400, maximum: 599 },
      detail: { description: "The meaning in this case, for people to read.", type: "string" },
      field: { description: "The member of the body, or the header, to correct.", type: "string" },
      proofOfWork: PROOF_OF_WORK,
      "violated-policies": {
        description: "The policies of `RateLimit-Policy` that were exceeded. One stands for every rule.",
        const: ["otp"],
      },
    },
    required: ["type", "title", "status"],
  },
  ErrorInfo: {
    description: "An error in CAMARA's format.",
    type: "object",
    properties: {
      status: {
        description: "The HTTP status, repeated.",
        type: "integer",
        format: "int32",
        minimum: 100,
        maximum: 599,
      },
      code: { description: "The identifier of the error: branch on it.", type: "string", maxLength: 96 },
      message: { description: "The meaning in this case, for people to read.", type: "string", maxLength: 512 },
    },
    required: ["status", "code", "message"],
  },
};

/** The headers of error responses, and of every response of the CAMARA routes. */
export const HEADERS = {
  "Retry-After": {
    description: "Seconds to wait before the next request.",
    required: true,
    schema: { type: "integer", minimum: 1 },
    example: 60,
  },
  RateLimit: {
    description:
      "The same wait, by draft-ietf-httpapi-ratelimit-headers. One policy for every rule, and no remaining count.",
    required: true,
    schema: { type: "string", pattern: '^"otp";r=0;t=[1-9][0-9]*$' },
    example: '"otp";r=0;t=60',
  },
  "RateLimit-Policy": {
    description: "The policy of `RateLimit`. It reveals nothing about the rules behind it.",
    required: true,
    schema: { const: '"otp";q=1' },
  },
  "WWW-Authenticate": {
    description: "The route requires a bearer token, or one with the named scope.",
    required: true,
    schema: { type: "string", pattern: '^Bearer( error="insufficient_scope", scope="[a-z:-]+")?$' },
  },
  Allow: {
    description: "The methods that the path answers.",
    required: true,
    schema: { enum: ["GET, HEAD", "POST", "GET, POST"] },
  },
  "x-correlator": {
    description: "The request's correlator, if it had a well-formed one.",
    schema: { $ref: "#/components/schemas/Correlator" },
  },
};

/** References to headers. @param {...keyof typeof HEADERS} names */
export const headers = (...names) =>
  Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));

/** @param {[number, Record<string, object>][]} entries */
function byNumber(entries) {
  return new Map(entries);
}

const waits = /** @type {const} */ (["Retry-After", "RateLimit", "RateLimit-Policy"]);
/** The headers of a problem, by status. */
const OF_PROBLEMS = byNumber([
  [401, headers("WWW-Authenticate")],
  [403, { "WWW-Authenticate": { ...HEADERS["WWW-Authenticate"], required: false } }],
  [405, headers("Allow")],
  [409, headers("Retry-After")],
  [429, headers(...waits)],
  [503, { "Retry-After": { ...HEADERS["Retry-After"], required: false } }],
]);
/** The headers of an ErrorInfo, by status, beside the correlator. */
const OF_ERRORS = byNumber([
  [401, headers("WWW-Authenticate")],
  [403, { "WWW-Authenticate": { ...HEADERS["WWW-Authenticate"], required: false } }],
  [429, headers("Retry-After")],
  [503, { "Retry-After": { ...HEADERS["Retry-After"], required: false } }],
]);

/** The responses with problems, by status. @param {...ProblemName} names */
export function problems(...names) {
  return byStatus(names, (name) => PROBLEMS[name][0], problem);
}

/** The error responses of the CAMARA routes, by status. @param {...CamaraError} names */
export function camaraErrors(...names) {
  return byStatus([...names, "fault"], (name) => CAMARA[name][0], camaraError);
}

/**
 * @template Name, Response
 * @param {Name[]} names
 * @param {(name: Name) => number} statusOf
 * @param {(status: number, names: Name[]) => Response} response
 */
function byStatus(names, statusOf, response) {
  /** @type {Record<number, Response>} */
  const responses = {};
  for (const status of new Set(names.map(statusOf))) {
    responses[status] = response(
      status,
      names.filter((name) => statusOf(name) === status),
    );
  }
  return responses;
}

/** @param {number} status @param {ProblemName[]} names */
function problem(status, names) {
  const types = names.map(typeOf);
  const examples = names.map((name) => [name, { value: { type: typeOf(name), title: PROBLEMS[name][1], status } }]);
  return {
    description: names.map((name) => `\`${name}\`: ${PROBLEMS[name][1]}. ${PROBLEMS[name][2]}`).join("\n\n"),
    ...(OF_PROBLEMS.has(status) && { headers: OF_PROBLEMS.get(status) }),
    content: {
      "application/problem+json": {
        schema: narrowed("Problem", { type: { enum: types }, status: { const: status } }),
        examples: Object.fromEntries(examples),
      },
    },
  };
}

/** @param {number} status @param {CamaraError[]} names */
function camaraError(status, names) {
  const codes = names.map((name) => CAMARA[name][1]);
  const examples = names.map((name) => {
    const [, code, message] = CAMARA[name];
    return [code, { value: { status, code, message } }];
  });
  return {
    description: names.map((name) => `\`${CAMARA[name][1]}\``).join(", "),
    headers: { ...headers("x-correlator"), ...OF_ERRORS.get(status) },
    content: {
      "application/json": {
        schema: narrowed("ErrorInfo", { code: { enum: codes }, status: { const: status } }),
        examples: Object.fromEntries(examples),
      },
    },
  };
}

/** @param {keyof typeof ERROR_SCHEMAS} schema @param {Record<string, object>} properties */
const narrowed = (schema, properties) => ({ allOf: [{ $ref: `#/components/schemas/${schema}` }, { properties }] });
