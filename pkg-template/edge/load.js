import { Guard } from "../guard.js";
import { loader } from "../loader.js";
import start, { initSync, __wbg_reset_state as reset } from "../wasm/edge.js";

export const { isReady, loadNow, loadFrom, load } = loader(start, initSync);

export const guard = new Guard();
guard.replaceBy = reset;
