//! Functions of the user's that are called at once. What they throw is the user's own fault, and named so.

use alloc::string::String;

use js_sys::{Array, Date, Error, Function, JsString, Reflect};
use wasm_bindgen::prelude::*;

use crate::error::is_sms_error;
use crate::given::{function, member, method, peek};
use crate::values::to_value;
use xinshi::edge::event::Event;
use xinshi::edge::misuse;
use xinshi::error::SmsError;

#[wasm_bindgen(module = "/host/log.js")]
extern "C" {
    /// Tells an operator of something that failed.
    pub fn log(line: &str);
    /// Tells an operator of something to look at.
    pub fn warn(line: &str);
    /// Lets something end as it will.
    pub fn ignore(value: &JsValue);
}

/// What of the options are functions, or have some.
#[derive(Clone, Default)]
pub struct User {
    pub fetch: Option<Function>,
    pub now: Option<Function>,
    pub wait: Option<Function>,
    pub on: Option<Function>,
    pub country: Option<Function>,
    pub captcha: JsValue,
    pub verify: Option<Function>,
    /// A queue, and its `send`.
    pub queue: Option<(JsValue, Function)>,
    pub client_address: ClientAddress,
}

/// Whose word a caller's address is.
#[derive(Clone, Default)]
pub enum ClientAddress {
    /// That of the server that took the connection.
    #[default]
    Socket,
    /// Cloudflare's, which replaces what a caller wrote there.
    Cloudflare,
    /// A function's of the user's.
    Function(Function),
}

impl User {
    /// Takes them out of the options. On Cloudflare an address is Cloudflare's where nothing else is said.
    pub fn read(options: &JsValue, is_cloudflare: bool) -> Result<Self, SmsError> {
        let [fetch, now, wait, on, country] =
            ["fetch", "now", "wait", "on", "country"].map(|name| function(options, name));
        let captcha = member(options, "captcha")?;
        let queue = member(options, "queue")?;
        let queue = if queue.is_undefined() {
            None
        } else {
            let send = method(&queue, "send");
            let wrong = "queue is not one: pass the binding of a Cloudflare Queue, or { send(message) }";
            Some((queue, send.ok_or_else(|| SmsError::argument("queue", wrong))?))
        };
        let address = member(options, "clientAddress")?;
        let client_address = if address.is_undefined() {
            if is_cloudflare { ClientAddress::Cloudflare } else { ClientAddress::Socket }
        } else if address.as_string().as_deref() == Some("cloudflare") {
            ClientAddress::Cloudflare
        } else {
            let wrong = |_| SmsError::argument("clientAddress", "clientAddress is \"cloudflare\" or a function");
            ClientAddress::Function(address.dyn_into().map_err(wrong)?)
        };
        let verify = method(&captcha, "verify");
        let (fetch, now, wait, on, country) = (fetch?, now?, wait?, on?, country?);
        Ok(Self { fetch, now, wait, on, country, captcha, verify, queue, client_address })
    }

    /// Tells the user what happened. Nobody hears whether that fails: it must not end a send.
    pub fn tell(&self, event: &Event<'_>) {
        if let Some(on) = &self.on
            && let Ok(told) = on.call1(&JsValue::UNDEFINED, &to_value(event))
            && told.is_object()
        {
            ignore(&told);
        }
    }
}

/// What a function of the user's gives.
///
/// # Errors
/// `{what} threw: {kind}`.
pub fn asked(what: &str, function: &Function, arguments: &Array) -> Result<JsValue, String> {
    let given = Reflect::apply(function, &JsValue::UNDEFINED, arguments)
        .map_err(|error| [what, " threw: ", &kind_of(&error)].concat())?;
    if given.is_object() {
        // A promise is a mistake here. Nobody waits for it, and one that fails unheard would end the process.
        ignore(&given);
    }
    Ok(given)
}

/// The latest time that a `Date` can be, in milliseconds.
const MAX_TIME_MS: i64 = 8_640_000_000_000_000;

/// The time in milliseconds since 1970, by the user's clock where there is one.
///
/// # Errors
/// What is wrong with it.
#[allow(clippy::cast_possible_truncation, reason = "a whole number far below 2^53")]
pub fn time(clock: Option<&Function>) -> Result<i64, String> {
    let Some(clock) = clock else { return Ok(Date::now() as i64) };
    let told = asked("now", clock, &Array::new())?;
    let time = match told.as_f64() {
        Some(time) if time.is_nan() => None,
        Some(time) => Some(time as i64),
        // A bigint.
        None => i64::try_from(told).ok(),
    };
    time.filter(|time| (0..=MAX_TIME_MS).contains(time))
        .ok_or_else(|| "now gave no number of milliseconds since 1970".into())
}

/// What kind of error it is: names that are short. Never a message of the user's, since it may hold a URL with a password, a number or
/// a token; one of our own about an option holds none.
pub fn kind_of(error: &JsValue) -> String {
    let word = |name: &str| peek(error, name).as_string().filter(|word| misuse::is_shown(word));
    let code = word("code");
    if is_sms_error(error) && code.as_deref() == Some("invalid_argument") {
        return peek(error, "message").as_string().unwrap_or_default();
    }
    let kind = if error.is_instance_of::<Error>() {
        word("name").unwrap_or_else(|| "Error".into())
    } else {
        error.js_typeof().unchecked_into::<JsString>().into()
    };
    match code {
        Some(code) => [&kind, " (", &code, ")"].concat(),
        None => kind,
    }
}
