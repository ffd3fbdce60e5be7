//! What names led a container to an address.
//!
//! A table an address and cgroup: the name that was asked for, not the alias that answered it, since
//! the name is what the program and its policy speak of. Entries outlive their time to live by a
//! grace, because programs hold addresses longer than they should.

use std::collections::HashMap;
use std::net::IpAddr;

use catseye_event::runtime::Dns;

/// How long beyond its time to live a name is believed, in nanoseconds.
const GRACE: u64 = 600 * 1_000_000_000;

/// How many names one address keeps.
const MOST_NAMES: usize = 4;

/// Names by cgroup and address, bounded.
#[derive(Debug)]
pub struct Names {
    entries: HashMap<(u64, IpAddr), Vec<Named>>,
    most: usize,
}

#[derive(Debug)]
struct Named {
    name: String,
    until: u64,
    seen: u64,
}

impl Names {
    /// A table of at most `most` addresses.
    pub fn new(most: usize) -> Self {
        Names {
            entries: HashMap::new(),
            most,
        }
    }

    /// Takes in an answer that `cgroup` got at `now`, in nanoseconds since boot.
    pub fn learn(&mut self, cgroup: u64, dns: &Dns, now: u64) {
        for answer in &dns.answers {
            let Some(address) = answer.address else {
                continue;
            };
            if self.entries.len() >= self.most {
                self.forget(now);
            }
            let names = self.entries.entry((cgroup, address)).or_default();
            let until = now + u64::from(answer.ttl) * 1_000_000_000 + GRACE;
            let found = names.iter_mut().find(|known| known.name == dns.name);
            if let Some(known) = found {
                known.until = until;
                known.seen = now;
            } else {
                names.push(Named {
                    name: dns.name.clone(),
                    until,
                    seen: now,
                });
            }
            names.sort_by_key(|named| std::cmp::Reverse(named.seen));
            names.truncate(MOST_NAMES);
        }
    }

    /// The names that led `cgroup` to `address`, the latest first.
    pub fn of(&self, cgroup: u64, address: IpAddr, now: u64) -> Vec<String> {
        let Some(names) = self.entries.get(&(cgroup, address)) else {
            return Vec::new();
        };
        names
            .iter()
            .filter(|named| named.until >= now)
            .map(|named| named.name.clone())
            .collect()
    }

    /// Drops what is out of date; where that is not half of all, the older half.
    fn forget(&mut self, now: u64) {
        self.entries
            .retain(|_, names| names.iter().any(|named| named.until >= now));
        if self.entries.len() > self.most / 2 {
            let mut ages: Vec<u64> = self.entries.values().map(|it| it[0].seen).collect();
            ages.sort_unstable();
            let middle = ages[ages.len() / 2];
            self.entries.retain(|_, names| names[0].seen > middle);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use catseye_event::runtime::Answer;

    fn dns(name: &str, address: &str, ttl: u32) -> Dns {
        Dns {
            name: name.to_owned(),
            answers: vec![Answer {
                address: Some(address.parse().unwrap()),
                ttl,
                ..Answer::default()
            }],
            ..Dns::default()
        }
    }

    #[test]
    fn one_container_does_not_know_what_another_asked() {
        let mut names = Names::new(10);
        names.learn(1, &dns("shop.example", "203.0.113.9", 30), 0);
        let address = "203.0.113.9".parse().unwrap();
        assert_eq!(names.of(1, address, 1), ["shop.example"]);
        assert!(names.of(2, address, 1).is_empty());
    }

    #[test]
    fn the_latest_name_comes_first_and_old_ones_go() {
        let mut names = Names::new(10);
        let address = "203.0.113.9".parse().unwrap();
        names.learn(1, &dns("old.example", "203.0.113.9", 1), 0);
        names.learn(1, &dns("new.example", "203.0.113.9", 5000), 10);
        assert_eq!(names.of(1, address, 20), ["new.example", "old.example"]);
        assert_eq!(names.of(1, address, GRACE + 2_000_000_000), ["new.example"]);
    }

    #[test]
    fn the_table_stays_within_its_bound() {
        let mut names = Names::new(100);
        for number in 0..1000_u32 {
            let address = std::net::Ipv4Addr::from(number).to_string();
            names.learn(1, &dns("shop.example", &address, 30), u64::from(number));
        }
        assert!(names.entries.len() <= 100);
        let last = std::net::Ipv4Addr::from(999).into();
        assert_eq!(names.of(1, last, 1000), ["shop.example"]);
    }
}
