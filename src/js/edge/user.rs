//! The user's functions, and calls of the synchronous ones. An error from such a function names the option.

use alloc::string::String;

use js_sys::{Array, Date, Error, Function, JsString, Reflect};
use wasm_bindgen::prelude::*;

use crate::js_error::is_sms_error;
use crate::values_in::{function, member, method, peek};
use crate::values_out::{set, to_value};
use xinshi::edge::address::ForwardedHeader;
use xinshi::edge::edge_event::EdgeEvent;
use xinshi::edge::misuse;
use xinshi::error::SmsError;

#[wasm_bindgen(module = "/host/log.js")]
extern "C" {
    /// Writes an error to the operator's log.
    #[wasm_bindgen(js_name = logError)]
    pub fn log_error(line: &str);
    /// Writes a warning to the operator's log.
    #[wasm_bindgen(js_name = logWarning)]
    pub fn log_warning(line: &str);
    /// Keeps a promise that nobody awaits from ending the process.
    #[wasm_bindgen(js_name = ignoreResult)]
    pub fn ignore_result(value: &JsValue);
}

/// The functions among the options, and the objects with functions.
#[derive(Clone, Default)]
pub struct User {
    pub fetch: Option<Function>,
    pub now: Option<Function>,
    pub wait: Option<Function>,
    pub on: Option<Function>,
    pub country: Option<Function>,
    pub captcha: JsValue,
    pub verify: Option<Function>,
    /// The queue, and its `send`.
    pub queue: Option<(JsValue, Function)>,
    pub client_address: ClientAddress,
}

/// The source of a client's address.
#[derive(Clone, Default)]
pub enum ClientAddress {
    /// The server that accepted the connection.
    #[default]
    Socket,
    /// Cloudflare, which overwrites the client's header.
    Cloudflare,
    /// A header of proxies that the operator runs.
    Forwarded(ForwardedHeader),
    /// A user's function.
    Function(Function),
}

impl User {
    /// Reads the functions from the options. The default of `clientAddress` is `cloudflare` on Cloudflare.
    ///
    /// # Errors
    /// `invalid_argument` naming the option.
    pub fn read(options: &JsValue, bound: &JsValue, is_cloudflare: bool) -> Result<Self, SmsError> {
        // The options of the code take precedence over bindings.
        let option = |name: &str| match member(options, name)? {
            value if value.is_undefined() => member(bound, name),
            value => Ok(value),
        };
        let named = |name: &str| match function(options, name)? {
            None => function(bound, name),
            inputs => Ok(inputs),
        };
        let [fetch, now, wait, on, country] = ["fetch", "now", "wait", "on", "country"].map(named);
        let captcha = option("captcha")?;
        let queue = option("queue")?;
        let queue = if queue.is_undefined() {
            None
        } else {
            let send = method(&queue, "send");
            let wrong = "queue is not one: pass the binding of a Cloudflare Queue, or { send(message) }";
            Some((queue, send.ok_or_else(|| SmsError::argument("queue", wrong))?))
        };
        let address = option("clientAddress")?;
        let client_address = if address.is_undefined() {
            if is_cloudflare { ClientAddress::Cloudflare } else { ClientAddress::Socket }
        } else if address.as_string().as_deref() == Some("cloudflare") {
            ClientAddress::Cloudflare
        } else {
            match address.dyn_into::<Function>() {
                Ok(function) => ClientAddress::Function(function),
                Err(header) => ClientAddress::Forwarded(forwarded_header(&header)?),
            }
        };
        let verify = method(&captcha, "verify");
        let (fetch, now, wait, on, country) = (fetch?, now?, wait?, on?, country?);
        Ok(Self { fetch, now, wait, on, country, captcha, verify, queue, client_address })
    }

    /// Emits an event, of a tenant if there is one. A failing listener must not end a send.
    pub fn emit(&self, event: &EdgeEvent<'_>, tenant: Option<&str>) {
        let Some(on) = &self.on else { return };
        let event = to_value(event);
        if let Some(tenant) = tenant {
            set(event.unchecked_ref(), &"tenant".into(), &tenant.into());
        }
        if let Ok(output) = on.call1(&JsValue::UNDEFINED, &event)
            && output.is_object()
        {
            ignore_result(&output);
        }
    }
}

/// Reads `{ header, hops }`.
fn forwarded_header(value: &JsValue) -> Result<ForwardedHeader, SmsError> {
    let (name, hops) = (peek(value, "header").as_string(), peek(value, "hops"));
    let is_number = hops.is_undefined() || hops.as_f64().is_some();
    let read = ForwardedHeader::read(name.as_deref(), hops.as_f64()).filter(|_| is_number);
    read.ok_or_else(|| {
        let message = "clientAddress is \"cloudflare\", a function, or { header, hops }: the header in which your proxies list \
                       addresses, and their number, 1 to 10";
        SmsError::argument("clientAddress", message)
    })
}

/// Calls a synchronous function of the user's.
///
/// # Errors
/// `{what} threw: {kind}`.
pub fn call_user(what: &str, function: &Function, arguments: &Array) -> Result<JsValue, String> {
    let inputs = Reflect::apply(function, &JsValue::UNDEFINED, arguments)
        .map_err(|error| [what, " threw: ", &kind_of(&error)].concat())?;
    if inputs.is_object() {
        // A promise is a mistake here. Nobody awaits it, and an unhandled rejection would end the process.
        ignore_result(&inputs);
    }
    Ok(inputs)
}

/// The maximum time of a `Date`, in milliseconds since the Unix epoch.
const MAX_TIME_MS: i64 = 8_640_000_000_000_000;

/// The time in milliseconds since the Unix epoch, by the user's clock if there is one.
///
/// # Errors
/// The fault of the user's clock, as a message.
#[allow(clippy::cast_possible_truncation, reason = "a whole number far below 2^53")]
pub fn read_clock(clock: Option<&Function>) -> Result<i64, String> {
    let Some(clock) = clock else { return Ok(Date::now() as i64) };
    let output = call_user("now", clock, &Array::new())?;
    let time = match output.as_f64() {
        Some(time) if time.is_nan() => None,
        Some(time) => Some(time as i64),
        // A bigint.
        None => i64::try_from(output).ok(),
    };
    time.filter(|time| (0..=MAX_TIME_MS).contains(time)).ok_or_else(|| WRONG_TIME.into())
}

const WRONG_TIME: &str = "now returned no number of milliseconds since 1970";

/// Whether a message is [`read_clock`]'s about a clock: anybody can make an `SmsError`.
fn is_of_clock(message: &str) -> bool {
    let kind = message.strip_prefix("now threw: ");
    let is_shown = |kind: &str| kind.split([' ', '(', ')']).filter(|word| !word.is_empty()).all(misuse::is_shown);
    message == WRONG_TIME || kind.is_some_and(is_shown)
}

/// The kind of an error, as short names. It never repeats a message of the user's, which may contain a URL with a
/// password, a number or a token; messages of our own about options contain none.
pub fn kind_of(error: &JsValue) -> String {
    let word = |name: &str| peek(error, name).as_string().filter(|word| misuse::is_shown(word));
    let code = word("code");
    if is_sms_error(error)
        && let Some(message) = peek(error, "message").as_string().filter(|message| is_of_clock(message))
    {
        return message;
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
