//! The way back for those who write through Git: a pull request that keeps a change, or drops it.

use std::fmt::Write as _;

use crate::plan::{Plan, Step};

/// The body of a pull request, or of an issue, in Markdown.
pub fn body(plan: &Plan) -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = writeln!(
        text,
        "## Drift to settle\n\nMade for {} at {}; holds until {}.\n",
        plan.author, plan.made, plan.expires
    );
    for action in &plan.actions {
        let _ = writeln!(text, "### {}\n", action.key);
        match &action.step {
            Step::Patch { edits } => {
                for edit in edits {
                    let value = edit
                        .to
                        .as_ref()
                        .map_or("(nothing)".to_owned(), ToString::to_string);
                    let _ = writeln!(text, "- `{}` back to `{value}`", edit.path);
                }
            }
            Step::Create { .. } => text.push_str("- make it again as the manifest says\n"),
            Step::Delete => text.push_str("- delete it, or add it to the manifests\n"),
        }
        for effect in &action.mends {
            let _ = writeln!(
                text,
                "- mends {} ({}): {}",
                effect.check, effect.severity, effect.message
            );
        }
        text.push('\n');
    }
    for key in &plan.left {
        let _ = writeln!(
            text,
            "### {key}: left alone\n\nNobody desires it: add it to the manifests, or ask for its deletion.\n"
        );
    }
    for refusal in &plan.refused {
        let _ = writeln!(
            text,
            "### {}: left alone\n\n{}\n",
            refusal.key, refusal.reason
        );
        for effect in &refusal.breaks {
            let _ = writeln!(
                text,
                "- desired breaks {} ({}): {}",
                effect.check, effect.severity, effect.message
            );
        }
    }
    text
}
