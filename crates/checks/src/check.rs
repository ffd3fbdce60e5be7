//! What a check is, and the `check!` macro that keeps one check in one file.

use std::fmt;

use catseye_model::{Kind, Object, PodView, Severity};

use crate::context::Context;
use crate::findings::Findings;

/// A posture check: documentation, metadata, examples and the function, declared by `check!`.
pub struct Check {
    /// The permanent id, such as `POD-001`; never reused.
    pub id: &'static str,
    /// How bad a failure is, unless a place says otherwise.
    pub severity: Severity,
    /// The rows of `catalogue.txt` that it answers.
    pub rows: &'static [&'static str],
    /// Manifests in which it finds something.
    pub fails: &'static [&'static str],
    /// Manifests in which it finds nothing.
    pub passes: &'static [&'static str],
    /// The function and the objects that it judges.
    pub run: Run,
    doc: &'static str,
    module: &'static str,
}

/// The function of a check.
#[derive(Clone, Copy)]
pub enum Run {
    /// Judges every workload, once, at its owner.
    Pods(fn(&PodView<'_>, &Context<'_>, &mut Findings)),
    /// Judges every object of some kinds.
    Objects(&'static [Kind], fn(&Object, &Context<'_>, &mut Findings)),
    /// Judges the objects that the first function chooses, also of kinds not known by name, and what
    /// they are in words. Other objects do not count as passed.
    ObjectsWhere(
        &'static str,
        fn(&Object) -> bool,
        fn(&Object, &Context<'_>, &mut Findings),
    ),
    /// Judges every object, also of kinds not known by name.
    AnyObject(fn(&Object, &Context<'_>, &mut Findings)),
}

impl Check {
    #[doc(hidden)]
    #[expect(clippy::too_many_arguments, reason = "called by check! alone")]
    pub const fn new(
        id: &'static str,
        severity: Severity,
        rows: &'static [&'static str],
        fails: &'static [&'static str],
        passes: &'static [&'static str],
        run: Run,
        doc: &'static str,
        module: &'static str,
    ) -> Self {
        Check {
            id,
            severity,
            rows,
            fails,
            passes,
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

    /// What is wrong when it fails, in a few words.
    pub fn title(&self) -> &'static str {
        self.doc.lines().next().unwrap_or_default().trim()
    }

    /// Why it matters: Markdown paragraphs between the title and the fix.
    pub fn explanation(&self) -> String {
        let body = self.doc.split_once('\n').map_or("", |(_, body)| body);
        unindent(
            body.split_once(FIX)
                .map_or(body, |(explanation, _)| explanation),
        )
    }

    /// What to do: Markdown.
    pub fn fix(&self) -> String {
        unindent(self.doc.split_once(FIX).map_or("", |(_, fix)| fix))
    }

    /// True when the check judges objects of this kind, or some of them.
    pub fn applies_to(&self, kind: Kind) -> bool {
        match self.run {
            Run::Pods(_) => kind.is_workload(),
            Run::Objects(kinds, _) => kinds.contains(&kind),
            Run::ObjectsWhere(..) | Run::AnyObject(_) => true,
        }
    }
}

const FIX: &str = "**Fix:**";

/// Takes away the blank that `///` leaves before each line, and surrounding blank lines.
fn unindent(text: &str) -> String {
    let lines: Vec<&str> = text
        .lines()
        .map(|line| line.strip_prefix(' ').unwrap_or(line))
        .collect();
    lines.join("\n").trim().to_owned()
}

impl fmt::Debug for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Check({})", self.id)
    }
}

/// Declares a check. The first line of its documentation is the title, what follows says what an
/// attacker gains, and `**Fix:**` what to do.
macro_rules! check {
    (
        $(#[doc = $doc:literal])*
        $id:literal {
            severity: $severity:ident,
            rows: [$($row:literal),* $(,)?],
            fails: [$($fails:expr),+ $(,)?],
            passes: [$($passes:expr),+ $(,)?],
            run: $run:expr $(,)?
        }
    ) => {
        $(#[doc = $doc])*
        pub(crate) static CHECK: $crate::check::Check = $crate::check::Check::new(
            $id,
            catseye_model::Severity::$severity,
            &[$($row),*],
            &[$($fails),+],
            &[$($passes),+],
            {
                #[allow(unused_imports, reason = "a check uses one of them")]
                use $crate::check::Run::{AnyObject, Objects, ObjectsWhere, Pods};
                $run
            },
            concat!($($doc, "\n",)*),
            module_path!(),
        );
    };
}
pub(crate) use check;
