//! What a runtime rule is, and the `runtime_rule!` macro that keeps one rule in one file.

use std::fmt;

use catseye_model::Severity;

use super::scene::Scene;
use crate::audit::found::Found;
use crate::audit::memory::Window;
use crate::detection::Tactic;

/// A rule over runtime events: documentation, metadata, fixtures and the function.
pub struct Rule {
    /// The permanent id, such as `RUN-001`; never reused.
    pub id: &'static str,
    /// How bad a match is, unless an event lowers or raises it.
    pub severity: Severity,
    /// What the attacker is after.
    pub tactic: Tactic,
    /// The MITRE ATT&CK technique.
    pub technique: &'static str,
    /// What must be given beside the events.
    pub needs: &'static [Needs],
    /// The kinds of events that it looks at, as [`catseye_event::runtime::Activity::kind`] names them.
    pub on: &'static [&'static str],
    /// Events that it fires on, as YAML.
    pub fires: &'static [&'static str],
    /// Events that it keeps quiet on.
    pub quiet: &'static [&'static str],
    /// The function.
    pub run: Run,
    doc: &'static str,
    module: &'static str,
}

/// What a rule asks for beside the events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Needs {
    /// The cluster's objects.
    Inventory,
    /// Lists of known bad addresses.
    ListedAddresses,
    /// Lists of known bad domains.
    ListedDomains,
}

impl Needs {
    /// What it is, and how to give it.
    pub fn words(self) -> &'static str {
        match self {
            Needs::Inventory => "the cluster's objects (--inventory)",
            Needs::ListedAddresses => "a list of malicious addresses (--intel)",
            Needs::ListedDomains => "a list of malicious domains (--intel)",
        }
    }
}

/// The function of a rule.
#[derive(Clone, Copy)]
pub enum Run {
    /// Judges one event.
    One(fn(&Scene<'_>, &mut Found)),
    /// Judges one event by what went before it.
    Sequence(fn(&Scene<'_>, &mut Window<'_>, &mut Found)),
}

impl Rule {
    #[doc(hidden)]
    #[expect(clippy::too_many_arguments, reason = "called by runtime_rule! alone")]
    pub const fn new(
        id: &'static str,
        severity: Severity,
        (tactic, technique): (Tactic, &'static str),
        needs: &'static [Needs],
        on: &'static [&'static str],
        fires: &'static [&'static str],
        quiet: &'static [&'static str],
        run: Run,
        doc: &'static str,
        module: &'static str,
    ) -> Self {
        Rule {
            id,
            severity,
            tactic,
            technique,
            needs,
            on,
            fires,
            quiet,
            run,
            doc,
            module,
        }
    }

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

impl fmt::Debug for Rule {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Rule({})", self.id)
    }
}

/// Declares a rule. The first line of its documentation is the title, what follows says what an
/// attacker gains; `**Benign:**` names what else looks like it, `**Respond:**` says what to do.
macro_rules! runtime_rule {
    (
        $(#[doc = $doc:literal])*
        $id:literal {
            severity: $severity:ident,
            attack: $tactic:ident $technique:literal,
            $(needs: [$($need:ident),+ $(,)?],)?
            on: [$($on:literal),+ $(,)?],
            fires: [$($fires:expr),+ $(,)?],
            quiet: [$($quiet:expr),+ $(,)?],
            run: $run:expr $(,)?
        }
    ) => {
        $(#[doc = $doc])*
        pub(crate) static RULE: $crate::runtime::rule::Rule = {
            #[allow(unused_imports, reason = "a rule uses one of them")]
            use $crate::runtime::rule::Run::{One, Sequence};
            $crate::runtime::rule::Rule::new(
                $id,
                catseye_model::Severity::$severity,
                ($crate::detection::Tactic::$tactic, $technique),
                &[$($($crate::runtime::rule::Needs::$need),+)?],
                &[$($on),+],
                &[$($fires),+],
                &[$($quiet),+],
                $run,
                concat!($($doc, "\n",)*),
                module_path!(),
            )
        };
    };
}
pub(crate) use runtime_rule;
