import { guard } from "../guard.js";
import { loader } from "../loader.js";
import start, { initSync, __wbg_reset_state as reset } from "../wasm/client.js";

export const { isReady, loadNow, loadFrom, load } = loader(start, initSync);
guard.replaceBy = reset;
