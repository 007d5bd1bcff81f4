//! [`send_once`]: makes the runtime's own fetch send a request once. A text that is sent twice is paid and read twice.

use js_sys::{Function, Reflect};
use wasm_bindgen::prelude::*;
use web_sys::{ReferrerPolicy, RequestCache, RequestCredentials, RequestInit};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(thread_local_v2, js_name = globalThis)]
    static GLOBAL: JsValue;
}

/// A member of the global object, if it has it.
pub fn global(name: &str) -> Option<JsValue> {
    let value = GLOBAL.with(|global| Reflect::get(global, &name.into())).ok()?;
    (!value.is_undefined() && !value.is_null()).then_some(value)
}

/// The options of a request that must be sent once. Deno resends any request, and Bun a GET, if a kept connection
/// closes before the reply, so both use no kept connection. In a page the reply must not come from a cache, cookies
/// must not be sent, and Referer must not name the URL.
///
/// # Errors
/// This version of Deno cannot send a request once.
pub fn send_once(in_page: bool) -> Result<RequestInit, JsValue> {
    let options = RequestInit::new();
    if in_page {
        options.set_cache(RequestCache::NoStore);
        options.set_credentials(RequestCredentials::Omit);
        options.set_referrer_policy(ReferrerPolicy::NoReferrer);
    } else if let Some(deno) = global("Deno") {
        thread_local! {
            static CLIENT: core::cell::OnceCell<JsValue> = const { core::cell::OnceCell::new() };
        }
        let client = CLIENT.with(|known| match known.get() {
            Some(client) => Ok(client.clone()),
            None => keeping_none(&deno).inspect(|client| drop(known.set(client.clone()))),
        })?;
        Reflect::set(&options, &"client".into(), &client)?;
    } else if global("Bun").is_some() {
        Reflect::set(&options, &"keepalive".into(), &false.into())?;
    }
    Ok(options)
}

/// A client of Deno's that keeps no connection.
fn keeping_none(deno: &JsValue) -> Result<JsValue, JsValue> {
    let options = js_sys::Object::new();
    Reflect::set(&options, &"poolMaxIdlePerHost".into(), &0.into())?;
    let create: Function = Reflect::get(deno, &"createHttpClient".into())?.dyn_into()?;
    create.call1(deno, &options)
}
