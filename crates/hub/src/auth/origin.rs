//! Requests that a browser was talked into: refused by where they come from.
//!
//! The session cookie is `SameSite=Strict`, which old browsers and sites of the same registrable name
//! get around; so a write by cookie needs a header that no form can set, and an `Origin` that is ours.

use http::{HeaderMap, Method, header};

use crate::api::contract::problem::{Code, Problem};

/// The header that a write by cookie must carry.
pub(crate) const HEADER: &str = "x-catseye";

/// Refuses a write by cookie that may come from another site.
pub(crate) fn check_same_site(method: &Method, headers: &HeaderMap) -> Result<(), Problem> {
    if method.is_safe() {
        return Ok(());
    }
    let refused = |detail: &str| {
        Err(Problem::new(
            Code::CrossSite,
            detail,
            "send the header X-Catseye: 1, from the dashboard's own address",
        ))
    };
    if !headers.contains_key(HEADER) {
        return refused("a write by cookie without the header X-Catseye");
    }
    if let Some(site) = headers.get("sec-fetch-site")
        && site != "same-origin"
        && site != "none"
    {
        return refused("a write that another site asked for");
    }
    if let Some(origin) = headers.get(header::ORIGIN) {
        let origin = origin.to_str().unwrap_or_default();
        let authority = origin.split_once("://").map_or("", |(_, rest)| rest);
        let host = headers
            .get(header::HOST)
            .and_then(|host| host.to_str().ok());
        if host != Some(authority) {
            return refused("a write with the Origin of another site");
        }
    }
    Ok(())
}

/// Refuses to log in by a link that another site led to: its visitor would be somebody else without knowing.
pub(crate) fn check_link(headers: &HeaderMap) -> Result<(), Problem> {
    match headers.get("sec-fetch-site") {
        Some(site) if site != "same-origin" && site != "none" => Err(Problem::new(
            Code::CrossSite,
            "a link of another site that would log in",
            "open the address that the hub printed yourself",
        )),
        _ => Ok(()),
    }
}

/// On loopback, refuses names that are not loopback's: a name of somebody else's that resolves to
/// 127.0.0.1 would make their page one of ours (DNS rebinding).
pub(crate) fn check_host(headers: &HeaderMap) -> Result<(), Problem> {
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    let name = host.map(|host| match host.rsplit_once(':') {
        // The last colon of `[::1]` is within the brackets.
        Some((name, port)) if !port.contains(']') => name,
        _ => host,
    });
    match name {
        None | Some("localhost" | "127.0.0.1" | "[::1]") => Ok(()),
        Some(name) if name.ends_with(".localhost") => Ok(()),
        Some(_) => Err(Problem::new(
            Code::CrossSite,
            "the Host header names another machine",
            "use http://127.0.0.1 or http://localhost",
        )),
    }
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, Method};

    use super::{check_host, check_same_site};

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let pairs = pairs
            .iter()
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
        pairs.collect()
    }

    #[test]
    fn only_our_own_pages_write() {
        let ours = [
            ("x-catseye", "1"),
            ("host", "127.0.0.1:8080"),
            ("origin", "http://127.0.0.1:8080"),
        ];
        let table: [(&[(&str, &str)], bool); 5] = [
            (&ours, true),
            (&ours[..2], true),
            (&ours[1..], false),
            (
                &[ours[0], ours[1], ("origin", "https://evil.example")],
                false,
            ),
            (&[ours[0], ours[1], ("sec-fetch-site", "cross-site")], false),
        ];
        for (pairs, expected) in table {
            let answer = check_same_site(&Method::POST, &headers(pairs));
            assert_eq!(answer.is_ok(), expected, "{pairs:?}");
        }
        assert!(check_same_site(&Method::GET, &headers(&[])).is_ok());
    }

    #[test]
    fn only_names_of_loopback_are_loopback() {
        for host in [
            "localhost",
            "localhost:80",
            "127.0.0.1:8080",
            "[::1]:1",
            "[::1]",
            "a.localhost:1",
        ] {
            let headers = [(http::header::HOST, host.parse().unwrap())]
                .into_iter()
                .collect();
            assert!(check_host(&headers).is_ok(), "{host}");
        }
        for host in ["evil.example", "127.0.0.1.evil.example:80", "10.0.0.1", ""] {
            let headers = [(http::header::HOST, host.parse().unwrap())]
                .into_iter()
                .collect();
            assert!(check_host(&headers).is_err(), "{host}");
        }
    }
}
