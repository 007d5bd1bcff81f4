// The handler's shape in JavaScript. The WebAssembly decides everything: see src/js/edge/js_handler.rs.
import { Handler, logThrown } from "../wasm/edge.js";
import { response, resultOf, runTask } from "./executor.js";
import { guard, isReady, load } from "./load.js";
import { memoryStore } from "./memory-store.js";
import { runtime } from "./runtime.js";
import { lastResponse } from "./unloaded.js";

/**
 * @param {any} options
 * @returns {ReturnType<typeof import("./index.js").createHandler>}
 */
export function handlerOf(options) {
  /** @type {import("./index.js").Store | undefined} */
  let memory;
  const memoryOf = (/** @type {(() => number) | undefined} */ now) => {
    memory ??= memoryStore(now && { now });
    return memory;
  };
  /** @type {Handler | undefined} */
  let handler;
  let madeIn = -1;
  /** A handler of a broken instance is made again. */
  const core = () => {
    if (handler === undefined || madeIn !== guard.instance) {
      handler = guard.call(() => new Handler(options, runtime, memoryOf));
      madeIn = guard.instance;
    }
    return handler;
  };
  // Options that are an object are checked at once.
  if (isReady()) guard.call(() => core().check());

  return {
    async fetch(request, env, ctx) {
      try {
        if (!isReady()) await load();
      } catch (error) {
        return lastResponse(error);
      }
      const onBroken = (/** @type {unknown} */ fault) => {
        try {
          return response(guard.call(() => core().abandonedResponse(request, env, fault)));
        } catch (error) {
          return lastResponse(error);
        }
      };
      const task = runTask(() => core().fetch(request, env, ctx), onBroken);
      // A client that hangs up must not leave a text without its outcome. A worker pays for each call of `waitUntil`.
      try {
        if (typeof ctx?.waitUntil === "function") ctx.waitUntil(task.ended);
      } catch (error) {
        // Taken from its object, a platform's `waitUntil` throws: what is answered does not depend on it.
        guard.call(() => logThrown("waitUntil of the context", error));
      }
      return task.result;
    },

    async scheduled(_event, env) {
      await load();
      await resultOf(() => core().scheduled(env));
    },

    async optedOut(phones, env) {
      await load();
      const asked = [...phones];
      return new Set(await resultOf(() => core().optedOut(asked, env)));
    },

    async *sendMany(bulk, options, env) {
      await load();
      const [many, begun] = [guard.call(() => core().sendMany(bulk, options, env)), guard.instance];
      try {
        for (let ended = []; ended !== undefined; ended = await resultOf(() => many.next())) yield* ended;
      } finally {
        // One of an instance that broke is gone.
        if (begun === guard.instance) guard.call(() => many.end());
      }
    },
  };
}
