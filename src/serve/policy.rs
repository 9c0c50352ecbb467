//! The head of a request → the path of the site that is asked for, or why it is refused; never looks at a site, and
//! decodes exactly once.

use axum::http::header::{HOST, HeaderMap, HeaderName, ORIGIN};
use axum::http::{Method, StatusCode, Uri};
use std::net::IpAddr;

const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
const FETCH_MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");

/// Why a request is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// With which status.
    pub status: StatusCode,
    /// In words, for whoever looks into it.
    pub why: &'static str,
}

const fn refuse<T>(status: StatusCode, why: &'static str) -> Result<T, Refusal> {
    Err(Refusal { status, why })
}

/// The names by which the preview may be called.
#[derive(Clone, Debug)]
pub struct Names {
    /// The address that it listens at.
    bound: IpAddr,
    /// What the user called that address.
    given: String,
}

impl Names {
    /// Those of a preview that listens at `bound`, which the user called `given`.
    pub fn new(bound: IpAddr, given: &str) -> Names {
        Names { bound, given: given.to_ascii_lowercase() }
    }

    /// Whether `host`, without its port, is one of them.
    ///
    /// A foreign name that leads here (DNS rebinding) is none. An address is never somebody else's name, so that where
    /// we listen at all addresses, each is allowed.
    fn has(&self, host: &str) -> bool {
        let host = host.to_ascii_lowercase();
        if host == self.given && !host.is_empty() && host.parse::<IpAddr>().is_err() {
            return true;
        }
        if host == "localhost" {
            return self.bound.is_loopback() || self.bound.is_unspecified();
        }
        match address(&host) {
            Some(address) if self.bound.is_unspecified() => !address.is_unspecified(),
            Some(address) => address == self.bound || self.bound.is_loopback() && address.is_loopback(),
            None => false,
        }
    }
}

/// The address that a host is, in the one form that browsers write.
fn address(host: &str) -> Option<IpAddr> {
    let address: IpAddr = match host.strip_prefix('[') {
        Some(rest) => IpAddr::V6(rest.strip_suffix(']')?.parse().ok()?),
        None => IpAddr::V4(host.parse().ok()?),
    };
    let canonical = match address {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => format!("[{address}]"),
    };
    (canonical == host).then_some(address)
}

/// Checks who is called and who calls. Gives the host as the caller wrote it, with its port.
pub fn check<'h>(names: &Names, method: &Method, uri: &'h Uri, headers: &'h HeaderMap) -> Result<&'h str, Refusal> {
    let mut hosts = headers.get_all(HOST).iter();
    let (Some(host), None) = (hosts.next(), hosts.next()) else {
        return refuse(StatusCode::BAD_REQUEST, "a request names one host");
    };
    let Ok(host) = host.to_str() else { return refuse(StatusCode::BAD_REQUEST, "the host is no text") };
    if !is_allowed(names, host) || uri.authority().is_some_and(|authority| !is_allowed(names, authority.as_str())) {
        return refuse(StatusCode::FORBIDDEN, "this preview does not answer to that host name");
    }
    if *method != Method::GET && *method != Method::HEAD {
        return refuse(StatusCode::METHOD_NOT_ALLOWED, "a preview can only be read");
    }
    let is = |name: HeaderName, value: &str| headers.get(name).is_some_and(|found| found == value);
    if is(FETCH_SITE, "cross-site") && !is(FETCH_MODE, "navigate") {
        return refuse(StatusCode::FORBIDDEN, "other sites may link to this preview, and no more");
    }
    Ok(host)
}

fn is_allowed(names: &Names, host: &str) -> bool {
    let (name, port) = match host.rfind(':') {
        Some(at) if !host.ends_with(']') => (&host[..at], Some(&host[at + 1..])),
        _ => (host, None),
    };
    let is_port =
        |port: &str| !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()) && port.parse::<u16>().is_ok();
    names.has(name) && port.is_none_or(is_port)
}

