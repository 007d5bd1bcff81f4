// The response without a WebAssembly: it could not be loaded, or its new instance broke as well.

/** The beginning of CAMARA's paths, behind the base path: src/edge/camara_error.rs. */
const CAMARA_PREFIX = "/one-time-password-sms/";

/**
 * The format is that of the request's path: `ErrorInfo` below CAMARA's prefix, a problem by RFC 9457 elsewhere.
 * @param {any} error Its message is not logged, since it may contain anything.
 * @param {any} request Perhaps no `Request`: a user may pass anything.
 */
export function lastResponse(error, request) {
  console.error(`xinshi: the WebAssembly cannot be used: ${error instanceof Error ? error.name : typeof error}`);
  const headers = new Headers({ "content-type": "application/problem+json", "cache-control": "no-store" });
  let body = '{"type":"urn:xinshi:problem:internal","title":"A fault of the handler","status":500}';
  try {
    if (new URL(request.url).pathname.includes(CAMARA_PREFIX)) {
      body = '{"status":500,"code":"INTERNAL","message":"A fault of the handler"}';
      headers.set("content-type", "application/json");
      const correlator = request.headers.get("x-correlator");
      if (/^[\w\-:;./<>{}]{0,256}$/.test(correlator ?? "\n")) headers.set("x-correlator", correlator);
    }
  } catch {
    // What was passed has no URL or no headers to answer by.
  }
  return new Response(body, { status: 500, headers });
}
