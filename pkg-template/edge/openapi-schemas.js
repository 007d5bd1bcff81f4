// The schemas of the bodies: JSON Schema 2020-12, as strict as the handler is.
import { ERROR_SCHEMAS } from "./openapi-errors.js";

/** A text without the control characters of ISO 6429. */
const PRINTABLE = "[^\\u0000-\\u001f\\u007f-\\u009f]*";
/** The same, with line feeds. */
const LINES = "(?:[^\\u0000-\\u001f\\u007f-\\u009f]|\\n)*";
/** A character of base64url. */
const BASE64URL = "[A-Za-z0-9_-]";

/**
 * An object in a request, without other members.
 * @param {string} description
 * @param {Record<string, object>} properties
 * @param {string[]} required
 */
const only = (description, properties, required) => ({
  description,
  type: "object",
  properties,
  required,
  additionalProperties: false,
});

/**
 * An object in a reply, which later versions may extend.
 * @param {string} description
 * @param {Record<string, object>} properties
 * @param {string[]} [optional]
 */
const objectSchema = (description, properties, optional = []) => ({
  description,
  type: "object",
  properties,
  required: Object.keys(properties).filter((name) => !optional.includes(name)),
});

/** @param {string} description @param {number} maxLength @param {object} [more] */
const optionalText = (description, maxLength, more) => ({
  description: `${description} \`null\` counts as absent.`,
  type: ["string", "null"],
  maxLength,
  pattern: `^${PRINTABLE}$`,
  ...more,
});

/** @param {string} description @param {object} [more] */
const count = (description, more) => ({ description, type: "integer", minimum: 0, ...more });

/** @param {string} description */
const time = (description) =>
  count(`${description}, in milliseconds since the Unix epoch.`, { examples: [1785542400000] });

/** @param {string} name */
const ref = (name) => ({ $ref: `#/components/schemas/${name}` });

const PHONE = {
  description:
    "A mainland mobile number, with `+86`, `86`, `0086` or nothing before it, or any other number in E.164 with its `+`. Blanks, hyphens, dots and parentheses may group its digits, more freely than the pattern allows, and digits may be full-width: all spellings are the same number. An ambiguous number is rejected, such as `1 415 555 0123` without its `+`.",
  type: "string",
  maxLength: 64,
  pattern:
    "^(?:(?:(?:\\+|00)?86[ .-]?)?1[3-9][0-9](?:[ .-]?[0-9]{4}){2}|\\+(?:[1-79][0-9]{6,14}|8[0-57-9][0-9]{5,13}))$",
  examples: ["+8613812345678", "138 1234 5678"],
};

const CHALLENGE = {
  description: "The id of a requested code. It reveals nothing about the number.",
  type: "string",
  pattern: "^[1-9A-HJ-NP-Za-km-z]{36}$",
  examples: ["2NEpo7TZRRrLZSi2U5V9t8vJcQ8xZsWf3F6f"],
};

const CHALLENGE_STATE = {
  description:
    "`open`: it accepts its code. `verified`: its code was entered. `expired`: its validity is over. `spent`: too many wrong codes. `superseded`: a later code replaced it, or its text was certainly not sent.",
  enum: ["open", "verified", "expired", "spent", "superseded"],
};

const DELIVERY = {
  description:
    "The outcome of the last text. `pending`: no outcome is stored yet; for an operator, that may be an accepted text. `unknown`: the vendor's answer was lost; the text may arrive. `accepted`, `rejected`: the vendor's answer. `delivered`, `failed`: the vendor's later report, if it reports; `delivered` if any of its texts was.",
  enum: ["pending", "unknown", "accepted", "rejected", "failed", "delivered"],
};

/** Why a text did not arrive: `docs/rules.md` has the table. */
const REASONS = [
  "no-such-number",
  "off-or-unreachable",
  "suspended",
  "inbox-full",
  "blocklisted",
  "opted-out",
  "too-frequent",
  "content",
  "signature",
  "hours",
  "ported",
  "expired",
  "route",
  "unknown",
];

