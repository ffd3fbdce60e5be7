//! What a runtime rule is, and the `runtime_rule!` macro that keeps one rule in one file.

use std::fmt;
use std::ops::Deref;

use super::scene::Scene;
use crate::about::About;
use crate::audit::found::Found;
use crate::audit::memory::Window;

/// A rule over runtime events: documentation, metadata, fixtures and the function.
pub struct Rule {
    about: About,
    /// What must be given beside the events.
    pub needs: &'static [Needs],
    /// The kinds of events that it looks at, as [`catseye_event::runtime::Activity::kind`] names them.
    pub on: &'static [&'static str],
    /// The function.
    pub run: Run,
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
    pub const fn new(
        about: About,
        needs: &'static [Needs],
        on: &'static [&'static str],
        run: Run,
    ) -> Self {
        Rule {
            about,
            needs,
            on,
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
                &[$($($crate::runtime::rule::Needs::$need),+)?],
                &[$($on),+],
                $run,
            )
        };
    };
}
pub(crate) use runtime_rule;
