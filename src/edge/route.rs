//! The routes of the handler: the operation of each path and method.

/// An operation of the handler.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route<'a> {
    /// `GET /healthz`
    Health,
    /// `GET /openapi.json`
    OpenApi,
    /// `POST /otp/send`
    Send,
    /// `POST /otp/verify`
    Verify,
    /// `GET /otp/status/{challenge}`
    Status(&'a str),
    /// `POST /one-time-password-sms/v1/send-code`
    /// `POST /one-time-password-sms/v2/send-code`
    SendCode(CamaraVersion),
    /// `POST /one-time-password-sms/v1/validate-code`
    /// `POST /one-time-password-sms/v2/validate-code`
    ValidateCode(CamaraVersion),
    /// `POST /admin/explain`
    Explain,
    /// `POST /admin/reset`
    Reset,
    /// `GET /admin/stats`
    Statistics,
    /// `GET /admin/metrics`
    Metrics,
    /// `GET /admin/receipts`
    Receipts,
    /// `POST /admin/receipts/{id}/replay`
    Replay(&'a str),
    /// `POST /admin/erase`
    Erase,
    /// `POST /admin/opt-out`
    OptOut,
    /// `POST /opt-outs/check`
    OptedOut,
    /// A login server's, by its name and, for Casdoor alone, the token in the path.
    ///
    /// `POST /gateway/supabase`
    /// `POST /gateway/logto`
    /// `POST /gateway/zitadel`
    /// `POST /gateway/novu`
    /// `POST /gateway/http`
    /// `GET /gateway/casdoor`
    /// `POST /gateway/casdoor`
    /// `PUT /gateway/casdoor`
    /// `GET /gateway/casdoor/{token}`
    /// `POST /gateway/casdoor/{token}`
    /// `PUT /gateway/casdoor/{token}`
    Gateway(&'a str, Option<&'a str>),
    /// `GET /hooks/{account}/{token}`
    /// `POST /hooks/{account}/{token}`
    Hook(&'a str, &'a str),
}

/// A major version of CAMARA One Time Password SMS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CamaraVersion {
    /// 1.1.
    V1,
    /// 2.0.
    V2,
}

/// The result of looking up a path and method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RouteMatch<'a> {
    /// An operation.
    Route(Route<'a>),
    /// `OPTIONS`; the value lists the methods of the path.
    Preflight(&'static str),
    /// The path has other methods, which the value lists.
    OtherMethods(&'static str),
    /// No such path.
    Nothing,
}

/// Looks up a path, relative to the base path, and a method.
#[must_use]
pub fn find<'a>(method: &str, path: &'a str) -> RouteMatch<'a> {
    let (allow, route) = match path {
        "/healthz" => (GET, Route::Health),
        "/openapi.json" => (GET, Route::OpenApi),
        "/otp/send" => (POST, Route::Send),
        "/otp/verify" => (POST, Route::Verify),
        "/one-time-password-sms/v1/send-code" => (POST, Route::SendCode(CamaraVersion::V1)),
        "/one-time-password-sms/v1/validate-code" => (POST, Route::ValidateCode(CamaraVersion::V1)),
        "/one-time-password-sms/v2/send-code" => (POST, Route::SendCode(CamaraVersion::V2)),
        "/one-time-password-sms/v2/validate-code" => (POST, Route::ValidateCode(CamaraVersion::V2)),
        "/admin/explain" => (POST, Route::Explain),
        "/admin/reset" => (POST, Route::Reset),
        "/admin/stats" => (GET, Route::Statistics),
        "/admin/metrics" => (GET, Route::Metrics),
        "/admin/receipts" => (GET, Route::Receipts),
        "/admin/erase" => (POST, Route::Erase),
        "/admin/opt-out" => (POST, Route::OptOut),
        "/opt-outs/check" => (POST, Route::OptedOut),
        _ if let Some((name, token)) = gateway(path) => {
            (if name == CASDOOR { ANY } else { POST }, Route::Gateway(name, token))
        }
        _ if let Some(id) = replayed(path) => (POST, Route::Replay(id)),
        _ => match (
            path.strip_prefix("/otp/status/"),
            path.strip_prefix("/hooks/").and_then(|rest| rest.split_once('/')),
        ) {
            (Some(challenge), _) if !challenge.contains('/') => (GET, Route::Status(challenge)),
            (_, Some((account, token))) if !token.contains('/') => (EITHER, Route::Hook(account, token)),
            _ => return RouteMatch::Nothing,
        },
    };
    match method {
        "GET" | "POST" | "PUT" if allow == ANY => RouteMatch::Route(route),
        "GET" | "POST" if allow == EITHER => RouteMatch::Route(route),
        "GET" | "HEAD" if allow == GET => RouteMatch::Route(route),
        "POST" if allow == POST => RouteMatch::Route(route),
        "OPTIONS" => RouteMatch::Preflight(allow),
        _ => RouteMatch::OtherMethods(allow),
    }
}

