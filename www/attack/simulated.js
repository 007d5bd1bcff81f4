// The statistics of the simulated handler, for the operator's view: its own, of the last day that it decided.

/** @type {{ statistics?: { bucketSeconds: number, buckets: { at: number, counts: Record<string, number> }[] } }} */
export const simulated = {};
