//! CAMARA One Time Password SMS 1.1 and 2.0: the operators' standard API, over the same limits, numbers and codes.
//!
//! Source: `one-time-password-sms.yaml` 1.1.1 and 2.0.0 of <https://github.com/camaraproject/OTPValidation>. Its callers
//! are back ends: every request has a bearer token, and a challenge belongs to the token that requested it, in either
//! version. 2.0 rejects members that it does not declare and malformed ids, and answers 404 for a number that is
//! nobody's.

use crate::edge::caller::Caller;
use crate::edge::camara_error::{ErrorInfo, is_correlator, with_correlator};
use crate::edge::codes::Codes;
use crate::edge::handler_reply::{HandlerReply, Problem};
use crate::edge::handler_request::HandlerRequest;
use crate::edge::host::Host;
use crate::edge::otp_routes::required;
use crate::edge::problems::STORE_RETRY_MS;
use crate::edge::problems::read_entropy;
use crate::edge::route::CamaraVersion;
use crate::edge::scope::Scope;
use crate::edge::send_request::{SendRejection, SendRequest};
use crate::edge::verify::Unverified;
use crate::error::Code;
use crate::options::Fields;
use crate::otp::challenge::ChallengeState;
use crate::phone::Phone;
use crate::wire::json::Json;
use crate::wire::json_writer::Object;

/// The maximum length of a message, in characters.
const MAX_MESSAGE_CHARACTERS: usize = 160;
/// The purpose of the codes in proofs: CAMARA has no purposes.
const PURPOSE: &str = "one-time-password-sms";

impl Codes {
    pub(super) async fn send_code(
        &self,
        version: CamaraVersion,
        request: &HandlerRequest,
        random_bytes: &[u8],
        host: &impl Host,
    ) -> HandlerReply {
        answer(request, self.try_send_code(version, request, random_bytes, host).await)
    }

    pub(super) async fn validate_code(
        &self,
        version: CamaraVersion,
        request: &HandlerRequest,
        host: &impl Host,
    ) -> HandlerReply {
        answer(request, self.try_validate_code(version, request, host).await)
    }

    async fn try_send_code(
        &self,
        version: CamaraVersion,
        request: &HandlerRequest,
        random_bytes: &[u8],
        host: &impl Host,
    ) -> Result<HandlerReply, ErrorInfo> {
        let caller = self.back_end(request, host)?;
        let json = request.json()?;
        let fields = read_fields(&json, version, &["phoneNumber", "message"])?;
        let number = required(&fields, "phoneNumber", 16)?;
        let no_code = || ErrorInfo::invalid("message lacks {{code}}, the place where the code goes");
        let text = self.config.texts.camara(message(&fields)?).ok_or_else(no_code)?;
        if !is_e164(number) {
            return Err(ErrorInfo::invalid("phoneNumber is not in E.164: a plus sign and 5 to 15 digits"));
        }
        let not_allowed =
            |message: &str| ErrorInfo::new(403, "ONE_TIME_PASSWORD_SMS.PHONE_NUMBER_NOT_ALLOWED", message);
        let phone = Phone::parse(number).map_err(|_| match version {
            CamaraVersion::V2 if !may_be_landline(number) => identifier_not_found(),
            _ => not_allowed("The number is no mobile number that takes texts."),
        })?;
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
                SendRejection::Country => match version {
                    CamaraVersion::V1 => not_allowed("The number's country is not sent to."),
                    CamaraVersion::V2 => identifier_not_found(),
                },
                SendRejection::Denied => ErrorInfo::new(
                    403,
                    "ONE_TIME_PASSWORD_SMS.PHONE_NUMBER_BLOCKED",
                    "The number is blocked to receive SMS.",
                ),
                // A back end solves no captcha, so a limit that would require one counts as busy.
                SendRejection::CaptchaNeeded(_) | SendRejection::CaptchaWrong | SendRejection::CaptchaUnknown => {
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
                    Some(self.limits.counted_ms()),
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

    async fn try_validate_code(
        &self,
        version: CamaraVersion,
        request: &HandlerRequest,
        host: &impl Host,
    ) -> Result<HandlerReply, ErrorInfo> {
        let caller = self.back_end(request, host)?;
        let json = request.json()?;
        let fields = read_fields(&json, version, &["authenticationId", "code"])?;
        let id = required(&fields, "authenticationId", 36)?;
        if version == CamaraVersion::V2 && !id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
            return Err(ErrorInfo::invalid("authenticationId is not 1 to 36 letters, digits or hyphens"));
        }
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
        let caller = match self.access.caller(request, Scope::Camara, host) {
            // A request without a token must not learn how it would be limited.
            Err(problem) if problem.status == 503 => return Err(ErrorInfo::unauthenticated()),
            caller => caller?,
        };
        if caller.is_back_end() { Ok(caller) } else { Err(ErrorInfo::unauthenticated()) }
    }
}

/// The members of a body. 2.0 rejects those that it does not declare; 1.1 ignores them.
fn read_fields<'a>(json: &'a Json<'a>, version: CamaraVersion, declared: &[&str]) -> Result<Fields<'a>, ErrorInfo> {
    let fields = Fields::new(json, "", "body").map_err(Problem::from)?;
    if version == CamaraVersion::V2 {
        fields.only(declared).map_err(Problem::from)?;
    }
    Ok(fields)
}

fn answer(request: &HandlerRequest, answered: Result<HandlerReply, ErrorInfo>) -> HandlerReply {
    match answered {
        Ok(reply) => with_correlator(reply, request),
        Err(error) => error.reply(request),
    }
}

/// The answer of 2.0 for a number that is well-formed and nobody's here.
fn identifier_not_found() -> ErrorInfo {
    ErrorInfo::new(404, "IDENTIFIER_NOT_FOUND", "The identifier is not found.")
}

/// Whether a number in E.164 that takes no texts could be a landline of the mainland: an area code without its zero,
/// and 7 or 8 digits. No area code begins with 1 but that of Beijing, 10.
fn may_be_landline(number: &str) -> bool {
    number.strip_prefix("+86").is_some_and(|national| {
        (9..=11).contains(&national.len()) && (national.starts_with("10") || !national.starts_with('1'))
    })
}

/// The message, which may have several lines: a browser looks for the code in the last one.
fn message<'a>(fields: &Fields<'a>) -> Result<&'a str, ErrorInfo> {
    let message = fields.text("message").map_err(Problem::from)?.unwrap_or_default();
    let is_text = !message.chars().any(|character| character.is_control() && character != '\n');
    if message.chars().count() <= MAX_MESSAGE_CHARACTERS && is_text {
        Ok(message)
    } else {
        Err(ErrorInfo::invalid("message has more than 160 characters, or control characters other than line feeds"))
    }
}

/// `^\+[1-9][0-9]{4,14}$`
fn is_e164(text: &str) -> bool {
    let digits = text.strip_prefix('+').unwrap_or_default();
    (5..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit()) && !digits.starts_with('0')
}
