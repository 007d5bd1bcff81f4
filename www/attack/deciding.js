// Simulates the traffic in a worker, so that the page stays responsive during thousands of requests.

/** The URL of the worker; the build inserts its file. */
const url = () => new URL(SIMULATION, import.meta.url);

/** @type {Worker | undefined} */
let worker;
let asked = 0;
/** @type {((told: { explained: any, now: number }) => void) | undefined} */
let explaining;

/**
 * Decides traffic under rules and reports progress. Abandons the previous simulation.
 * @param {{ plan: any, rules: any, begin: number }} wanted
 * @param {(told: { result?: any, part?: number, statistics?: any, error?: string }) => void} tell
 */
export function decide(wanted, tell) {
  worker ??= new Worker(url(), { type: "module" });
  asked += 1;
  const id = asked;
  worker.onmessage = ({ data }) => {
    if (data.explained) explaining?.(data);
    else if (data.id === id) tell(data);
  };
  worker.onerror = () => {
    worker?.terminate();
    worker = undefined;
    tell({ error: "the worker was not loaded" });
  };
  worker.postMessage({ id, ...wanted });
}

/**
 * Explains why the simulated handler rejects a number, at the time at which its traffic ended.
 * @param {{ phone: string, address?: string }} wanted
 * @returns {Promise<{ explained: any, now: number }>}
 */
export function explainSimulated(wanted) {
  return new Promise((resolve) => {
    explaining = resolve;
    worker?.postMessage({ explain: wanted });
  });
}
