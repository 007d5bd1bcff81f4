// The response without a WebAssembly: it could not be loaded, or its new instance broke as well.

/** @param {any} error Its message is not logged, since it may contain anything. */
export function lastResponse(error) {
  console.error(`xinshi: the WebAssembly cannot be used: ${error instanceof Error ? error.name : typeof error}`);
  const body = '{"type":"urn:xinshi:problem:internal","title":"A fault of the handler","status":500}';
  const headers = { "content-type": "application/problem+json", "cache-control": "no-store" };
  return new Response(body, { status: 500, headers });
}
