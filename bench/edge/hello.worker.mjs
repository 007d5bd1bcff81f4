// A worker without WebAssembly.
export default { fetch: () => new Response("hello") };
