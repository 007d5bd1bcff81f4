// Runs the effects that tasks emit (src/js/host/effects.js), and polls the tasks with the results. It makes no decision.
import { concatenate, timedOut } from "../effects.js";
import { SmsError } from "../sms-error.js";
import { effectDone, effectFailed, effectTimedOut, endTask, faultOf, pollTask } from "../wasm/edge.js";
import { guard, load } from "./load.js";

/**
 * Runs a task to its end. `result` is its value or its error; `ended` resolves when the task has no effect left.
 * @param {() => number} spawn Spawns the task and returns its number. Throws an SmsError where no task can be spawned.
 * @param {(fault: unknown) => unknown} [onBroken] Makes the result if the instance breaks. `fault` is the exception of
 * this task; undefined if another task raised it.
 */
export function runTask(spawn, onBroken = throwFault) {
  const task = new Task(onBroken);
  task.start(spawn);
  return task;
}

/** Loads the WebAssembly, runs a task and returns its result. @param {() => number} spawn @returns {Promise<any>} */
export const resultOf = (spawn) => load().then(() => runTask(spawn).result);

function throwFault() {
  throw guard.call(faultOf);
}

class Task {
  /** Negative until the task is spawned. */
  #number = -1;
  #instance = guard.instance;
  /** The number of effects without a result. */
  #open = 0;
  /** @type {unknown} */
  #fault;
  #isOver = false;
  #onBroken;
  #onEnd = () => {};
  /** @type {(value: any) => void} */
  resolve = () => {};
  /** @type {(error: unknown) => void} */
  reject = () => {};

  /** @param {(fault: unknown) => unknown} onBroken */
  constructor(onBroken) {
    this.#onBroken = onBroken;
    /** @type {Promise<any>} */
    this.result = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
    /** @type {Promise<void>} */
    this.ended = new Promise((end) => {
      this.#onEnd = end;
    });
    guard.pendingCalls.add(this.#abandon);
  }

  /** @param {() => number} spawn */
  start(spawn) {
    this.#resume(() => {
      this.#number = spawn();
      return pollTask(this.#number);
    });
  }

  /** @param {() => any[]} poll Polls the task. Returns pairs of a number and an effect, in one list. */
  #resume(poll) {
    if (this.#isOver) return;
    let emitted;
    try {
      emitted = guard.call(poll);
    } catch (error) {
      // A fault abandons all running tasks, including this one.
      this.#fault = error;
      if (error instanceof SmsError) this.reject(error);
      return this.end();
    }
    // An effect that throws at once polls the task before the next effect starts; the count keeps the task from ending.
    this.#open += 1;
    for (let at = 0; at < emitted.length; at += 2) {
      if (emitted[at] === 0) emitted[at + 1](this);
      else this.#runEffect(emitted[at], emitted[at + 1]);
    }
    this.#open -= 1;
    if (this.#open === 0) this.end();
  }

  /** @param {number} number @param {import("../effects.js").Effect} effect */
  async #runEffect(number, effect) {
    this.#open += 1;
    /** @type {Uint8Array<ArrayBuffer>[]} */
    const received = [];
    /** @type {() => any} */
    let poll;
    try {
      const value = await effect(this, received);
      poll = () => effectDone(this.#number, number, value);
    } catch (error) {
      const part = await concatenate(received);
      poll = () =>
        error === timedOut
          ? effectTimedOut(this.#number, number, part)
          : effectFailed(this.#number, number, error, part);
    }
    this.#open -= 1;
    this.#resume(poll);
  }

  /** Ends the task after the instance broke. The microtask runs once the instance has been replaced. */
  #abandon = () => {
    this.end();
    Promise.resolve()
      .then(() => this.#onBroken(this.#fault))
      .then(this.resolve, this.reject);
  };

  end() {
    if (this.#isOver) return;
    this.#isOver = true;
    // Frees the number last: until now, results of this task's effects arrive under it.
    if (this.#number >= 0 && this.#instance === guard.instance) guard.call(() => endTask(this.#number));
    guard.pendingCalls.delete(this.#abandon);
    this.#onEnd();
  }
}