const OTP = {
  SendRequest: only(
    "The receiver of a code, and its purpose.",
    {
      phone: ref("Phone"),
      purpose: optionalText(
        "The purpose of the code, which the proof repeats. Default: the first configured one, or `login`.",
        32,
        {
          pattern: "^[A-Za-z0-9._-]{1,32}$",
          examples: ["login"],
        },
      ),
      locale: optionalText("The language of the text (BCP 47). An unknown one gets the first text.", 35, {
        examples: ["zh", "en-GB"],
      }),
      captcha: optionalText("The token that the captcha provider gave the page, or a proof of work.", 4096),
      challenge: {
        ...CHALLENGE,
        type: ["string", "null"],
        description:
          "Sends the text of this challenge again: the same code, expiry and tries. If less than a minute of its validity is left (or less than half, if that is shorter), a fresh challenge begins, and the answer names it. Without this member, a new code is sent, and earlier ones stay valid. `null` counts as absent.",
      },
      nonce: optionalText("A random value that the proof repeats: check it with the proof.", 128),
      device: optionalText(
        "The `device` of an earlier verification: it lets its own number use the reserve. Any other value is ignored.",
        64,
      ),
      clientIp: {
        description:
          "Only for back ends: the IP address of the person, which is then limited in addition to the token. `null` counts as absent.",
        type: ["string", "null"],
        maxLength: 64,
        anyOf: [{ type: "null" }, { format: "ipv4" }, { format: "ipv6" }],
        examples: ["203.0.113.7", "2001:db8::7"],
      },
    },
    ["phone"],
  ),
  SendReply: objectSchema("The code is on its way.", {
    challenge: ref("Challenge"),
    expiresIn: count("The remaining validity of the code, in whole seconds, rounded down.", {
      maximum: 3600,
      examples: [300],
    }),
    resendIn: count("Seconds until the next request for a code: the cool-down.", { maximum: 86_400, examples: [60] }),
  }),
  VerifyRequest: only(
    "A code that a person entered.",
    {
      challenge: ref("Challenge"),
      code: {
        description:
          "The configured number of digits: 6 by default. They may be full-width, with blanks and hyphens between them.",
        type: "string",
        maxLength: 64,
        pattern: "^[0-9](?:[ -]?[0-9]){3,9}$",
        examples: ["482915"],
      },
    },
    ["challenge", "code"],
  ),
  VerifyReply: objectSchema("The code was right, and is used up.", {
    verified: { const: true },
    proof: {
      description:
        "A JSON Web Token (HS256, with `kid`): `iss`, `aud`, `sub` (the number in E.164), `purpose`, `nonce` if one was sent, `jti`, `iat` (60 seconds before the time of signing, for clocks that are behind), `exp`. Its audience is `test` for test numbers; `review` is true for the numbers of an app store's reviewers.",
      type: "string",
      pattern: `^${BASE64URL}+\\.${BASE64URL}+\\.${BASE64URL}+$`,
    },
    device: {
      description: "A token to send with later requests for this number, for 180 days.",
      type: "string",
      pattern: `^${BASE64URL}{36}$`,
    },
  }),
  Status: objectSchema(
    "The state of a challenge.",
    {
      status: CHALLENGE_STATE,
      expiresIn: count("The remaining validity of its code, in seconds; 0 if it is not open.", { maximum: 3600 }),
      delivery: DELIVERY,
      reason: {
        description:
          "Why the last text failed, where its vendor's report says so. Told to requests with a token alone.",
        type: "string",
        enum: REASONS,
      },
    },
    ["reason"],
  ),
};

const PHONE_NUMBER = {
  description: "E.164. A number that cannot receive texts gets 403, and in 2.0 one that is nobody's 404.",
  type: "string",
  pattern: "^\\+[1-9][0-9]{4,14}$",
  maxLength: 16,
  examples: ["+8613812345678"],
};

const MESSAGE = {
  description:
    "The text, with `{{code}}` as the placeholder of the code, without control characters except line feeds. The handler puts its signature (签名) before a text that does not begin with 【. Our own addition is `{{validity}}`, the remaining validity of the code, in Chinese if the text has Chinese characters (`5 minutes`, `45 seconds`; `5分钟`).",
  type: "string",
  maxLength: 160,
  pattern: `^${LINES}\\{\\{code\\}\\}${LINES}$`,
  examples: ["{{code}} is your code for Example"],
};

/** The id that `/send-code` returned to the same token. */
const AUTHENTICATION_ID = {
  description: "The id that `/send-code` returned to the same token.",
  type: "string",
  minLength: 1,
  maxLength: 36,
  examples: CHALLENGE.examples,
};

const ENTERED_CODE = {
  description: "The person's input, digits or not: each request is a try.",
  type: "string",
  minLength: 1,
  maxLength: 10,
  pattern: `^${PRINTABLE}$`,
  examples: ["482915"],
};

const SEND_CODE = only("The receiver, and the text around the code.", { phoneNumber: PHONE_NUMBER, message: MESSAGE }, [
  "phoneNumber",
  "message",
]);

const VALIDATE_CODE = only(
  "A code that a person entered.",
  { authenticationId: { ...AUTHENTICATION_ID, pattern: "^[a-zA-Z0-9-]+$" }, code: ENTERED_CODE },
  ["authenticationId", "code"],
);

