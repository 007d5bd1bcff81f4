//! The sources of GBK's table in JavaScript: the host, or else a file of the package.

use alloc::string::String;

use wasm_bindgen::prelude::*;

use xinshi::wire::gbk;

#[wasm_bindgen(module = "/host/gbk.js")]
extern "C" {
    #[wasm_bindgen(js_name = gbkOfHost)]
    fn of_host() -> Option<String>;
    #[wasm_bindgen(js_name = gbkOfPackage)]
    fn of_package() -> Option<String>;
}

/// Runs when the WebAssembly starts.
#[wasm_bindgen(start)]
pub fn look_there() {
    gbk::set_table_sources([|| of_host(), || of_package()]);
}
