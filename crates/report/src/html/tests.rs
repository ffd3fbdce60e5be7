//! What holds of every page: structure, escaping, no outside request.

use super::*;
use crate::fixture;

/// Elements that open in `page`, outside style and script.
fn elements(page: &str) -> Vec<&str> {
    let (before, rest) = page.split_once("<style>").unwrap();
    let (_, rest) = rest.split_once("</style>").unwrap();
    let (rest, _) = rest.rsplit_once("<script>").unwrap();
    [before, rest]
        .iter()
        .flat_map(|part| part.split('<').skip(1))
        .map(|tag| tag.split(['>', ' ']).next().unwrap())
        .filter(|name| !name.starts_with('/'))
        .collect()
}

#[test]
fn hostile_names_add_no_element() {
    let hostile = fixture::hostile();
    let page = render(&hostile);
    for forbidden in ["img", "script", "iframe", "object", "base"] {
        assert!(!elements(&page).contains(&forbidden), "{forbidden}");
    }
    assert!(page.contains("&lt;img src=x onerror=alert(1)&gt;&lt;/script&gt;"));
    assert!(!page.contains('\u{202e}') && !page.contains('\u{1}'));
    // Names occur in attributes, too: a quote that got through would add one.
    assert_eq!(
        page.matches("onerror=").count(),
        page.matches("src=x onerror=alert(1)&gt;").count()
    );
}

#[test]
fn the_page_loads_nothing() {
    let page = render(&fixture::shop());
    for attribute in [
        "src=",
        "srcset=",
        "@import",
        "url(",
        "style=\"",
        "<link",
        "<form action",
    ] {
        assert!(!page.contains(attribute), "{attribute}");
    }
    // What is left of the network: links that someone may follow, in the prose of checks.
    for (at, _) in page.match_indices("http") {
        let before = page.get(..at).unwrap();
        assert!(
            before.ends_with("href=\"") || before.ends_with("<meta "),
            "{}",
            &page[at..at + 40]
        );
    }
}

#[test]
fn the_policy_admits_this_style_and_this_script() {
    let page = render(&fixture::shop());
    let between = |open: &str, close: &str| {
        page.split_once(open)
            .unwrap()
            .1
            .split_once(close)
            .unwrap()
            .0
            .to_owned()
    };
    for text in [
        between("<style>", "</style>"),
        between("<script>", "</script>"),
    ] {
        assert!(page.contains(&format!("'{}'", hash(&text))));
    }
    assert_eq!(
        hash(""),
        "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
    );
}

#[test]
fn every_link_within_the_page_has_its_target() {
    let page = render(&fixture::shop());
    for link in page.split("href=\"#").skip(1) {
        let id = link.split('"').next().unwrap();
        assert!(page.contains(&format!("id=\"{id}\"")), "{id}");
    }
}

#[test]
fn ids_are_unique() {
    let page = render(&fixture::hostile());
    let mut seen = std::collections::BTreeSet::new();
    for rest in page.split(" id=\"").skip(1) {
        let id = rest.split('"').next().unwrap();
        assert!(seen.insert(id), "{id}");
    }
}

#[test]
fn a_check_is_explained_once() {
    let scan = fixture::large(1200);
    let page = render(&scan);
    assert_eq!(scan.findings.len(), 4871);
    assert_eq!(page.matches("which it forges packets").count(), 1);
    assert!(page.len() < 6_000_000, "{}", page.len());
}

#[test]
fn a_clean_scan_says_so() {
    let page = render(&fixture::scan(Vec::new()));
    assert!(page.contains("Nothing found."));
    assert!(!page.contains("id=\"filters\"") || page.contains("<h2"));
    assert!(!elements(&page).contains(&"form"));
}

/// `cargo test -p catseye-report show_a_page -- --ignored --nocapture` for a look in a browser.
#[test]
#[ignore = "prints a page to be looked at"]
fn show_a_page() {
    let scan = match option_env!("CATSEYE_PAGE") {
        Some("large") => fixture::large(1200),
        Some("hostile") => fixture::hostile(),
        Some("clean") => fixture::scan(Vec::new()),
        _ => fixture::shop(),
    };
    print!("{}", render(&scan));
}