/// The id of the receipt to send again.
fn replayed(path: &str) -> Option<&str> {
    let id = path.strip_prefix("/admin/receipts/")?.strip_suffix("/replay")?;
    (!id.is_empty() && !id.contains('/')).then_some(id)
}

/// The name of a gateway, and the token behind it. Casdoor alone may have it there: its earlier versions send no header.
fn gateway(path: &str) -> Option<(&str, Option<&str>)> {
    let rest = path.strip_prefix("/gateway/")?;
    match rest.split_once('/') {
        None => Some((rest, None)),
        Some((CASDOOR, token)) if !token.is_empty() && !token.contains('/') => Some((CASDOOR, Some(token))),
        Some(_) => None,
    }
}

const CASDOOR: &str = "casdoor";
const GET: &str = "GET, HEAD";
const POST: &str = "POST";
/// Vendors push by either.
const EITHER: &str = "GET, POST";
/// Casdoor's method is configurable.
const ANY: &str = "GET, POST, PUT";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn route_is_found_by_path_and_method() {
        assert_eq!(find("GET", "/healthz"), RouteMatch::Route(Route::Health));
        assert_eq!(find("HEAD", "/admin/stats"), RouteMatch::Route(Route::Statistics));
        assert_eq!(find("POST", "/otp/send"), RouteMatch::Route(Route::Send));
        assert_eq!(find("GET", "/otp/status/abc"), RouteMatch::Route(Route::Status("abc")));
        assert_eq!(find("GET", "/otp/status/a/b"), RouteMatch::Nothing);
        assert_eq!(find("GET", "/otp/send"), RouteMatch::OtherMethods("POST"));
        assert_eq!(find("POST", "/healthz"), RouteMatch::OtherMethods("GET, HEAD"));
        assert_eq!(find("OPTIONS", "/otp/send"), RouteMatch::Preflight("POST"));
        assert_eq!(find("GET", "/otp/send/"), RouteMatch::Nothing);
        assert_eq!(find("GET", ""), RouteMatch::Nothing);
        assert_eq!(find("POST", "/gateway/supabase"), RouteMatch::Route(Route::Gateway("supabase", None)));
        assert_eq!(find("PUT", "/gateway/casdoor/t"), RouteMatch::Route(Route::Gateway("casdoor", Some("t"))));
        assert_eq!(find("GET", "/gateway/supabase"), RouteMatch::OtherMethods("POST"));
        assert_eq!(find("HEAD", "/gateway/casdoor"), RouteMatch::OtherMethods("GET, POST, PUT"));
        assert_eq!(find("POST", "/admin/receipts/rcpt_1_0/replay"), RouteMatch::Route(Route::Replay("rcpt_1_0")));
        assert_eq!(find("GET", "/admin/receipts/rcpt_1_0/replay"), RouteMatch::OtherMethods("POST"));
        for path in ["/admin/receipts//replay", "/admin/receipts/replay", "/admin/receipts/a/b/replay"] {
            assert_eq!(find("POST", path), RouteMatch::Nothing, "{path}");
        }
        for path in ["/gateway", "/gateway/supabase/t", "/gateway/casdoor/", "/gateway/casdoor/t/t"] {
            assert_eq!(find("POST", path), RouteMatch::Nothing, "{path}");
        }
        assert_eq!(find("POST", "/hooks/main/token"), RouteMatch::Route(Route::Hook("main", "token")));
        assert_eq!(find("GET", "/hooks/main/token"), RouteMatch::Route(Route::Hook("main", "token")));
        assert_eq!(find("HEAD", "/hooks/main/token"), RouteMatch::OtherMethods("GET, POST"));
        assert_eq!(
            (find("POST", "/hooks/main"), find("POST", "/hooks/a/b/c")),
            (RouteMatch::Nothing, RouteMatch::Nothing)
        );
    }
}
