/**
 * The bundler decides what an import of a `.wasm` file is: with esbuild's file loader its URL, in Workers a compiled
 * module.
 */
// biome-ignore lint/suspicious/noExplicitAny: no type is right everywhere
declare const wasm: any;
export default wasm;
