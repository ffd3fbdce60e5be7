//! The dashboard's files, which are part of the program: found by exact name, so that no path leads
//! anywhere else.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};

use crate::api::dispatch::sha256;

/// A file of `ui/dist`.
struct File {
    name: &'static str,
    plain: &'static [u8],
    brotli: Option<&'static [u8]>,
}

const FILES: &[File] = include!(concat!(env!("OUT_DIR"), "/assets.rs"));

/// By name, with the `ETag`.
static KNOWN: LazyLock<BTreeMap<&'static str, (&'static File, String)>> = LazyLock::new(|| {
    FILES
        .iter()
        .map(|file| (file.name, (file, format!("\"{}\"", sha256(file.plain)))))
        .collect()
});

/// What is shown when the program was built without the dashboard.
const ABSENT: &str = "\
<!doctype html>
<html lang=\"en\">
<head><meta charset=\"utf-8\"><title>Catseye</title></head>
<body>
<h1>Catseye</h1>
<p>The hub runs. This program was built without the dashboard: build it in <code>ui/</code>, then build the program again.</p>
<p>The API is at <a href=\"/api/v1/health\">/api/v1</a>.</p>
</body>
</html>
";

/// Whether the dashboard is part of this program.
pub fn is_present() -> bool {
    KNOWN.contains_key("index.html")
}

/// The file under a path; the page itself for every path that is a place within it.
pub(crate) fn answer(path: &str, headers: &HeaderMap) -> Option<Response> {
    let name = path.trim_start_matches('/');
    let found = KNOWN
        .get(name)
        .or_else(|| is_place(name).then(|| KNOWN.get("index.html")).flatten());
    let Some((file, tag)) = found else {
        let is_page = name.is_empty() || name == "index.html";
        return is_page.then(|| page(ABSENT.as_bytes(), "text/html; charset=utf-8"));
    };
    let sent = headers
        .get(header::IF_NONE_MATCH)
        .and_then(|tag| tag.to_str().ok());
    let is_known = sent.is_some_and(|sent| sent.split(',').any(|one| one.trim() == tag));
    let accepts = headers
        .get_all(header::ACCEPT_ENCODING)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|coding| {
            let mut parts = coding.split(';');
            parts.next().is_some_and(|name| name.trim() == "br")
                && !parts.any(|part| matches!(part.trim(), "q=0" | "q=0.0" | "q=0.00" | "q=0.000"))
        });
    let mut response = if is_known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        match file.brotli.filter(|_| accepts) {
            Some(packed) => {
                let mut response = page(packed, kind(file.name));
                response
                    .headers_mut()
                    .insert(header::CONTENT_ENCODING, HeaderValue::from_static("br"));
                response
            }
            None => page(file.plain, kind(file.name)),
        }
    };
    let headers = response.headers_mut();
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    // Names under assets/ hold the hash of what is in them.
    let lasting = if file.name.starts_with("assets/") {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(lasting));
    if let Ok(tag) = HeaderValue::try_from(tag.as_str()) {
        headers.insert(header::ETAG, tag);
    }
    Some(response)
}

/// True for a place within the page: `applications/shop`, `events/2026.11`. What looks like a file, an
/// answer of the API or a way out of the folder is none.
fn is_place(name: &str) -> bool {
    let mut parts = name.split('/');
    let first = parts.next().unwrap_or_default();
    let leads_out = name.split('/').any(|part| {
        let dots = part.replace("%2e", ".").replace("%2E", ".");
        dots == "." || dots == ".."
    });
    !leads_out && !first.contains('.') && first != "api" && first != "assets"
}

fn page(body: &'static [u8], kind: &'static str) -> Response {
    let mut response = body.into_response();
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}

fn kind(name: &str) -> &'static str {
    match name.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "map" | "webmanifest" => "application/json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "wasm" => "application/wasm",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}
