// The routes of login servers: docs/gateways.md has their formats.
import { problems } from "./openapi-errors.js";
import { FAULTS, json, TENANT } from "./openapi-parts.js";

const BY_TOKEN = [{ gateway: [] }];
/** The problems of every gateway. One that is not configured does not exist. */
const PROBLEMS = problems(
  "malformed-request",
  "unauthorized",
  "number-not-allowed",
  "not-found",
  "body-unfinished",
  "in-progress",
  "body-too-large",
  "unsupported-media-type",
  "quota-exceeded",
  "not-sent",
  "no-randomness",
  "unavailable",
  ...TENANT,
  ...FAULTS,
);

/**
 * @param {string} operationId @param {string} server
 * @param {{ requestBody?: object, parameters?: object[], accepted?: object, security?: object[] }} more
 */
const gateway = (operationId, server, { accepted = json("GatewayAccepted"), security = BY_TOKEN, ...more }) => ({
  operationId,
  tags: ["gateways"],
  summary: `Sends a code of ${server}`,
  description:
    "For a back end that makes and checks its own codes. A repeated request within two minutes sends no second text. A send that takes longer than 4 seconds is answered as sent, and goes on.",
  security,
  ...more,
  responses: { 200: { description: "The text is on its way, or may be.", content: accepted }, ...PROBLEMS },
});

/** @param {object} example @param {object} [schema] */
const posted = (example, schema = { type: "object" }) => ({
  required: true,
  content: { "application/json": { schema, examples: { documented: { value: example } } } },
});

/**
 * An object with these members and others. The handler ignores others that are not strings.
 * @param {Record<string, object>} properties
 */
const objectWith = (properties) => ({ type: "object", properties, required: Object.keys(properties) });

const NUMBER = { $ref: "#/components/schemas/Phone" };
/** Supabase stores E.164 without the plus. */
const STORED_NUMBER = {
  type: "string",
  pattern: "^\\+?(?:861[3-9][0-9]{9}|[1-79][0-9]{6,14}|8[0-57-9][0-9]{5,13})$",
};
const CODE = {
  description: "4 to 12 letters and digits, with a digit.",
  type: "string",
  pattern: "^(?=[A-Za-z]*[0-9])[0-9A-Za-z]{4,12}$",
};

const PHONE = "+8613812345678";
const CASDOOR = { phoneNumber: PHONE, content: "561166" };

const form = {
  required: true,
  content: {
    "application/json": { schema: { type: "object" }, examples: { code: { value: CASDOOR } } },
    "application/x-www-form-urlencoded": { schema: { type: "object" }, examples: { code: { value: CASDOOR } } },
  },
};

const query = Object.entries(CASDOOR).map(([name, example]) => ({
  name,
  in: "query",
  description: "The name is that of the option, if it is set.",
  schema: { type: "string" },
  example,
}));

const PATH_TOKEN = {
  name: "token",
  in: "path",
  required: true,
  description: "The `token` of the gateway, for a server that sends no headers.",
  schema: { type: "string", pattern: "^[!-.0-~]{16,}$" },
};

const TEXT = { type: ["string", "number"], pattern: "^[ -~\\n]*[!-~][ -~\\n]*$", maxLength: 500 };

/** @param {"" | "ByPath"} suffix @param {object[]} parameters @param {object[]} security */
const casdoor = (suffix, parameters, security) => ({
  get: gateway(`casdoorQuery${suffix}`, "Casdoor", { parameters: [...parameters, ...query], security }),
  post: gateway(`casdoor${suffix}`, "Casdoor", { parameters, security, requestBody: form }),
  put: gateway(`casdoorPut${suffix}`, "Casdoor", { parameters, security, requestBody: form }),
});

/** @param {string} name */
const header = (name) => ({ name, in: "header", required: true, schema: { type: "string" } });

/** The paths of these routes. */
export const GATEWAY_PATHS = {
  "/gateway/supabase": {
    post: gateway("supabase", "Supabase, by its Send SMS hook", {
      security: [],
      accepted: json("SupabaseAnswer", {
        sent: {},
        rejected: {
          error: { http_code: 429, message: "Too many codes were requested: try again in 60 seconds" },
        },
      }),
      parameters: ["webhook-id", "webhook-timestamp", "webhook-signature"].map(header),
      requestBody: posted(
        {
          user: { id: "6481a5c1-3d37-4a56-9f6a-bee08c554965", phone: "8613812345678" },
          sms: { otp: "561166" },
        },
        objectWith({ user: objectWith({ phone: STORED_NUMBER }), sms: objectWith({ otp: CODE }) }),
      ),
    }),
  },
  "/gateway/logto": {
    post: gateway("logto", "Logto, by its HTTP SMS connector", {
      requestBody: posted(
        { to: PHONE, type: "SignIn", payload: { code: "561166" }, ip: "192.0.2.1" },
        objectWith({ to: NUMBER, payload: objectWith({ code: CODE }) }),
      ),
    }),
  },
  "/gateway/zitadel": {
    post: gateway("zitadel", "Zitadel, by its HTTP provider", {
      security: [],
      parameters: [header("ZITADEL-Signature")],
      requestBody: posted(
        { contextInfo: { recipientPhoneNumber: PHONE }, args: { code: "0M53RF" } },
        objectWith({ contextInfo: objectWith({ recipientPhoneNumber: NUMBER }), args: objectWith({ code: CODE }) }),
      ),
    }),
  },
  "/gateway/novu": {
    post: gateway("novu", "Novu, by its SMS Webhook", {
      security: [],
      accepted: json("NovuAccepted", {
        sent: { data: { id: "2NEpo7TZRRrLZSi2U5V9t8vJcQ8xZsWf3F6f", date: "2026-08-01T08:00:00+08:00" } },
      }),
      requestBody: posted(
        { to: PHONE, content: "Your code is 561166", sender: "xinshi" },
        objectWith({ to: NUMBER, content: TEXT }),
      ),
    }),
  },
  "/gateway/http": {
    post: gateway("http", "any server, by paths in its body", {
      requestBody: posted({ to: PHONE, code: "561166" }),
    }),
  },
  "/gateway/casdoor": casdoor("", [], BY_TOKEN),
  "/gateway/casdoor/{token}": casdoor("ByPath", [PATH_TOKEN], []),
};
