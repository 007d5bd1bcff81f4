// The constants that the build puts into the page: file names by purpose, and the page's own version.

declare module "*.wasm" {
  const file: string;
  export default file;
}

/** The worker of the simulation. */
declare const SIMULATION: string;
/** The package's worker for proofs of work. */
declare const WORK: string;
/** The files of the page. */
declare const FILES: string[];
/** The version of exactly these files. */
declare const VERSION: string;
/** The address of the sources; empty where none is public. */
declare const SOURCES: string;
