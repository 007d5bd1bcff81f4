// JSONP in a page: a script that calls a function of ours once, under a name that nobody can guess.

/**
 * Sends a request by a script tag. The reply resolves to the text of the script's call, or to undefined if the script
 * made no such call; it rejects if the script could not be loaded. After `giveUp`, a function without effect stays
 * under the name until the script has loaded or failed, and then nothing is left.
 * @param {string} url
 * @param {string} callback
 */
export function requestByScript(url, callback) {
  const page = /** @type {Record<string, any>} */ (/** @type {unknown} */ (globalThis));
  /** @type {unknown[][]} */
  const calls = [];
  if (callback in page) throw new Error("a script with this name is under way");
  const script = document.createElement("script");
  const reply = new Promise((resolve, reject) => {
    const done = (/** @type {() => void} */ settle) => () => {
      script.remove();
      delete page[callback];
      settle();
    };
    script.onload = done(() => resolve(replyOf(calls, callback)));
    script.onerror = done(() => reject(new Error("the script could not be loaded")));
  });
  script.async = true;
  script.referrerPolicy = "no-referrer";
  // A page may forbid either.
  script.src = url;
  document.head.append(script);
  page[callback] = (/** @type {unknown[]} */ ...call) => calls.push(call);
  return {
    reply: /** @type {Promise<string>} */ (reply),
    cancel: () => {
      if (callback in page) page[callback] = () => {};
    },
  };
}

/**
 * @param {unknown[][]} calls
 * @param {string} callback
 */
function replyOf(calls, callback) {
  const [call] = calls;
  if (calls.length !== 1 || call?.length !== 1) return "";
  try {
    return `${callback}(${JSON.stringify(call[0])})`;
  } catch {
    return "";
  }
}
