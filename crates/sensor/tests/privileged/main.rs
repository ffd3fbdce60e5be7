//! Tests on the real kernel, as root.
//!
//! Where they cannot run they say why and pass; `CATSEYE_REQUIRE_BPF=1` makes that a failure. The
//! program is its own actor: started with `act NAME`, it does what a test wants to see.

#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::print_stdout,
    clippy::similar_names,
    clippy::unnecessary_wraps,
    reason = "the tests start programs, open connections and say why they skip; all have one type"
)]

mod act;
mod container;
mod firewall;
mod group;
mod loss;
mod network;
mod place;
mod process;
mod watch;

use libtest_mimic::{Arguments, Failed, Trial};

/// What a test is: panics are failures.
type Test = fn() -> Result<(), Failed>;

fn main() {
    let words: Vec<String> = std::env::args().collect();
    if words.get(1).is_some_and(|word| word == "act") {
        act::act(&words[2..]);
        return;
    }
    let mut arguments = Arguments::from_args();
    // The tests count what the whole node does.
    arguments.test_threads = Some(1);
    let mut tests: Vec<(&str, Test)> = Vec::new();
    tests.extend(process::TESTS);
    tests.extend(network::TESTS);
    tests.extend(container::TESTS);
    tests.extend(loss::TESTS);
    tests.extend(firewall::TESTS);
    tests.extend(place::TESTS);

    let missing = watch::missing();
    let is_required = std::env::var_os("CATSEYE_REQUIRE_BPF").is_some_and(|value| value == "1");
    let trials = tests
        .into_iter()
        .map(|(name, test)| {
            let missing = missing.clone();
            Trial::test(name, move || match missing {
                Some(reason) if is_required => Err(format!("cannot run: {reason}").into()),
                Some(reason) => {
                    println!("skipped: {reason}");
                    Ok(())
                }
                None => test(),
            })
        })
        .collect();
    libtest_mimic::run(&arguments, trials).exit();
}