/** https://github.com/camaraproject/OTPValidation, releases 2.0.0 and 1.1.1. 1.1 ignores members that are not listed. */
const CAMARA = {
  SendCodeBody: SEND_CODE,
  SendCodeBodyV1: { ...SEND_CODE, additionalProperties: true },
  SendCodeResponse: objectSchema("The code is on its way.", { authenticationId: ref("Challenge") }),
  ValidateCodeBody: VALIDATE_CODE,
  ValidateCodeBodyV1: {
    ...VALIDATE_CODE,
    properties: { authenticationId: { ...AUTHENTICATION_ID, pattern: `^${PRINTABLE}$` }, code: ENTERED_CODE },
    additionalProperties: true,
  },
};

const ADMIN = {
  ExplainRequest: only(
    "The number, and optionally an address.",
    {
      phone: ref("Phone"),
      address: {
        description: "An IP address whose limits the answer should include. `null` counts as absent.",
        type: ["string", "null"],
        maxLength: 64,
        anyOf: [{ type: "null" }, { format: "ipv4" }, { format: "ipv6" }],
        examples: ["203.0.113.7"],
      },
    },
    ["phone"],
  ),
  Explanation: objectSchema(
    "Whether a number may be sent to, and if not, why and until when.",
    {
      phone: { description: "The number, masked.", type: "string", pattern: "^[0-9]{3}\\*{4}[0-9]{4}$" },
      allowed: { description: "Whether the number's own rules and lists allow a text now.", type: "boolean" },
      until: time("The time from which they allow one"),
      knownUntil: time("The same, for a requester who solved a captcha or verified the number before"),
      denied: { description: "Whether `deny` lists it.", type: "boolean" },
      servesCountry: { description: "Whether `countries` has its country, or `allow` the number.", type: "boolean" },
      number: { description: "Its rules for texts, the cool-down first.", type: "array", items: ref("Usage") },
      verifyPerNumber: { description: "Its rules for guesses.", type: "array", items: ref("Usage") },
      challenges: { description: "Its challenges, oldest first.", type: "array", items: ref("ExplainedChallenge") },
      routing: objectSchema(
        "The order in which accounts are tried for the number now, and the reasons.",
        {
          order: { description: "As in the options.", enum: ["fixed", "adaptive"] },
          carrier: {
            description: "The carrier of the number's prefix.",
            enum: ["other", "mobile", "unicom", "telecom", "broadnet"],
          },
          accounts: {
            description: "In the order of the tries: names, or for an adaptive order also the reasons.",
            type: "array",
            items: { anyOf: [{ type: "string" }, ref("Routed")] },
          },
        },
        ["carrier"],
      ),
      adaptive: objectSchema(
        "The limits that adapt to verified codes, without those that are off.",
        {
          prefix: ref("AdaptiveUsage"),
          total: ref("AdaptiveUsage"),
          ip: ref("AdaptiveUsage"),
          ip48: ref("AdaptiveUsage"),
        },
        ["prefix", "total", "ip", "ip48"],
      ),
      ip: { description: "The rules of the requested address.", type: "array", items: ref("Usage") },
      ip48: {
        description: "The rules of its first 48 bits, for an IPv6 address.",
        type: "array",
        items: ref("Usage"),
      },
    },
    ["until", "knownUntil", "ip", "ip48"],
  ),
  AdaptiveUsage: objectSchema(
    "A limit on texts whose codes stay unverified, and its usage in the last 24 hours. A process adds its texts at most every ten seconds.",
    {
      sent: count("Texts."),
      verified: count("Codes that were verified."),
      limit: count("Texts that 24 hours may have, with this many verified codes."),
      until: time("For a used-up limit, the time from which it allows the next text without a captcha"),
    },
    ["until"],
  ),
  Usage: objectSchema(
    "A rule and its usage.",
    {
      limit: count("Events in the window, without the reserve."),
      reserved: count("Further events that are reserved for a solved captcha or a known device."),
      windowSeconds: { description: "The rolling window, in seconds.", type: "integer", minimum: 1 },
      used: count("Events that count at the moment."),
      until: time("For a used-up rule, the time from which it allows the next event"),
    },
    ["until"],
  ),
  Routed: objectSchema("An account, and the outcomes of its texts to the carrier in the last hour.", {
    account: { description: "As in `vendors`.", type: "string" },
    sent: count("Texts behind a captcha, a token or a known device."),
    verified: count("Texts whose code was entered."),
    delivered: count("Texts that the vendor reports as delivered."),
    failed: count("Texts that the vendor reports as failed."),
    score: {
      description: "The estimated share of its texts that arrive.",
      type: "number",
      minimum: 0,
      maximum: 1,
    },
    why: { description: "The reason for its place.", type: "string" },
  }),
  ExplainedChallenge: objectSchema("A challenge, without its id.", {
    purpose: { description: "The purpose of its code.", type: "string" },
    status: CHALLENGE_STATE,
    delivery: DELIVERY,
    begun: time("The time of the request"),
    expiresAt: time("The time of its expiry"),
    triesLeft: count("The number of remaining tries."),
    texts: count("The number of texts sent with its code."),
    test: { description: "Whether its code is a test number's.", type: "boolean" },
    review: { description: "Whether its code is fixed for an app store's review.", type: "boolean" },
  }),
  ResetRequest: only("The number to reset.", { phone: ref("Phone") }, ["phone"]),
  Statistics: objectSchema("The events of the last day, by time.", {
    bucketSeconds: { description: "The seconds that a bucket covers.", const: 300 },
    buckets: {
      description: "Oldest first; a time without events is missing.",
      type: "array",
      maxItems: 288,
      items: objectSchema("The events of one bucket.", {
        at: time("The beginning of the bucket"),
        counts: {
          description: "Counts by name: `sent.accepted.main`, `rejected.number`, `verify.wrong` …",
          type: "object",
          additionalProperties: count("The number of events."),
        },
      }),
    },
    receipts: {
      description: "The state of each account's queue of receipts.",
      type: "object",
      additionalProperties: objectSchema(
        "The state of a queue.",
        {
          waiting: count(
            "The number of unread pushes and pulls, and of messages that no receiver has accepted yet: at most a million, and what is ingested from them.",
          ),
          since: time("The arrival of the oldest"),
          attempts: count("The largest number of consecutive failures."),
          givenUp: count("The number dropped after `retentionDays`."),
        },
        ["since"],
      ),
    },
  }),
};

