//! Guards the inbox and the sandbox's controls: only the developer who runs it may use them, and no page of another
//! site that the developer visits.
//!
//! A browser lets any page post to `http://127.0.0.1:4010`. By DNS rebinding a page can even read the reply: the
//! browser then takes the sandbox for the page's own host, whose name is in `Host`. A request that came over no network
//! has neither `Host` nor `Origin`.

use std::net::IpAddr;

use super::http::{Reply, Request};

/// Whether a path is the inbox or a control. Any client may call the vendors' own paths, with the vendor's password.
pub(super) fn is_control(path: &str) -> bool {
    matches!(path, "/" | "/inbox" | "/inbox/wait" | "/faults" | "/replies") || path.starts_with("/push/")
}

/// Rejects a request that a page of another site made. `hosts` are the sandbox's host names, beside its addresses.
pub(super) fn rejection(request: &Request, hosts: &[String]) -> Option<Reply> {
    let host = host_of(request.header("host"));
    let is_known = |name: &str| hosts.iter().any(|known| known.eq_ignore_ascii_case(name));
    // A page can rebind a name but not an address.
    if !(host.is_empty() || is_loopback(host) || host.parse::<IpAddr>().is_ok() || is_known(host)) {
        return Some(Reply::text(
            403,
            "the sandbox is not reached by this host name: use its address, or name the host by --allow-host",
        ));
    }
    let origin = request.header("origin");
    let (_, origin_host) = origin.split_once("://").unwrap_or_default();
    let is_own = |name: &str| is_loopback(name) || name.eq_ignore_ascii_case(host) || is_known(name);
    let is_foreign = match origin {
        // A page cannot read another origin, or post to it, without `Origin`. A link to the inbox has none.
        "" => request.header("sec-fetch-site") == "cross-site" && request.header("sec-fetch-mode") != "navigate",
        _ => origin_host.is_empty() || !is_own(host_of(origin_host)),
    };
    is_foreign.then(|| Reply::text(403, "a page of another site may not control the sandbox"))
}

/// The host without its port and its brackets.
fn host_of(authority: &str) -> &str {
    match authority.strip_prefix('[') {
        Some(bracketed) => bracketed.split(']').next().unwrap_or_default(),
        None => authority.split(':').next().unwrap_or_default(),
    }
}

/// Whether a host is certainly this machine: browsers look up no name below `localhost`.
fn is_loopback(host: &str) -> bool {
    let host = host.to_ascii_lowercase();
    host == "localhost"
        || host.ends_with(".localhost")
        || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_rejected(headers: &[(&str, &str)]) -> bool {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let request = Request { method: "POST".into(), url: "/faults".into(), headers, body: Vec::new() };
        rejection(&request, &["sandbox".to_owned()]).is_some_and(|reply| reply.status == 403)
    }

    #[test]
    fn local_request_controls_the_sandbox() {
        for headers in [
            &[][..],
            &[("host", "127.0.0.1:4010")],
            &[("host", "localhost:4010")],
            &[("host", "LOCALHOST")],
            &[("host", "[::1]:4010")],
            &[("host", "dev.localhost:4010")],
            &[("host", "192.168.1.7:4010")],
            &[("host", "sandbox:4010")],
            &[("host", "127.0.0.1:4010"), ("origin", "http://127.0.0.1:8787")],
            &[("host", "127.0.0.1:4010"), ("origin", "http://localhost:3000")],
            &[("host", "192.168.1.7:4010"), ("origin", "http://192.168.1.7:4010")],
            &[("host", "127.0.0.1:4010"), ("sec-fetch-site", "same-origin")],
            &[("host", "127.0.0.1:4010"), ("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "navigate")],
        ] {
            assert!(!is_rejected(headers), "{headers:?}");
        }
    }

    #[test]
    fn request_of_another_site_is_rejected() {
        for headers in [
            &[("host", "evil.example:4010")][..],
            &[("host", "evil.example")],
            &[("host", "127.0.0.1.evil.example")],
            &[("host", "localhost.evil.example:4010")],
            &[("host", "evillocalhost")],
            &[("host", "evil.example"), ("origin", "http://evil.example")],
            &[("host", "127.0.0.1:4010"), ("origin", "https://evil.example")],
            &[("host", "127.0.0.1:4010"), ("origin", "http://127.0.0.1.evil.example")],
            &[("host", "127.0.0.1:4010"), ("origin", "http://203.0.113.7")],
            &[("host", "127.0.0.1:4010"), ("origin", "null")],
            &[("host", "127.0.0.1:4010"), ("origin", "evil")],
            &[("host", "127.0.0.1:4010"), ("origin", "http://localhost@evil.example")],
            &[("host", "127.0.0.1:4010"), ("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "no-cors")],
            &[("origin", "https://evil.example")],
        ] {
            assert!(is_rejected(headers), "{headers:?}");
        }
    }

    #[test]
    fn control_routes_are_guarded_and_vendor_routes_are_not() {
        for path in ["/", "/inbox", "/inbox/wait", "/faults", "/replies", "/push/apiv1", "/push/"] {
            assert!(is_control(path), "{path}");
        }
        assert!(!is_control("/smsadmin/inbox") && !is_control("/apiv1/api/v1/send"));
    }
}
