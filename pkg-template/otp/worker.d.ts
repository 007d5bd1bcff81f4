/** The worker that does proofs of work. It exports nothing: `new Worker(url, { type: "module" })` runs it. */
export {};
