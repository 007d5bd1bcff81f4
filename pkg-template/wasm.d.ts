/** What an import of a `.wasm` file gives is its bundler's choice: by esbuild's file loader its address, in Workers a compiled module. */
// biome-ignore lint/suspicious/noExplicitAny: no type is right everywhere
declare const wasm: any;
export default wasm;
