//! The Markdown of checks as HTML: no raw HTML, no images, links to `https` only.

use pulldown_cmark::{CowStr, Event, Parser, Tag, TagEnd, html};

/// Renders Markdown of a check.
pub(super) fn of(markdown: &str) -> String {
    let mut html = String::with_capacity(markdown.len() * 2);
    html::push_html(&mut html, Parser::new(markdown).filter_map(harmless));
    html
}

fn harmless(event: Event<'_>) -> Option<Event<'_>> {
    match event {
        Event::Html(raw) | Event::InlineHtml(raw) => Some(Event::Text(raw)),
        Event::Start(Tag::Image { .. }) | Event::End(TagEnd::Image) => None,
        // Headings of a check stand below those of the page.
        Event::Start(Tag::Heading { .. }) => Some(Event::Start(Tag::Paragraph)),
        Event::End(TagEnd::Heading(_)) => Some(Event::End(TagEnd::Paragraph)),
        Event::Start(Tag::Link {
            link_type,
            dest_url,
            title,
            id,
        }) => {
            let dest_url = if dest_url.starts_with("https://") {
                dest_url
            } else {
                CowStr::Borrowed("#")
            };
            Some(Event::Start(Tag::Link {
                link_type,
                dest_url,
                title,
                id,
            }))
        }
        event => Some(event),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prose_has_paragraphs_lists_code_and_links() {
        let html = of("**a** `b`\n\n- c\n\n```yaml\nd: <e>\n```\n[f](https://g/)");
        assert_eq!(
            html,
            "<p><strong>a</strong> <code>b</code></p>\n<ul>\n<li>c</li>\n</ul>\n\
             <pre><code class=\"language-yaml\">d: &lt;e&gt;\n</code></pre>\n\
             <p><a href=\"https://g/\">f</a></p>\n"
        );
    }

    #[test]
    fn prose_holds_no_element_of_its_own() {
        let html = of("a <script> ![i](https://j/) [k](javascript:l)\n\n<img src=x>");
        assert!(
            !html.contains("<script") && !html.contains("<img"),
            "{html}"
        );
        assert!(!html.contains("javascript:"), "{html}");
    }
}
