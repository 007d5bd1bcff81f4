// The handler's shape in JavaScript. The WebAssembly decides everything: see src/js/edge/handler.rs.
import { Handler, tellThrown } from "../wasm/edge.js";
import { doWork, response, resultOf } from "./executor.js";
import { guard, isReady, load } from "./load.js";
import { sendMany } from "./marketing.js";
import { memoryStore } from "./memory-store.js";
import { runtime } from "./runtime.js";
import { lastAnswer } from "./unloaded.js";

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
  /** It is made again where its instance broke. */
  const core = () => {
    if (handler === undefined || madeIn !== guard.instance) {
      handler = guard.call(() => new Handler(options, runtime, memoryOf));
      madeIn = guard.instance;
    }
    return handler;
  };
  // What is wrong with options that are there already, whoever starts the handler hears at once.
  if (isReady()) core();

  return {
    async fetch(request, env, ctx) {
      try {
        if (!isReady()) await load();
      } catch (error) {
        return lastAnswer(error);
      }
      const givenUp = (/** @type {unknown} */ fault) => {
        try {
          return response(guard.call(() => core().givenUp(request, env, fault)));
        } catch (error) {
          return lastAnswer(error);
        }
      };
      const work = doWork(() => core().fetch(request, env, ctx), givenUp);
      // A caller that hangs up must not leave a text without its outcome. Once for all: a worker pays for each.
      try {
        if (typeof ctx?.waitUntil === "function") ctx.waitUntil(work.ended);
      } catch (error) {
        // Taken from its object, a platform's `waitUntil` throws: what is answered does not depend on it.
        guard.call(() => tellThrown("waitUntil of the context", error));
      }
      return work.answered;
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

    sendMany: (bulk, options, env) =>
      sendMany(bulk, options, async (written, said, lines, before) => {
        await load();
        return resultOf(() => core().sendMany(written, said, lines, before, env));
      }),
  };
}
