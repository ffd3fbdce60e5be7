//! Which cgroup is which container, known before the first program runs in it.

use std::collections::{HashMap, VecDeque};

use catseye_event::runtime::Subject;

use crate::container;

/// How long a cgroup that is gone is still known, in nanoseconds: its last records come later.
const REMEMBERED: u64 = 60 * 1_000_000_000;

/// A cgroup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Its path below the root of the hierarchy.
    pub path: String,
    /// Whose it is.
    pub subject: Subject,
}

/// The cgroups of the node by id. Ids are not used again while the node is up.
#[derive(Debug, Default)]
pub struct Groups {
    by_id: HashMap<u64, Group>,
    removed: VecDeque<(u64, u64)>,
}

impl Groups {
    /// None known.
    pub fn new() -> Self {
        Groups::default()
    }

    /// True when the id is known.
    pub fn knows(&self, id: u64) -> bool {
        self.by_id.contains_key(&id)
    }

    /// The cgroup.
    pub fn get(&self, id: u64) -> Option<&Group> {
        self.by_id.get(&id)
    }

    /// Whose the events of a cgroup are; of one that is not known, only its number is.
    pub fn subject(&self, id: u64) -> Subject {
        match self.by_id.get(&id) {
            Some(group) => group.subject.clone(),
            None => Subject {
                cgroup: Some(id),
                ..Subject::default()
            },
        }
    }

    /// A cgroup was made or found. True when it is a container that was not known: not what a
    /// container makes below itself.
    pub fn added(&mut self, id: u64, parent: u64, path: &str) -> bool {
        let group = Group {
            path: path.to_owned(),
            subject: container::subject(id, path),
        };
        let container = group.subject.container_id.clone();
        let known = self.by_id.insert(id, group).is_some();
        let above = self.by_id.get(&parent).map(|it| &it.subject.container_id);
        !known && !container.is_empty() && above != Some(&container)
    }

    /// A cgroup was removed at `now`. True when it was a container's own.
    pub fn removed(&mut self, id: u64, parent: u64, now: u64) -> bool {
        self.removed.push_back((now, id));
        while let Some((at, id)) = self.removed.front().copied() {
            if now.saturating_sub(at) < REMEMBERED {
                break;
            }
            self.removed.pop_front();
            self.by_id.remove(&id);
        }
        let container = self.by_id.get(&id).map(|it| &it.subject.container_id);
        let above = self.by_id.get(&parent).map(|it| &it.subject.container_id);
        container.is_some_and(|it| !it.is_empty()) && above != container
    }

    /// How many are known.
    pub fn len(&self) -> usize {
        self.by_id.len()
    }

    /// True when none is known.
    pub fn is_empty(&self) -> bool {
        self.by_id.is_empty()
    }

    /// Every cgroup with its id, by id.
    pub fn all(&self) -> Vec<(u64, &Group)> {
        let mut all: Vec<_> = self.by_id.iter().map(|(id, group)| (*id, group)).collect();
        all.sort_by_key(|(id, _)| *id);
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POD: &str = "/kubepods/besteffort/pod0c1e8a52-6a4b-4a55-9d50-0f5a2b1c7d3e";

    #[test]
    fn a_container_begins_and_ends_once() {
        let mut groups = Groups::new();
        assert!(!groups.added(1, 0, POD));
        assert!(groups.added(2, 1, &format!("{POD}/web")));
        assert!(!groups.added(3, 2, &format!("{POD}/web/init.scope")));
        assert_eq!(groups.subject(3).container_id, "web");
        assert!(!groups.removed(3, 2, 5));
        assert!(groups.removed(2, 1, 6));
        assert!(!groups.removed(1, 0, 7));
    }

    #[test]
    fn what_is_gone_is_known_a_while() {
        let mut groups = Groups::new();
        groups.added(2, 1, &format!("{POD}/web"));
        groups.removed(2, 1, 5);
        assert_eq!(groups.subject(2).container_id, "web");
        groups.removed(9, 1, REMEMBERED * 2);
        assert_eq!(groups.subject(2).container_id, "");
        assert_eq!(groups.subject(2).cgroup, Some(2));
    }
}
