//! Sets of points as sorted, disjoint intervals: what ports and addresses have in common.

/// A point of a line (or of several lines, one after the other) with a next and a previous one.
pub(crate) trait Point: Copy + Ord {
    /// The next point of the same line.
    fn next(self) -> Option<Self>;
    /// The previous point of the same line.
    fn previous(self) -> Option<Self>;
}

/// A set of points. The intervals are sorted, disjoint and not adjacent, so equal sets are equal
/// values. Both ends belong to an interval.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Intervals<T>(Box<[(T, T)]>);

impl<T> Default for Intervals<T> {
    fn default() -> Self {
        Intervals(Box::new([]))
    }
}

impl<T: Point> Intervals<T> {
    /// The union of intervals in any order; one that ends before it begins is empty.
    pub(crate) fn of(ranges: impl IntoIterator<Item = (T, T)>) -> Self {
        let mut ranges: Vec<(T, T)> = ranges
            .into_iter()
            .filter(|(first, last)| first <= last)
            .collect();
        ranges.sort_unstable();
        let mut merged: Vec<(T, T)> = Vec::with_capacity(ranges.len());
        for (first, last) in ranges {
            match merged.last_mut() {
                Some(end) if first <= end.1 || end.1.next() == Some(first) => {
                    end.1 = end.1.max(last);
                }
                _ => merged.push((first, last)),
            }
        }
        Intervals(merged.into())
    }

    pub(crate) fn ranges(&self) -> &[(T, T)] {
        &self.0
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn contains(&self, point: T) -> bool {
        let after = self.0.partition_point(|(first, _)| *first <= point);
        after > 0 && point <= self.0[after - 1].1
    }

    pub(crate) fn union(&self, other: &Self) -> Self {
        if self.is_empty() || self == other {
            return other.clone();
        }
        if other.is_empty() {
            return self.clone();
        }
        Self::of(self.0.iter().chain(&other.0).copied())
    }

    pub(crate) fn intersection(&self, other: &Self) -> Self {
        let (mut left, mut right) = (self.0.iter().peekable(), other.0.iter().peekable());
        let mut shared = Vec::new();
        while let (Some(&&a), Some(&&b)) = (left.peek(), right.peek()) {
            let (first, last) = (a.0.max(b.0), a.1.min(b.1));
            if first <= last {
                shared.push((first, last));
            }
            if a.1 < b.1 {
                left.next();
            } else {
                right.next();
            }
        }
        // Pieces of sets without adjacent intervals are not adjacent either.
        Intervals(shared.into())
    }

    pub(crate) fn difference(&self, other: &Self) -> Self {
        let mut rest = Vec::new();
        let mut cuts = other.0.iter().peekable();
        for &(first, last) in &self.0 {
            let mut from = Some(first);
            while let Some(&&(cut_first, cut_last)) = cuts.peek() {
                let Some(start) = from else { break };
                if cut_last < start {
                    cuts.next();
                    continue;
                }
                if cut_first > last {
                    break;
                }
                if let Some(end) = cut_first.previous().filter(|end| *end >= start)
                    && cut_first > start
                {
                    rest.push((start, end));
                }
                from = cut_last.next().filter(|next| *next <= last);
                if cut_last <= last {
                    cuts.next();
                }
            }
            if let Some(start) = from {
                rest.push((start, last));
            }
        }
        Intervals(rest.into())
    }

    pub(crate) fn covers(&self, other: &Self) -> bool {
        other.difference(self).is_empty()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    /// Two lines of ten points each.
    impl Point for u8 {
        fn next(self) -> Option<Self> {
            (self % 10 != 9).then(|| self + 1)
        }
        fn previous(self) -> Option<Self> {
            (!self.is_multiple_of(10)).then(|| self - 1)
        }
    }

    fn points(set: &Intervals<u8>) -> BTreeSet<u8> {
        (0..20).filter(|point| set.contains(*point)).collect()
    }

    fn interval() -> impl Strategy<Value = (u8, u8)> {
        (0_u8..2, 0_u8..10, 0_u8..10).prop_map(|(line, a, b)| (line * 10 + a, line * 10 + b))
    }

    fn well_formed(set: &Intervals<u8>) -> bool {
        let ordered = set.ranges().iter().all(|(first, last)| first <= last);
        let apart = set
            .ranges()
            .windows(2)
            .all(|pair| pair[0].1 < pair[1].0 && pair[0].1.next() != Some(pair[1].0));
        ordered && apart
    }

    proptest! {
        #[test]
        fn the_algebra_is_that_of_sets(
            a in proptest::collection::vec(interval(), 0..5),
            b in proptest::collection::vec(interval(), 0..5),
        ) {
            let (a, b) = (Intervals::of(a), Intervals::of(b));
            let (pa, pb) = (points(&a), points(&b));
            for (set, expected) in [
                (a.union(&b), &pa | &pb),
                (a.intersection(&b), &pa & &pb),
                (a.difference(&b), &pa - &pb),
            ] {
                prop_assert!(well_formed(&set), "{set:?}");
                prop_assert_eq!(points(&set), expected);
            }
            prop_assert_eq!(a.covers(&b), pa.is_superset(&pb));
        }
    }
}