const RECEIPT_ID = "^rcpt_\\d{1,20}_\\d{1,10}$";

const RECEIPTS = {
  Taken: objectSchema("The push is stored.", { status: { const: "ok" } }),
  Receipts: {
    description: "Records by account.",
    type: "object",
    additionalProperties: {
      type: "array",
      maxItems: 200,
      items: objectSchema(
        "A record.",
        {
          id: { description: "The id of its message.", type: "string", pattern: RECEIPT_ID },
          at: time("The time of arrival"),
          kind: { description: "The kind of record.", enum: ["reply", "unmatched-report", "unread"] },
          record: { description: "The content, in the client's format.", type: "object" },
          raw: { description: "Its first 8 KiB in base64, if it could not be read.", type: "string" },
          length: count("Its length in bytes."),
        },
        ["record", "raw"],
      ),
    },
  },
  Replayed: objectSchema("The message was sent again.", {
    id: { description: "Its id, the same as before.", type: "string", pattern: RECEIPT_ID },
    accepted: {
      description: "Whether every receiver accepted it at once; otherwise it is retried.",
      type: "boolean",
    },
  }),
  EraseRequest: only("The number to erase.", { phone: ref("Phone") }, ["phone"]),
  OptOutRequest: only(
    "The number, and its owner's choice.",
    { phone: ref("Phone"), optedOut: { description: "Whether the owner opts out of marketing.", type: "boolean" } },
    ["phone", "optedOut"],
  ),
  OptedOutRequest: only(
    "The numbers to look up.",
    { phones: { description: "In any spelling.", type: "array", minItems: 1, maxItems: 100, items: ref("Phone") } },
    ["phones"],
  ),
  OptedOut: objectSchema("The numbers that opted out of marketing.", {
    optedOut: {
      description: "These numbers, as they were written in the request.",
      type: "array",
      items: ref("Phone"),
    },
  }),
};

const GATEWAYS = {
  GatewayAccepted: { description: "Nothing: login servers read the status.", type: "object", maxProperties: 0 },
  SupabaseAnswer: objectSchema(
    "Empty for a text that is on its way, or may be. Supabase reads the reason of a rejection from 200 alone.",
    {
      error: objectSchema("The rejection, which Supabase passes to its caller.", {
        http_code: { description: "The status of the problem.", type: "integer", minimum: 400, maximum: 599 },
        message: { description: "The reason, for people to read.", type: "string", minLength: 1 },
      }),
    },
    ["error"],
  ),
  NovuAccepted: objectSchema("The text, where Novu's `Id Path` and `Date Path` find it.", {
    data: objectSchema("The text.", {
      id: { description: "The challenge that the text reserved. Nobody can verify it.", type: "string" },
      date: { description: "The time of the answer, by ISO 8601.", type: "string", format: "date-time" },
    }),
  }),
};

/** Every schema of the document. */
export const SCHEMAS = {
  Phone: PHONE,
  Challenge: CHALLENGE,
  Correlator: {
    description: "The id of a call in the logs of both sides.",
    type: "string",
    pattern: "^[a-zA-Z0-9\\-_:;./<>{}]{0,256}$",
    examples: ["b4333c46-49c0-4f62-80d7-f0ef930f1c46"],
  },
  ...OTP,
  ...CAMARA,
  ...ADMIN,
  ...GATEWAYS,
  ...RECEIPTS,
  ...ERROR_SCHEMAS,
};
