//! CAMARA One Time Password SMS 1.1: the operators' standard API, over the same limits, numbers and codes.
//!
//! Source: `one-time-password-sms.yaml` 1.1.1 of <https://github.com/camaraproject/OTPValidation>. Its callers are back
//! ends: every request has a bearer token, and a challenge belongs to the token that requested it.

use alloc::borrow::ToOwned;
use alloc::string::String;

use crate::edge::caller::Caller;
use crate::edge::codes::Codes;
use crate::edge::handler_reply::{HandlerReply, Problem};
use crate::edge::handler_request::HandlerRequest;
use crate::edge::host::Host;
use crate::edge::otp_routes::required;
use crate::edge::problems::STORE_RETRY_MS;
use crate::edge::problems::read_entropy;
use crate::edge::send_request::{SendRejection, SendRequest};
use crate::edge::verify::Unverified;
use crate::error::Code;
use crate::options::Fields;
use crate::otp::challenge::ChallengeState;
use crate::phone::Phone;
use crate::wire::json_writer::Object;

/// The maximum length of a message, in characters.
const MAX_MESSAGE_CHARACTERS: usize = 160;
/// The purpose of the codes in proofs: CAMARA has no purposes.
const PURPOSE: &str = "one-time-password-sms";

/// `ErrorInfo`.
struct ErrorInfo {
    status: u16,
    code: &'static str,
    message: String,
    retry_after: Option<i64>,
}

impl ErrorInfo {
    fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), retry_after: None }
    }

    fn invalid(message: impl Into<String>) -> Self {
        Self::new(400, "INVALID_ARGUMENT", message)
    }

    fn busy(wait_ms: i64) -> Self {
        let mut error = Self::new(429, "TOO_MANY_REQUESTS", "Rate limit reached.");
        error.retry_after = Problem::too_many(wait_ms).retry_after;
        error
    }

    fn unavailable(message: &str, wait_ms: Option<i64>) -> Self {
        let error = Self::new(503, "UNAVAILABLE", message);
        Self { retry_after: wait_ms.and_then(|wait| Problem::too_many(wait).retry_after), ..error }
    }
}

impl From<ErrorInfo> for HandlerReply {
    fn from(error: ErrorInfo) -> Self {
        let mut json = Object::new();
        json.number("status", error.status.into());
        json.text("code", error.code);
        json.text("message", &error.message);
        let reply = Self::json(error.status, json.finish());
        let reply = if error.status == 401 { reply.header("www-authenticate", "Bearer") } else { reply };
        match error.retry_after {
            Some(seconds) => reply.header("retry-after", alloc::format!("{seconds}")),
            None => reply,
        }
    }
}

/// Translates the handler's own problems.
impl From<Problem> for ErrorInfo {
    fn from(problem: Problem) -> Self {
        let message = problem.detail.unwrap_or_else(|| problem.title.to_owned());
        let code = match problem.status {
            401 => "UNAUTHENTICATED",
            429 => "TOO_MANY_REQUESTS",
            503 => "UNAVAILABLE",
            _ => "INVALID_ARGUMENT",
        };
        // CAMARA lists one status for invalid requests.
        let status = if code == "INVALID_ARGUMENT" { 400 } else { problem.status };
        Self { status, code, message, retry_after: problem.retry_after }
    }
}

impl Codes {
    pub(super) async fn send_code(
        &self,
        request: &HandlerRequest,
        random_bytes: &[u8],
        host: &impl Host,
    ) -> HandlerReply {
        answer(request, self.try_send_code(request, random_bytes, host).await)
    }

    pub(super) async fn validate_code(&self, request: &HandlerRequest, host: &impl Host) -> HandlerReply {
        answer(request, self.try_validate_code(request, host).await)
    }

    async fn try_send_code(
        &self,
        request: &HandlerRequest,
        random_bytes: &[u8],
        host: &impl Host,
    ) -> Result<HandlerReply, ErrorInfo> {
        let caller = self.back_end(request, host)?;
        let json = request.json()?;
        let fields = Fields::new(&json, "", "body").map_err(Problem::from)?;
        let number = required(&fields, "phoneNumber", 16)?;
        let no_code = || ErrorInfo::invalid("message lacks {{code}}, the place where the code goes");
        let text = self.config.texts.camara(message(&fields)?).ok_or_else(no_code)?;
        if !is_e164(number) {
            return Err(ErrorInfo::invalid("phoneNumber is not in E.164: a plus sign and 5 to 15 digits"));
        }
        let not_allowed =
            |message: &str| ErrorInfo::new(403, "ONE_TIME_PASSWORD_SMS.PHONE_NUMBER_NOT_ALLOWED", message);
        let phone =
            Phone::parse(number).map_err(|_| not_allowed("The number is no mobile number that takes texts."))?;
        let send_request = SendRequest {
            phone,
            purpose: PURPOSE,
            text,
            template_id: None,
            resend: None,
            caller_nonce: None,
            captcha: None,
            device: None,
            owner: caller.token(),
            deadline: None,
        };
        let sent = self.send(&send_request, &caller, &read_entropy(random_bytes)?, host).await.map_err(
            |rejection| match rejection {
                SendRejection::NumberLimit(_) => ErrorInfo::new(
                    403,
                    "ONE_TIME_PASSWORD_SMS.MAX_OTP_CODES_EXCEEDED",
                    "Too many OTPs have been requested for this MSISDN. Try later.",
                ),
                SendRejection::OtherLimit(wait) => ErrorInfo::busy(wait),
                SendRejection::Country => not_allowed("The number's country is not sent to."),
                SendRejection::Denied => ErrorInfo::new(
                    403,
                    "ONE_TIME_PASSWORD_SMS.PHONE_NUMBER_BLOCKED",
                    "The number is blocked to receive SMS.",
                ),
                // A back end solves no captcha, so a limit that would require one counts as busy.
                SendRejection::CaptchaNeeded | SendRejection::CaptchaWrong | SendRejection::CaptchaUnknown => {
                    ErrorInfo::busy(60_000)
                }
                SendRejection::NotSent { code: Code::Number, .. } => {
                    not_allowed("The vendor takes no text for this number.")
                }
                SendRejection::NotSent { code: Code::Content | Code::Signature | Code::Template, .. } => {
                    ErrorInfo::invalid("the vendor does not take this message")
                }
                SendRejection::NotSent { released: true, .. } => {
                    ErrorInfo::unavailable("No text was sent, and none was counted.", None)
                }
                SendRejection::NotSent { released: false, .. } => ErrorInfo::unavailable(
                    "No text was sent; it may count against the limits.",
                    Some(self.counted_ms()),
                ),
                SendRejection::ChallengeClosed => ErrorInfo::unavailable("No text was sent.", Some(STORE_RETRY_MS)),
                SendRejection::Unrecorded(wait) => ErrorInfo::unavailable(
                    "The outcome cannot be recorded at the moment. A text may have been sent.",
                    Some(wait),
                ),
                SendRejection::Store(wait) => ErrorInfo::unavailable(
                    "The limits cannot be checked at the moment. No text was sent; it may count against the limits.",
                    Some(wait),
                ),
            },
        )?;
        let mut json = Object::new();
        json.text("authenticationId", &sent.challenge);
        Ok(HandlerReply::json(200, json.finish()))
    }

