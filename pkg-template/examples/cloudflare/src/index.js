// The options come from the variable XINSHI and the secrets XINSHI_PEPPER, XINSHI_PROOF_KEY and XINSHI_VENDORS.
import { createHandler } from "xinshi/edge";

export { Ledger } from "xinshi/edge";

export default createHandler();
