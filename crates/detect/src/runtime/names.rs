//! Which names led to an address: answers of name servers, remembered for each container.

use std::collections::HashMap;
use std::net::IpAddr;

use catseye_event::runtime::{Activity, RuntimeEvent};

/// So many answers are remembered in each of two generations.
const MOST: usize = 16_384;

type Hashed = foldhash::fast::FixedState;

/// Names by who asked and the address that was answered.
#[derive(Debug, Default)]
pub(super) struct Names {
    generations: [HashMap<(String, IpAddr), String, Hashed>; 2],
}

impl Names {
    /// Remembers an answer; gives a flow without names the name that its subject looked up.
    pub(super) fn join(&mut self, event: &mut RuntimeEvent) {
        match &mut event.what {
            Activity::Dns(dns) if dns.is_answer() => {
                let [young, old] = &mut self.generations;
                for answer in &dns.answers {
                    if let Some(address) = answer.address {
                        let who = event.subject.to_string();
                        young.insert((who, address), dns.name.clone());
                    }
                }
                if young.len() > MOST {
                    *old = std::mem::take(young);
                }
            }
            Activity::Flow(flow) if flow.names.is_empty() => {
                let key = (event.subject.to_string(), flow.peer);
                if let Some(name) = self.generations.iter().find_map(|it| it.get(&key)) {
                    flow.names.push(name.clone());
                }
            }
            _ => {}
        }
    }
}
