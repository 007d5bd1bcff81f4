// Proof of work, done in a worker so that the page goes on meanwhile. Loaded where a handler asks for it.

/** A worker of this package. @type {() => import("./index.js").WorkerLike} */
const start = () => new Worker(new URL("./worker.js", import.meta.url), { type: "module" });

/**
 * Does the work of a challenge, and gives what goes along in the place of a captcha's token.
 * @param {{ challenge: string, tries: number }} work
 * @param {{ progress?: (done: number) => void, worker?: typeof start }} options
 * @param {AbortSignal | undefined} signal
 * @returns {Promise<string>}
 */
export function solve({ challenge, tries }, { progress, worker = start }, signal) {
  return new Promise((resolve, reject) => {
    const own = worker();
    const end = () => {
      own.terminate();
      signal?.removeEventListener("abort", abort);
    };
    /** @param {unknown} cause */
    const fail = (cause) => {
      end();
      reject(new Error("the proof of work failed", { cause }));
    };
    const abort = () => fail(signal?.reason);
    own.addEventListener("message", ({ data }) => {
      if (data.answer) {
        end();
        resolve(`${challenge}.${data.answer}`);
      } else if (data.failed) fail(data.failed);
      else progress?.(data.done / tries);
    });
    own.addEventListener("error", fail);
    if (signal?.aborted) return abort();
    signal?.addEventListener("abort", abort, { once: true });
    own.postMessage(challenge);
  });
}
