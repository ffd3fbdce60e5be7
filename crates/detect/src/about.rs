//! What every rule says of itself, whatever events it judges.

use catseye_model::Severity;

use crate::detection::Tactic;

/// A rule's name, documentation and fixtures, as its file gives them.
#[derive(Debug)]
pub struct About {
    /// The permanent id, such as `AUD-083`; never reused.
    pub id: &'static str,
    /// How bad a match is, unless an event lowers or raises it.
    pub severity: Severity,
    /// What the attacker is after.
    pub tactic: Tactic,
    /// The MITRE ATT&CK technique.
    pub technique: &'static str,
    /// Events that it fires on, as YAML.
    pub fires: &'static [&'static str],
    /// Events that it keeps quiet on.
    pub quiet: &'static [&'static str],
    /// The documentation of the rule, a line a line.
    pub(crate) doc: &'static str,
    /// The path of the rule's module.
    pub(crate) module: &'static str,
}

impl About {
    /// The name: that of its file, with dashes.
    pub fn name(&self) -> String {
        self.file_name().replace('_', "-")
    }

    /// The folder that it stands in.
    pub fn area(&self) -> &'static str {
        self.module.rsplit("::").nth(1).unwrap_or_default()
    }

    /// The name of its file, without ending.
    pub fn file_name(&self) -> &'static str {
        self.module.rsplit("::").next().unwrap_or_default()
    }

    /// What it detects, in a few words.
    pub fn title(&self) -> &'static str {
        self.doc.lines().next().unwrap_or_default().trim()
    }

    /// Why it matters: Markdown paragraphs between the title and the notes.
    pub fn explanation(&self) -> String {
        let body = self.doc.split_once('\n').map_or("", |(_, body)| body);
        unindent(body.split_once(BENIGN).map_or(body, |(before, _)| before))
    }

    /// When it fires on what is no attack: Markdown.
    pub fn false_positives(&self) -> String {
        let after = self.doc.split_once(BENIGN).map_or("", |(_, after)| after);
        unindent(
            after
                .split_once(RESPONSE)
                .map_or(after, |(before, _)| before),
        )
    }

    /// What to do about a match: Markdown.
    pub fn response(&self) -> String {
        unindent(self.doc.split_once(RESPONSE).map_or("", |(_, after)| after))
    }
}

const BENIGN: &str = "**Benign:**";
const RESPONSE: &str = "**Respond:**";

/// Takes away the blank that `///` leaves before each line, and surrounding blank lines.
fn unindent(text: &str) -> String {
    let lines: Vec<&str> = text
        .lines()
        .map(|line| line.strip_prefix(' ').unwrap_or(line))
        .collect();
    lines.join("\n").trim().to_owned()
}

/// What holds for every rule, by its file: it is documented, and stands where it says. `area` is the list
/// that it is in.
#[cfg(test)]
pub(crate) fn assert_well_formed(about: &About, prefix: &str, area: &str) {
    let id = about.id;
    let number = id.strip_prefix(prefix).expect("the prefix of its kind");
    assert!(number.len() == 3 && number.parse::<u16>().is_ok(), "{id}");
    assert_eq!(about.area(), area, "{id}");
    let title = about.title();
    assert!(!title.is_empty() && !title.ends_with('.'), "{id}");
    assert!(about.explanation().len() > 60, "{id} explains too little");
    assert!(
        about.false_positives().len() > 10,
        "{id} has no **Benign:**"
    );
    assert!(about.response().len() > 10, "{id} has no **Respond:**");
    assert!(about.technique.starts_with('T'), "{id}");
}
