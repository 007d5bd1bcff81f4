// Records the arguments that a JSONP script passes to its function; the package still receives them.

/**
 * Reports every script that the page adds, and its call, until it is stopped.
 * @param {(url: string, body: Uint8Array) => void} report
 */
export function watchScript(report) {
  const observer = new MutationObserver((changes) => {
    for (const { addedNodes } of changes)
      for (const node of addedNodes) if (node instanceof HTMLScriptElement) watch(node);
  });
  observer.observe(document.head, { childList: true });
  return () => observer.disconnect();

  function watch(script) {
    const callback = new URL(script.src).searchParams.get("callback") ?? "";
    const page = /** @type {Record<string, any>} */ (/** @type {unknown} */ (globalThis));
    const original = page[callback];
    if (typeof original !== "function") return;
    page[callback] = (...args) => {
      report(
        script.src,
        new TextEncoder().encode(`${callback}(${args.map((value) => JSON.stringify(value)).join(", ")})`),
      );
      return original(...args);
    };
  }
}
