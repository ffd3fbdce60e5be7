//! The evaluator against a naive one: random clusters, every pair, every port that matters.

mod cluster;
mod naive;

use std::collections::BTreeMap;
use std::net::IpAddr;

use catseye_model::{Completeness, Inventory, Object};
use catseye_netpol::{ClassId, Endpoint, Port, PortSet, Protocol, Reach};
use proptest::prelude::*;
use serde_json::Value;

use self::naive::End;

/// Ports around every number that the generator uses, of every protocol.
fn ports() -> Vec<Port> {
    let numbers = [1, 79, 80, 81, 85, 90, 91, 8080, 65535];
    let mut ports = Vec::new();
    for protocol in Protocol::ALL {
        ports.extend(numbers.map(|number| Port { protocol, number }));
    }
    ports
}

/// Addresses inside and outside every block that the generator uses.
const ADDRESSES: [&str; 9] = [
    "9.255.255.255",
    "10.0.0.1",
    "10.1.2.3",
    "10.1.3.1",
    "192.0.2.7",
    "255.255.255.255",
    "::1",
    "2001:db8::1",
    "2001:db8:1::1",
];

struct Asked {
    reach: Reach,
    /// For each pod of the cluster, its class.
    pods: Vec<(Value, ClassId)>,
}

fn asked(objects: &[Value]) -> Asked {
    let parsed: Vec<Object> = objects
        .iter()
        .map(|value| Object::new(value.clone(), None).expect("an object"))
        .collect();
    let inventory = Inventory::new(parsed, Completeness::Cluster);
    let reach = Reach::of(&inventory);
    let by_name: BTreeMap<(String, String), ClassId> = reach
        .workloads()
        .map(|(_, workload)| {
            let name = (workload.namespace.clone(), workload.name.clone());
            (name, workload.classes[0])
        })
        .collect();
    let pods = objects
        .iter()
        .filter(|object| object["kind"] == "Pod")
        .map(|pod| {
            let text = |field: &str| {
                pod["metadata"][field]
                    .as_str()
                    .unwrap_or_default()
                    .to_owned()
            };
            (pod.clone(), by_name[&(text("namespace"), text("name"))])
        });
    Asked {
        pods: pods.collect(),
        reach,
    }
}

/// Every end of a connection: for the naive evaluator, and for ours.
fn ends(asked: &Asked) -> Vec<(End<'_>, Endpoint)> {
    let pods = asked
        .pods
        .iter()
        .map(|(pod, class)| (End::Pod(pod), Endpoint::Class(*class)));
    let addresses = ADDRESSES.iter().map(|text| {
        let address: IpAddr = text.parse().expect("an address");
        let group = asked
            .reach
            .group_of(address)
            .expect("every address has a group");
        (End::Address(address), Endpoint::Addresses(group))
    });
    pods.chain(addresses).collect()
}

/// All ports on which our evaluator's sweep over all pairs lets a source reach a destination.
fn swept(reach: &Reach) -> BTreeMap<(Endpoint, Endpoint), PortSet> {
    let mut swept = BTreeMap::new();
    reach.for_each_source(|source, groups| {
        for group in groups {
            let classes = group
                .classes
                .iter()
                .map(|class| Endpoint::Class(ClassId(class)));
            let addresses = group
                .addresses
                .iter()
                .map(|group| Endpoint::Addresses(*group));
            for destination in classes.chain(addresses) {
                let known = swept.insert((source, destination), group.ports.clone());
                assert!(known.is_none(), "a destination is in one group only");
            }
        }
    });
    swept
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn every_pair_and_port_is_answered_as_the_documentation_says(objects in cluster::objects()) {
        let asked = asked(&objects);
        let swept = swept(&asked.reach);
        let ends = ends(&asked);
        for (source, from) in &ends {
            for (destination, to) in &ends {
                let outside = matches!((source, destination), (End::Address(_), End::Address(_)));
                if outside {
                    continue;
                }
                let connection = asked.reach.connection(*from, *to);
                let in_sweep = swept.get(&(*from, *to)).cloned().unwrap_or_default();
                prop_assert_eq!(&connection, &in_sweep, "{:?} => {:?}", source, destination);
                for port in ports() {
                    let expected = naive::allows(&objects, *source, *destination, port);
                    prop_assert_eq!(
                        connection.contains(port), expected,
                        "{:?} => {:?} on {}", source, destination, port
                    );
                    let explanation = asked.reach.explain(*from, *to, port);
                    prop_assert_eq!(explanation.allowed(), expected, "{:?}", explanation);
                }
            }
        }
    }

    #[test]
    fn replicas_change_nothing(objects in cluster::objects()) {
        let before = asked(&objects);
        let twice: Vec<Value> = objects
            .iter()
            .flat_map(|object| {
                let mut copy = object.clone();
                if object["kind"] == "Pod" {
                    let name = format!("z-{}", object["metadata"]["name"].as_str().unwrap_or_default());
                    copy["metadata"]["name"] = Value::from(name);
                    vec![object.clone(), copy]
                } else {
                    vec![object.clone()]
                }
            })
            .collect();
        let after = asked(&twice);
        prop_assert_eq!(before.reach.classes().count(), after.reach.classes().count());
        let (before, after) = (swept(&before.reach), swept(&after.reach));
        prop_assert_eq!(before, after);
    }
}
