// The JavaScript interface of a handler. The WebAssembly makes every decision: see src/js/edge/js_handler.rs.
import { response } from "../effects.js";
import { Handler, logThrown } from "../wasm/edge.js";
import { resultOf, runTask } from "./executor.js";
import { guard, isReady, load } from "./load.js";
import { memoryStore } from "./memory-store.js";
import { runtime } from "./runtime.js";
import { lastResponse } from "./unloaded.js";

/** The calls whose task has one result. */
const CALLS = /** @type {const} */ (["send", "verify", "status", "scheduled", "optedOut"]);

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
  /** Makes the handler again if its instance broke. */
  const core = () => {
    if (handler === undefined || madeIn !== guard.instance) {
      handler = guard.call(() => new Handler(options, runtime, memoryOf));
      madeIn = guard.instance;
    }
    return handler;
  };
  /** Spawns a task of this name, and awaits its result. @param {(typeof CALLS)[number]} name */
  const call = (name) => (/** @type {any} */ argument, /** @type {any} */ env) =>
    resultOf(() => core()[name](argument, env));
  // Options that are an object are checked when the handler is created.
  if (isReady()) guard.call(() => core().check());

  return {
    async fetch(request, env, ctx) {
      try {
        if (!isReady()) await load();
        const onBroken = (/** @type {unknown} */ fault) =>
          response(guard.call(() => core().abandonedResponse(request, env, fault)));
        const task = runTask(() => core().fetch(request, env, ctx), onBroken);
        keepAlive(ctx, task.ended);
        return await task.result;
      } catch (error) {
        return lastResponse(error, request);
      }
    },

    .../** @type {any} */ (Object.fromEntries(CALLS.map((name) => [name, call(name)]))),

    async *sendMany(bulk, options, env) {
      await load();
      const [many, instance] = [guard.call(() => core().sendMany(bulk, options, env)), guard.instance];
      try {
        for (let ended = []; ended !== undefined; ended = await resultOf(() => many.next())) yield* ended;
      } finally {
        // After a fault, the bulk belongs to an instance that no longer exists.
        if (instance === guard.instance) guard.call(() => many.end());
      }
    },
  };
}

/**
 * A text must not lose its outcome when the client disconnects. Each call of `waitUntil` takes a worker's time, so there
 * is one for the whole task.
 * @param {any} ctx
 * @param {Promise<void>} ended
 */
function keepAlive(ctx, ended) {
  try {
    if (typeof ctx?.waitUntil === "function") ctx.waitUntil(ended);
  } catch (error) {
    // A platform's `waitUntil` throws when it is detached from its object. The answer does not depend on it.
    guard.call(() => logThrown("waitUntil of the context", error));
  }
}
