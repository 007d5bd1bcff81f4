// Records the arguments that a JSONP script passes to its function; the package still receives them.

/**
 * Reports every script that the page adds, and its call, until it is stopped.
 * @param {(url: string, body: Uint8Array) => void} tell
 */
export function watchScript(tell) {
  const observer = new MutationObserver((changes) => {
    for (const { addedNodes } of changes)
      for (const node of addedNodes) if (node instanceof HTMLScriptElement) watch(node);
  });
  observer.observe(document.head, { childList: true });
  return () => observer.disconnect();

  function watch(script) {
    const callback = new URL(script.src).searchParams.get("callback") ?? "";
    const page = /** @type {Record<string, any>} */ (/** @type {unknown} */ (globalThis));
    const told = page[callback];
    if (typeof told !== "function") return;
    page[callback] = (...args) => {
      tell(
        script.src,
        new TextEncoder().encode(`${callback}(${args.map((value) => JSON.stringify(value)).join(", ")})`),
      );
      return told(...args);
    };
  }
}
