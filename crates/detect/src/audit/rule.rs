//! What a detection rule is, and the `detection!` macro that keeps one rule in one file.

use std::fmt;

use catseye_event::Aspect;
use catseye_model::{PodView, Severity};

use super::call::Call;
use super::found::Found;
use super::memory::Window;
use super::verbs::Verbs;
use crate::detection::Tactic;

/// A detection rule: documentation, metadata, event fixtures and the function, declared by
/// `detection!`.
pub struct Rule {
    /// The permanent id, such as `AUD-083`; never reused.
    pub id: &'static str,
    /// How bad a match is, unless an event lowers or raises it.
    pub severity: Severity,
    /// What the attacker is after.
    pub tactic: Tactic,
    /// The MITRE ATT&CK technique.
    pub technique: &'static str,
    /// The rows of `catalogue.txt` that it answers.
    pub rows: &'static [&'static str],
    /// What an event must show for the rule to be judged on it.
    pub needs: &'static [Aspect],
    /// What must be given beside the log.
    pub given: &'static [Given],
    /// The calls that it looks at: verbs, and resources as `pods/exec` or `deployments.apps`.
    pub on: &'static [(Verbs, &'static [&'static str])],
    /// How such a call must have ended.
    pub when: Outcome,
    /// Events that it fires on, as YAML.
    pub fires: &'static [&'static str],
    /// Events that it keeps quiet on.
    pub quiet: &'static [&'static str],
    /// The function.
    pub run: Run,
    doc: &'static str,
    module: &'static str,
}

/// What a rule asks for beside the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Given {
    /// The cluster's objects.
    Inventory,
    /// A list of malicious addresses.
    MaliciousAddresses,
    /// A list of anonymising proxies.
    Anonymisers,
}

impl Given {
    /// What it is, and how to give it.
    pub fn words(self) -> &'static str {
        match self {
            Given::Inventory => "the cluster's objects (--inventory)",
            Given::MaliciousAddresses => {
                "a list of malicious addresses (catseye.toml: [audit] malicious)"
            }
            Given::Anonymisers => {
                "a list of anonymising proxies (catseye.toml: [audit] anonymisers)"
            }
        }
    }
}

/// How a call ended, as far as a rule cares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It did what it asked for.
    Succeeded,
    /// The caller had the right, whatever came of it: a 404 of an attack is still an attack.
    Permitted,
    /// The caller was not known, or had no right.
    Refused,
    /// Any of these.
    Any,
}

impl Outcome {
    /// True when a call that ended so counts.
    pub(super) fn admits(self, end: End) -> bool {
        match self {
            Outcome::Any => true,
            Outcome::Refused => end == End::Refused,
            Outcome::Permitted => end != End::Refused,
            Outcome::Succeeded => end == End::Succeeded,
        }
    }
}

/// How one call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// The caller was not known, or had no right.
    Refused,
    /// The caller had the right, and nothing came of it.
    Failed,
    /// It did what it asked for.
    Succeeded,
}

impl End {
    pub(super) const ALL: [End; 3] = [End::Refused, End::Failed, End::Succeeded];
}

/// The function of a rule.
#[derive(Clone, Copy)]
pub enum Run {
    /// Judges one call.
    Call(fn(&Call<'_, '_>, &mut Found)),
    /// Judges the pod spec that a call writes: of any workload kind, whole or as a patch.
    Pod(fn(&PodView<'_>, &Call<'_, '_>, &mut Found)),
    /// Judges one call by what went before it.
    Sequence(fn(&Call<'_, '_>, &mut Window<'_>, &mut Found)),
}

impl Rule {
    #[doc(hidden)]
    #[expect(clippy::too_many_arguments, reason = "called by detection! alone")]
    pub const fn new(
        id: &'static str,
        severity: Severity,
        (tactic, technique): (Tactic, &'static str),
        rows: &'static [&'static str],
        needs: &'static [Aspect],
        given: &'static [Given],
        on: &'static [(Verbs, &'static [&'static str])],
        when: Outcome,
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
            rows,
            needs,
            given,
            on,
            when,
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
macro_rules! detection {
    (
        $(#[doc = $doc:literal])*
        $id:literal {
            severity: $severity:ident,
            attack: $tactic:ident $technique:literal,
            rows: [$($row:literal),+ $(,)?],
            needs: [$($need:ident),* $(,)?],
            $(given: [$($given:ident),+ $(,)?],)?
            on: $on:expr,
            when: $when:ident,
            fires: [$($fires:expr),+ $(,)?],
            quiet: [$($quiet:expr),+ $(,)?],
            run: $run:expr $(,)?
        }
    ) => {
        $(#[doc = $doc])*
        pub(crate) static RULE: $crate::audit::rule::Rule = {
            #[allow(unused_imports, reason = "a rule uses some of them")]
            use $crate::audit::{resources::*, rule::Run::{Call, Pod, Sequence}, verbs::*};
            $crate::audit::rule::Rule::new(
                $id,
                catseye_model::Severity::$severity,
                ($crate::detection::Tactic::$tactic, $technique),
                &[$($row),+],
                &[$(catseye_event::Aspect::$need),*],
                &[$($($crate::audit::rule::Given::$given),+)?],
                &$on,
                $crate::audit::rule::Outcome::$when,
                &[$($fires),+],
                &[$($quiet),+],
                $run,
                concat!($($doc, "\n",)*),
                module_path!(),
            )
        };
    };
}
pub(crate) use detection;
