// The statistics of the simulated handler's last day, for the operator's view.

/** @type {{ statistics?: { bucketSeconds: number, buckets: { at: number, counts: Record<string, number> }[] } }} */
export const simulated = {};
