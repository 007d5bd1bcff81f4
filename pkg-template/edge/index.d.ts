export { SmsError, type SmsErrorCode, type VendorName } from "../sms-error.js";

/** Loads the WebAssembly ahead of the first request, in a browser or a service worker; elsewhere it is ready on import. */
export function init(module?: WebAssembly.Module | BufferSource | URL | Promise<Response>): Promise<void>;

/**
 * Makes the handler: `export default createHandler()` in a Worker. So far it answers `GET /healthz`; every other address
 * is an RFC 9457 `404`. The routes that send and verify one-time codes follow.
 */
export function createHandler(): { fetch(request: Request): Promise<Response> };