/// Checks that the reload channel is opened by a page of ours, which was asked for at `host`.
pub fn check_origin(host: &str, headers: &HeaderMap) -> Result<(), Refusal> {
    let mut origins = headers.get_all(ORIGIN).iter();
    match (origins.next().and_then(|origin| origin.to_str().ok()), origins.next()) {
        (Some(origin), None) if origin.strip_prefix("http://").is_some_and(|rest| rest.eq_ignore_ascii_case(host)) => {
            Ok(())
        }
        _ => refuse(StatusCode::FORBIDDEN, "only the preview's own pages may listen"),
    }
}

/// The path that a request asks for, decoded.
pub fn path(uri: &Uri) -> Result<String, Refusal> {
    let raw = uri.path();
    if !raw.starts_with('/') {
        return refuse(StatusCode::BAD_REQUEST, "a path starts with a slash");
    }
    let bytes = raw.as_bytes();
    for (at, _) in raw.match_indices('%') {
        let digits = bytes.get(at + 1..at + 3).unwrap_or_default();
        if digits.len() < 2 || !digits.iter().all(u8::is_ascii_hexdigit) {
            return refuse(StatusCode::BAD_REQUEST, "a percent sign stands before two hexadecimal digits");
        }
        if digits.eq_ignore_ascii_case(b"2f") {
            return refuse(StatusCode::BAD_REQUEST, "a slash is never encoded");
        }
    }
    let Some(path) = crate::path::decode(raw) else { return refuse(StatusCode::BAD_REQUEST, "a path is UTF-8") };
    if path.contains('\\') || path.chars().any(char::is_control) {
        return refuse(StatusCode::BAD_REQUEST, "no path of a site has a backslash or a control character");
    }
    if path.split('/').any(|part| part == "." || part == "..") {
        return refuse(StatusCode::BAD_REQUEST, "no path of a site has a dot segment");
    }
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_ours_or_nobodys() {
        let local = Names::new([127, 0, 0, 1].into(), "127.0.0.1");
        for host in ["localhost", "LOCALHOST:4321", "127.0.0.1", "127.0.0.1:80", "[::1]:4321", "[::1]", "127.0.0.2:1"] {
            assert!(is_allowed(&local, host), "{host}");
        }
        let strangers = [
            "",
            "evil.example",
            "localhost.evil.example",
            "localhost.",
            "127.0.0.1.",
            "127.1",
            "0x7f.0.0.1",
            "2130706433",
            "0.0.0.0",
            "10.0.0.1:4321",
            "localhost:",
            "localhost:x",
            "localhost:99999",
            "a@localhost",
            "localhost@evil",
            "[::ffff:127.0.0.1]",
            "::1",
            "[::1",
            "localhost:1:2",
            "127.0.0.1 ",
            "localhost/",
            ":4321",
        ];
        for host in strangers {
            assert!(!is_allowed(&local, host), "{host}");
        }
        let open = Names::new([0, 0, 0, 0].into(), "my-desk.local");
        for host in ["my-desk.local:4321", "192.168.1.5:4321", "localhost"] {
            assert!(is_allowed(&open, host), "{host}");
        }
        assert!(!is_allowed(&open, "evil.example") && !is_allowed(&open, "0.0.0.0"));
    }

    #[test]
    fn a_path_is_decoded_once() {
        let of = |text: &str| path(&text.parse().unwrap());
        assert_eq!(of("/a%20b/?q=%2f"), Ok("/a b/".into()));
        assert_eq!(of("/%252e%252e/"), Ok("/%2e%2e/".into()));
        assert_eq!(of("/%C3%BC/"), Ok("/ü/".into()));
        for bad in ["/../x", "/a/%2e%2e/b", "/a/./b", "/a%2fb", "/a%5Cb", "/%00", "/%", "/%zz", "/%c3", "/a%0ab", "/.."]
        {
            assert_eq!(of(bad).map_err(|refusal| refusal.status.as_u16()), Err(400), "{bad}");
        }
    }
}
