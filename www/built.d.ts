// What the build puts into the page: files by their names, and what it knows of itself.

declare module "*.wasm" {
  const file: string;
  export default file;
}

/** The worker of the simulation. */
declare const SIMULATION: string;
/** What the page is made of. */
declare const FILES: string[];
/** A name for exactly that. */
declare const VERSION: string;
