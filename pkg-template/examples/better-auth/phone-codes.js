// better-auth: its phone plugin sends and verifies by the handler, whose limits apply.
import { APIError } from "better-auth/api";
import { phoneNumber } from "better-auth/plugins";

/**
 * The plugin. `addressOf` returns the person's address from the context of an endpoint of better-auth: from what your server
 * knows of the connection, never from a header that a client can write.
 * @param {ReturnType<typeof import("xinshi/edge").createHandler>} handler
 * @param {(context: any) => string} addressOf
 */
export const phoneCodes = (handler, addressOf) =>
  phoneNumber({
    async sendOTP({ phoneNumber: phone }, context) {
      const sent = await handler.send({ phone, address: addressOf(context) });
      if (!sent.ok)
        throw new APIError(/** @type {any} */ (sent.status), { code: sent.error, message: sent.problem.title });
      // The challenge is remembered beside better-auth's own codes.
      await storeOf(context).createVerificationValue({
        identifier: identifierOf(phone),
        value: sent.challenge,
        expiresAt: new Date(Date.now() + sent.expiresIn * 1000),
      });
    },
    async verifyOTP({ phoneNumber: phone, code }, context) {
      const known = await storeOf(context).findVerificationValue(identifierOf(phone));
      if (!known) return false;
      return (await handler.verify({ challenge: known.value, code, address: addressOf(context) })).ok;
    },
    // A person's first code makes an account.
    signUpOnVerification: { getTempEmail: (phone) => `${phone.replace("+", "")}@phone.invalid` },
  });

const identifierOf = (/** @type {string} */ phone) => `xinshi:${phone}`;
const storeOf = (/** @type {any} */ context) => context.context.internalAdapter;
