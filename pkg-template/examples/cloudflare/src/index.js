// The options come from the variable XINSHI and the secrets XINSHI_PEPPER, XINSHI_PROOF_KEY, XINSHI_HOOK_KEYS and
// XINSHI_VENDORS.
import { createHandler } from "xinshi/edge";

export { Ledger } from "xinshi/edge";

const handler = createHandler(({ RECEIPTS }) => ({ queue: RECEIPTS }));

export default {
  ...handler,
  // The vendors' reports and people's replies. A message may arrive twice, under the same id.
  async queue(batch) {
    for (const { body } of batch.messages) console.log(body.id, body.type, body.data.report?.delivered);
  },
};