    async fn try_validate_code(&self, request: &HandlerRequest, host: &impl Host) -> Result<HandlerReply, ErrorInfo> {
        let caller = self.back_end(request, host)?;
        let json = request.json()?;
        let fields = Fields::new(&json, "", "body").map_err(Problem::from)?;
        let id = required(&fields, "authenticationId", 36)?;
        let code = required(&fields, "code", 10)?;
        match self.verify(id, code, caller.token(), &caller, host).await {
            Ok(_) => Ok(HandlerReply::empty(204)),
            Err(Unverified::Unknown) => Err(ErrorInfo::new(404, "NOT_FOUND", "The specified resource is not found.")),
            Err(Unverified::Wrong(0) | Unverified::Closed(ChallengeState::Spent)) => Err(ErrorInfo::new(
                400,
                "ONE_TIME_PASSWORD_SMS.VERIFICATION_FAILED",
                "The maximum number of attempts for this authenticationId was exceeded without providing a valid OTP",
            )),
            Err(Unverified::Wrong(_)) => Err(ErrorInfo::new(
                400,
                "ONE_TIME_PASSWORD_SMS.INVALID_OTP",
                "The provided OTP is not valid for this authenticationId",
            )),
            Err(Unverified::Closed(_)) => Err(ErrorInfo::new(
                400,
                "ONE_TIME_PASSWORD_SMS.VERIFICATION_EXPIRED",
                "The authenticationId is no longer valid",
            )),
            Err(Unverified::Rejected(wait)) => Err(ErrorInfo::busy(wait)),
            Err(Unverified::Store) => {
                Err(ErrorInfo::unavailable("The code cannot be checked at the moment.", Some(STORE_RETRY_MS)))
            }
        }
    }

    /// The back end that sent the request; a person may not.
    fn back_end(&self, request: &HandlerRequest, host: &impl Host) -> Result<Caller, ErrorInfo> {
        if !request.correlator.as_deref().is_none_or(is_correlator) {
            return Err(ErrorInfo::invalid("x-correlator is not 0 to 256 letters, digits or characters of -_:;./<>{}"));
        }
        let unauthenticated = || {
            let message = "Request not authenticated due to missing, invalid, or expired credentials.";
            ErrorInfo::new(401, "UNAUTHENTICATED", message)
        };
        let caller = match self.access.caller(request, host) {
            // A request without a token must not learn how it would be limited.
            Err(problem) if problem.status == 503 => return Err(unauthenticated()),
            caller => caller?,
        };
        if caller.is_back_end() { Ok(caller) } else { Err(unauthenticated()) }
    }
}

/// The message, which may have several lines: a browser looks for the code in the last one.
fn message<'a>(fields: &Fields<'a>) -> Result<&'a str, ErrorInfo> {
    let message = fields.text("message").map_err(Problem::from)?.unwrap_or_default();
    let is_text = !message.chars().any(|sign| sign.is_control() && sign != '\n');
    if message.chars().count() <= MAX_MESSAGE_CHARACTERS && is_text {
        Ok(message)
    } else {
        Err(ErrorInfo::invalid("message has more than 160 characters, or control characters other than line feeds"))
    }
}

/// Repeats the caller's correlator, if it is a valid one.
fn answer(request: &HandlerRequest, answered: Result<HandlerReply, ErrorInfo>) -> HandlerReply {
    let reply = answered.unwrap_or_else(HandlerReply::from);
    match request.correlator.as_deref().filter(|correlator| is_correlator(correlator)) {
        Some(correlator) => reply.header("x-correlator", correlator),
        None => reply,
    }
}

/// `^[a-zA-Z0-9-_:;.\/<>{}]{0,256}$`
fn is_correlator(text: &str) -> bool {
    text.len() <= 256 && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_:;./<>{}".contains(&byte))
}

/// `^\+[1-9][0-9]{4,14}$`
fn is_e164(text: &str) -> bool {
    let digits = text.strip_prefix('+').unwrap_or_default();
    (5..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit()) && !digits.starts_with('0')
}
