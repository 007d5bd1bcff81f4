// CAMARA One Time Password SMS, 1.1 and 2.0: https://github.com/camaraproject/OTPValidation
import { camaraErrors, headers } from "./openapi-errors.js";
import { BACK_END, body, json, schema } from "./openapi-parts.js";

const CORRELATOR = {
  name: "x-correlator",
  in: "header",
  description: "Repeated in the reply. A malformed one is rejected.",
  schema: schema("Correlator"),
};

const ID = "2NEpo7TZRRrLZSi2U5V9t8vJcQ8xZsWf3F6f";

/** @param {"" | "V1"} suffix */
const sendCode = (suffix) => ({
  operationId: `sendCode${suffix}`,
  tags: ["camara"],
  summary: "Sends a message with a code",
  description: "A later code for the number by the same token supersedes the earlier ones.",
  security: BACK_END,
  parameters: [CORRELATOR],
  requestBody: body(`SendCodeBody${suffix}`, {
    message: { phoneNumber: "+8613812345678", message: "{{code}} is your code for Example" },
  }),
  responses: {
    200: {
      description: "The text is on its way, or may be.",
      headers: headers("x-correlator"),
      content: json("SendCodeResponse", { sent: { authenticationId: ID } }),
      links: {
        validate: {
          operationId: `validateCode${suffix}`,
          description: "The code itself comes by text message.",
          requestBody: { authenticationId: "$response.body#/authenticationId" },
        },
      },
    },
    ...camaraErrors(
      "invalid",
      "unauthenticated",
      "denied",
      "tooManyCodes",
      "notAllowed",
      "blocked",
      ...(suffix ? [] : /** @type {const} */ (["nobody"])),
      "busy",
      "unavailable",
    ),
  },
});

/** @param {"" | "V1"} suffix */
const validateCode = (suffix) => ({
  operationId: `validateCode${suffix}`,
  tags: ["camara"],
  summary: "Checks a code",
  description: "Only the token that requested a code can check it, and a code is valid once.",
  security: BACK_END,
  parameters: [CORRELATOR],
  requestBody: body(`ValidateCodeBody${suffix}`, { entered: { authenticationId: ID, code: "482915" } }),
  responses: {
    204: { description: "The code was right.", headers: headers("x-correlator") },
    ...camaraErrors(
      "invalid",
      "failed",
      "expired",
      "wrong",
      "unauthenticated",
      "denied",
      "unknown",
      "busy",
      "unavailable",
    ),
  },
});

/** The paths of both versions. The operation ids of the standard belong to 2.0. */
export const CAMARA_PATHS = {
  "/one-time-password-sms/v1/send-code": { post: sendCode("V1") },
  "/one-time-password-sms/v1/validate-code": { post: validateCode("V1") },
  "/one-time-password-sms/v2/send-code": { post: sendCode("") },
  "/one-time-password-sms/v2/validate-code": { post: validateCode("") },
};
