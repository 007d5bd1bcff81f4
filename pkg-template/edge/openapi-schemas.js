// What the bodies hold: JSON Schema 2020-12, as strict as the handler is.
import { ERROR_SCHEMAS } from "./openapi-errors.js";

/** A text without the control characters of ISO 6429. */
const PRINTABLE = "[^\\u0000-\\u001f\\u007f-\\u009f]*";
/** The same on several lines. */
const LINES = "(?:[^\\u0000-\\u001f\\u007f-\\u009f]|\\n)*";
/** Bytes in base64url. */
const SIGNS = "[A-Za-z0-9_-]";

/**
 * An object in a request, which holds nothing else.
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
 * An object in a reply, which may come to hold more.
 * @param {string} description
 * @param {Record<string, object>} properties
 * @param {string[]} [optional]
 */
const told = (description, properties, optional = []) => ({
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
const time = (description) => count(`${description}, in milliseconds since 1970, UTC.`, { examples: [1785542400000] });

/** @param {string} name */
const ref = (name) => ({ $ref: `#/components/schemas/${name}` });

const PHONE = {
  description:
    "A mobile number of the mainland, with `+86`, `86`, `0086` or nothing before it, or any other in E.164 with its `+`. Blanks, hyphens, dots and parentheses may group its digits, more freely than the pattern has it, and digits may be full-width: however it is written, one number is one. What could be two is refused, such as `1 415 555 0123` without its `+`.",
  type: "string",
  maxLength: 64,
  pattern:
    "^(?:(?:(?:\\+|00)?86[ .-]?)?1[3-9][0-9](?:[ .-]?[0-9]{4}){2}|\\+(?:[1-79][0-9]{6,14}|8[0-57-9][0-9]{5,13}))$",
  examples: ["+8613812345678", "138 1234 5678"],
};

const CHALLENGE = {
  description: "What stands for a code that was asked for. It tells nothing of the number.",
  type: "string",
  pattern: `^${SIGNS}{36}$`,
  examples: ["q83vEjRWeJASNFZ4kKvN7xI0VniQEjRWeJA_"],
};

const STANDING = {
  description:
    "`open`: its code can be entered. `verified`: it was. `expired`: its time is over. `spent`: too many wrong codes. `superseded`: a later code took its place, or its text was certainly not sent.",
  enum: ["open", "verified", "expired", "spent", "superseded"],
};

const DELIVERY = {
  description:
    "What became of the last text. `pending`: nothing is known yet. `unknown`: the vendor's answer did not come back; the text may arrive. `accepted`, `rejected`: what the vendor answered. `delivered`, `failed`: what it reported later, where it does; `delivered` of any of its texts.",
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
    "To whom a code goes, and what for.",
    {
      phone: ref("Phone"),
      purpose: optionalText("What the code is for: the proof says it. Default the first configured, or `login`.", 32, {
        pattern: "^[A-Za-z0-9._-]{1,32}$",
        examples: ["login"],
      }),
      locale: optionalText("The language of the text (BCP 47). One that is unknown gets the first text.", 35, {
        examples: ["zh", "en-GB"],
      }),
      captcha: optionalText("What the captcha's provider gave the page.", 4096),
      challenge: {
        ...CHALLENGE,
        type: ["string", "null"],
        description:
          "Sends the text of this challenge again: the same code, expiry and tries. Where less than a minute of it is left (or half its time, where that is shorter), a fresh challenge begins, and the answer names it. Without it, a new code; earlier ones live on. `null` counts as absent.",
      },
      nonce: optionalText("What the proof is to repeat: draw it at random, and check it with the proof.", 128),
      device: optionalText(
        "The `device` of an earlier verification: lets its own number use the reserve. Any other is ignored.",
        64,
      ),
      clientIp: {
        description:
          "For back ends alone: the IP address of the person, which is then limited beside the token. `null` counts as absent.",
        type: ["string", "null"],
        maxLength: 64,
        anyOf: [{ type: "null" }, { format: "ipv4" }, { format: "ipv6" }],
        examples: ["203.0.113.7", "2001:db8::7"],
      },
    },
    ["phone"],
  ),
  SendReply: told("A code is under way.", {
    challenge: ref("Challenge"),
    expiresIn: count("How long the code is good for, in whole seconds: never more than is left.", {
      maximum: 3600,
      examples: [300],
    }),
    resendIn: count("When another may be asked for, in seconds: the cool-down.", { maximum: 86_400, examples: [60] }),
  }),
  VerifyRequest: only(
    "A code that somebody entered.",
    {
      challenge: ref("Challenge"),
      code: {
        description:
          "As many digits as the handler is configured for: 6 by default. They may be full-width, with blanks and hyphens between them.",
        type: "string",
        maxLength: 64,
        pattern: "^[0-9](?:[ -]?[0-9]){3,9}$",
        examples: ["482915"],
      },
    },
    ["challenge", "code"],
  ),
  VerifyReply: told("The code was right, and is used up.", {
    verified: { const: true },
    proof: {
      description:
        "A JSON Web Token (HS256, with `kid`): `iss`, `aud`, `sub` (the number in E.164), `purpose`, `nonce` where one was sent, `jti`, `iat` (60 seconds before it was signed, for clocks that are behind), `exp`. Its audience is `test` for numbers of tests.",
      type: "string",
      pattern: `^${SIGNS}+\\.${SIGNS}+\\.${SIGNS}+$`,
    },
    device: {
      description: "To be sent with later requests for this number, for 180 days.",
      type: "string",
      pattern: `^${SIGNS}{36}$`,
    },
  }),
  Status: told(
    "How a challenge stands.",
    {
      status: STANDING,
      expiresIn: count("How long its code is still good for, in seconds; 0 where it is not open.", { maximum: 3600 }),
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

/** https://github.com/camaraproject/OTPValidation, release 1.1.1. Members that are not listed there are ignored. */
const CAMARA = {
  SendCodeBody: {
    description: "To whom, and the text around the code.",
    type: "object",
    properties: {
      phoneNumber: {
        description: "E.164. A number that takes no texts gets 403.",
        type: "string",
        pattern: "^\\+[1-9][0-9]{4,14}$",
        examples: ["+8613812345678"],
      },
      message: {
        description:
          "The text, with `{{code}}` where the code goes, without control characters but for line feeds. The handler's signature (签名) is put before one that does not begin with 【. Of our own: `{{validity}}`, where it is to say how long the code is good, in Chinese where the text has Chinese characters (`5 minutes`, `45 seconds`; `5分钟`).",
        type: "string",
        maxLength: 160,
        pattern: `^${LINES}\\{\\{code\\}\\}${LINES}$`,
        examples: ["{{code}} is your code for Example"],
      },
    },
    required: ["phoneNumber", "message"],
  },
  SendCodeResponse: told("A code is under way.", { authenticationId: ref("Challenge") }),
  ValidateCodeBody: {
    description: "A code that somebody entered.",
    type: "object",
    properties: {
      authenticationId: {
        description: "What `/send-code` gave to the same token.",
        type: "string",
        minLength: 1,
        maxLength: 36,
        pattern: `^${PRINTABLE}$`,
        examples: CHALLENGE.examples,
      },
      code: {
        description: "What the person entered, digits or not: each is a try.",
        type: "string",
        minLength: 1,
        maxLength: 10,
        pattern: `^${PRINTABLE}$`,
        examples: ["482915"],
      },
    },
    required: ["authenticationId", "code"],
  },
};

const ADMIN = {
  ExplainRequest: only(
    "Which number, and if wanted which address.",
    {
      phone: ref("Phone"),
      address: {
        description: "An IP address whose limits are to be told too. `null` counts as absent.",
        type: ["string", "null"],
        maxLength: 64,
        anyOf: [{ type: "null" }, { format: "ipv4" }, { format: "ipv6" }],
        examples: ["203.0.113.7"],
      },
    },
    ["phone"],
  ),
  Explanation: told(
    "Why a number may or may not be sent to, and until when.",
    {
      phone: { description: "The number, masked.", type: "string", pattern: "^[0-9]{3}\\*{4}[0-9]{4}$" },
      allowed: { description: "Whether the number's own rules and lists let a text through now.", type: "boolean" },
      until: time("When they will"),
      knownUntil: time("When they will for somebody who solved a captcha or verified the number before"),
      denied: { description: "Whether `deny` lists it.", type: "boolean" },
      servesCountry: { description: "Whether `countries` has its country, or `allow` the number.", type: "boolean" },
      number: { description: "Its rules for texts, the cool-down first.", type: "array", items: ref("Usage") },
      verifyPerNumber: { description: "Its rules for guesses.", type: "array", items: ref("Usage") },
      challenges: { description: "Its challenges, oldest first.", type: "array", items: ref("ExplainedChallenge") },
      routing: told(
        "In which order accounts are tried for the number now, and why.",
        {
          order: { description: "As in the options.", enum: ["fixed", "adaptive"] },
          carrier: {
            description: "Whose numbers begin so.",
            enum: ["other", "mobile", "unicom", "telecom", "broadnet"],
          },
          accounts: {
            description: "The first is tried first. By name; where the order is adaptive, with what decided.",
            type: "array",
            items: { anyOf: [{ type: "string" }, ref("Routed")] },
          },
        },
        ["carrier"],
      ),
      ip: { description: "The rules of the address that was asked for.", type: "array", items: ref("Usage") },
      ip48: {
        description: "The rules of its first 48 bits, where it is of IPv6.",
        type: "array",
        items: ref("Usage"),
      },
    },
    ["until", "knownUntil", "ip", "ip48"],
  ),
  Usage: told(
    "A rule, and what is used of it.",
    {
      limit: count("Events in the window, without the reserve."),
      reserved: count("Further ones that are kept for a solved captcha or a known device."),
      windowSeconds: { description: "The rolling window, in seconds.", type: "integer", minimum: 1 },
      used: count("Events that count at the moment."),
      until: time("Where it is used up, when there is room again"),
    },
    ["until"],
  ),
  Routed: told("An account, and what became of its texts to the carrier in the last hour.", {
    account: { description: "As in `vendors`.", type: "string" },
    sent: count("Texts behind a captcha, a token or a known device."),
    verified: count("Of how many the code was entered."),
    delivered: count("How many arrived, as the vendor reports."),
    failed: count("How many did not, as the vendor reports."),
    score: {
      description: "The share of its texts that serves, as far as anybody can say.",
      type: "number",
      minimum: 0,
      maximum: 1,
    },
    why: { description: "Why it has its place.", type: "string" },
  }),
  ExplainedChallenge: told("A challenge, without what would identify it.", {
    purpose: { description: "What its code is for.", type: "string" },
    status: STANDING,
    delivery: DELIVERY,
    begun: time("When it was asked for"),
    expiresAt: time("When it expires"),
    triesLeft: count("Wrong codes that it still takes."),
    texts: count("Texts that were sent with its code."),
    test: { description: "Whether the number is one for tests.", type: "boolean" },
  }),
  ResetRequest: only("Which number.", { phone: ref("Phone") }, ["phone"]),
  Statistics: told("What happened over the last day, by time.", {
    bucketSeconds: { description: "The seconds that an entry covers.", const: 300 },
    buckets: {
      description: "Oldest first; a time in which nothing happened is missing.",
      type: "array",
      maxItems: 288,
      items: told("What happened in one of them.", {
        at: time("When it begins"),
        counts: {
          description: "How often, by name: `sent.accepted.main`, `refused.number`, `verify.wrong` …",
          type: "object",
          additionalProperties: count("How often."),
        },
      }),
    },
    receipts: {
      description: "How what vendors said waits, by account.",
      type: "object",
      additionalProperties: told(
        "How much of it waits to be read and passed on.",
        {
          awaitCall: count(
            "Pushes and pulls that wait to be read, and messages that nobody took yet: a million, and what came of them.",
          ),
          since: time("Since when the oldest waits"),
          attempts: count("The most attempts in a row at one of them."),
          givenUp: count("How many were kept for `retentionDays` in vain."),
        },
        ["since"],
      ),
    },
  }),
};

const RECEIPTS = {
  Taken: told("What was pushed is kept.", { status: { const: "ok" } }),
  Receipts: {
    description: "Records by account.",
    type: "object",
    additionalProperties: {
      type: "array",
      maxItems: 200,
      items: told(
        "A record.",
        {
          at: time("When it came"),
          kind: { description: "What it is.", enum: ["reply", "unmatched-report", "unread"] },
          record: { description: "What it says, as the client gives it.", type: "object" },
          raw: { description: "Its first 8 KiB in base64, where it cannot be read.", type: "string" },
          length: count("Its bytes."),
        },
        ["record", "raw"],
      ),
    },
  },
  EraseRequest: only("Which number.", { phone: ref("Phone") }, ["phone"]),
  OptOutRequest: only(
    "Which number, and what its owner wants.",
    { phone: ref("Phone"), optedOut: { description: "Whether they want no marketing.", type: "boolean" } },
    ["phone", "optedOut"],
  ),
  OptedOutRequest: only(
    "Which numbers.",
    { phones: { description: "As you write them.", type: "array", minItems: 1, maxItems: 100, items: ref("Phone") } },
    ["phones"],
  ),
  OptedOut: told("Who wants no marketing.", {
    optedOut: { description: "Those of the numbers, as they were written.", type: "array", items: ref("Phone") },
  }),
};

/** Every schema of the document. */
export const SCHEMAS = {
  Phone: PHONE,
  Challenge: CHALLENGE,
  Correlator: {
    description: "What tells one call from another in the logs of both sides.",
    type: "string",
    pattern: "^[a-zA-Z0-9\\-_:;./<>{}]{0,256}$",
    examples: ["b4333c46-49c0-4f62-80d7-f0ef930f1c46"],
  },
  ...OTP,
  ...CAMARA,
  ...ADMIN,
  ...RECEIPTS,
  ...ERROR_SCHEMAS,
};
