// The parts that the cases of faults share: a broken instance, functions that hold or throw, and unhandled errors.

/** Breaks an instance as a fault of its own would: all it reads next is nonsense. @param {WebAssembly.Memory} memory */
export function overwrite(memory) {
  new Uint8Array(memory.buffer).fill(0xff);
}

/** A function that waits until the test releases it. */
export function held(work) {
  let release = () => {};
  const released = new Promise((resolve) => {
    release = resolve;
  });
  let callCount = 0;
  return {
    call: async (...args) => {
      callCount += 1;
      await released;
      return work(...args);
    },
    release,
    callCount: () => callCount,
  };
}

export const throws = (what = new Error("hunter2")) => {
  throw what;
};

/** A revoked proxy, on which every operation throws. */
export function revoked() {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

/** Collects the process's uncaught errors and unhandled rejections. */
export function listen() {
  const unhandled = [];
  const record = (event) => {
    unhandled.push(String(event?.reason ?? event?.error ?? event));
    event?.preventDefault?.();
  };
  const events = ["unhandledrejection", "error"];
  for (const event of events) globalThis.addEventListener?.(event, record);
  const { process } = globalThis;
  const named = ["uncaughtException", "unhandledRejection"];
  if (typeof process?.on === "function") for (const event of named) process.on(event, record);
  return () => {
    for (const event of events) globalThis.removeEventListener?.(event, record);
    if (typeof process?.off === "function") for (const event of named) process.off(event, record);
    return unhandled;
  };
}

export const turn = () => new Promise((resolve) => setTimeout(resolve, 0));

/** Waits long enough for the process to report an unhandled error. */
export async function turns() {
  for (let left = 5; left > 0; left -= 1) await turn();
}

/** Fails unless a promise settles in time. @template T @param {Promise<T>} promise @returns {Promise<T>} */
export async function inTime(promise) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(reject, 5000, new Error("a promise that never settles"));
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
