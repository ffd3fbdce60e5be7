//! The score of each folder.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use catseye_checks::score;

use crate::scan::{FolderScore, ObjectScore};

/// The mean score of what is in each folder and below; `.` holds everything.
pub(super) fn folders(scores: &[ObjectScore]) -> Vec<FolderScore> {
    let mut members: BTreeMap<&str, Vec<&ObjectScore>> = BTreeMap::new();
    for score in scores {
        let mut folder = &*score.file;
        while let Some((parent, _)) = folder.rsplit_once('/') {
            members.entry(parent).or_default().push(score);
            folder = parent;
        }
        members.entry(".").or_default().push(score);
    }
    members
        .into_iter()
        .map(|(folder, members)| {
            let score = score::mean(members.iter().map(|member| member.score));
            let mut explained = format!(
                "{score} = mean of {} object{}",
                members.len(),
                if members.len() == 1 { "" } else { "s" }
            );
            if let Some(worst) = members.iter().min_by_key(|member| member.score) {
                let _ = write!(
                    explained,
                    "; lowest: {} at {}",
                    worst.object.display(),
                    worst.score
                );
            }
            FolderScore {
                folder: folder.to_owned(),
                score,
                objects: members.len(),
                explained,
            }
        })
        .collect()
}
