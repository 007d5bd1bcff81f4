import { loader } from "../loader.js";
import start, { initSync } from "../wasm/define.js";

export const { isReady, loadNow, loadFrom, load } = loader(start, initSync);
