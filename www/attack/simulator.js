// Simulates the traffic in a worker, so that the page stays responsive during thousands of requests.

/** The URL of the worker; the build inserts its file. */
const url = () => new URL(SIMULATION, import.meta.url);

/** @type {Worker | undefined} */
let worker;
let lastId = 0;
/** @type {((update: { explained: any, now: number }) => void) | undefined} */
let explaining;

/**
 * Decides traffic under rules and reports progress. Abandons the previous simulation.
 * @param {{ plan: any, rules: any, begin: number }} request
 * @param {(update: { result?: any, part?: number, statistics?: any, error?: string }) => void} report
 */
export function simulate(request, report) {
  worker ??= new Worker(url(), { type: "module" });
  lastId += 1;
  const id = lastId;
  worker.onmessage = ({ data }) => {
    if (data.explained) explaining?.(data);
    else if (data.id === id) report(data);
  };
  worker.onerror = () => {
    worker?.terminate();
    worker = undefined;
    report({ error: "the worker was not loaded" });
  };
  worker.postMessage({ id, ...request });
}

/**
 * Explains why the simulated handler rejects a number, at the time at which its traffic ended.
 * @param {{ phone: string, address?: string }} request
 * @returns {Promise<{ explained: any, now: number }>}
 */
export function explainSimulated(request) {
  return new Promise((resolve) => {
    explaining = resolve;
    worker?.postMessage({ explain: request });
  });
}
