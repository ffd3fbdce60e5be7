//! What a detection rule is, and the `detection!` macro that keeps one rule in one file.

use std::fmt;
use std::ops::Deref;

use catseye_event::Aspect;
use catseye_model::PodView;

use super::call::Call;
use super::found::Found;
use super::memory::Window;
use super::verbs::Verbs;
use crate::about::About;

/// A detection rule: documentation, metadata, event fixtures and the function, declared by
/// `detection!`.
pub struct Rule {
    about: About,
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
    /// The function.
    pub run: Run,
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
    pub const fn new(
        about: About,
        rows: &'static [&'static str],
        needs: &'static [Aspect],
        given: &'static [Given],
        on: &'static [(Verbs, &'static [&'static str])],
        when: Outcome,
        run: Run,
    ) -> Self {
        Rule {
            about,
            rows,
            needs,
            given,
            on,
            when,
            run,
        }
    }
}

/// A rule is what it says of itself, and the function that does it.
impl Deref for Rule {
    type Target = About;

    fn deref(&self) -> &About {
        &self.about
    }
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
                $crate::about::About {
                    id: $id,
                    severity: catseye_model::Severity::$severity,
                    tactic: $crate::detection::Tactic::$tactic,
                    technique: $technique,
                    fires: &[$($fires),+],
                    quiet: &[$($quiet),+],
                    doc: concat!($($doc, "\n",)*),
                    module: module_path!(),
                },
                &[$($row),+],
                &[$(catseye_event::Aspect::$need),*],
                &[$($($crate::audit::rule::Given::$given),+)?],
                &$on,
                $crate::audit::rule::Outcome::$when,
                $run,
            )
        };
    };
}
pub(crate) use detection;
