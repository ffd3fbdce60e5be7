//! Findings grouped by object, the object with the worst finding first.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use catseye_model::Severity;

use crate::scan::{Finding, Object, ObjectScore, Scan};

/// An object with what is wrong with it. Never empty.
#[derive(Debug)]
pub(crate) struct Group<'a> {
    /// The object.
    pub(crate) object: &'a Object,
    /// Its name as shown.
    pub(crate) display: String,
    /// Its file.
    pub(crate) file: &'a str,
    /// Its score.
    pub(crate) score: Option<&'a ObjectScore>,
    /// Its findings, worst first.
    pub(crate) findings: Vec<&'a Finding>,
}

impl Group<'_> {
    /// The severity of the worst finding.
    pub(crate) fn worst(&self) -> Option<Severity> {
        self.findings.iter().map(|finding| finding.severity).max()
    }
}

/// The objects that have findings: by worst finding, then by score, then by file and name.
pub(crate) fn groups(scan: &Scan) -> Vec<Group<'_>> {
    let scores: BTreeMap<(&str, &Object), &ObjectScore> = scan
        .scores
        .iter()
        .map(|score| ((&*score.file, &*score.object), score))
        .collect();
    let mut by_object: BTreeMap<(&str, &Object), Vec<&Finding>> = BTreeMap::new();
    for finding in &scan.findings {
        by_object
            .entry((&finding.file, &finding.object))
            .or_default()
            .push(finding);
    }
    let mut groups: Vec<Group<'_>> = by_object
        .into_iter()
        .map(|((file, object), findings)| Group {
            object,
            display: object.display(),
            file,
            score: scores.get(&(file, object)).copied(),
            findings,
        })
        .collect();
    groups.sort_by_key(|group| {
        let points = group.score.map_or(100, |score| score.score);
        (Reverse(group.worst()), points)
    });
    groups
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    #[test]
    fn objects_come_by_their_worst_finding_and_then_by_their_score() {
        let scan = fixture::shop();
        let order: Vec<_> = groups(&scan)
            .into_iter()
            .map(|group| (group.worst(), group.score.map(|score| score.score)))
            .collect();
        let mut sorted = order.clone();
        sorted.sort_by_key(|(worst, score)| (Reverse(*worst), *score));
        assert_eq!(order, sorted);
        assert!(order.len() > 4);
    }
}
