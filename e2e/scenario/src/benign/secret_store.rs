//! The secret store: services log in to the vault with their tokens, and the vault asks the API server
//! whose they are.

use serde_json::json;

use crate::cast::robot;
use crate::clock::{HOUR, Moment};
use crate::dice::Dice;
use crate::timetable::Timetable;

/// Logins, more of them while there are shoppers.
pub fn plan(table: &mut Timetable, seed: u64, days: i64) {
    let mut dice = Dice::new(seed, "vault");
    let vault = robot("vault", "vault", "Go-http-client/1.1");
    for hour in 0..days * 24 {
        let busy = matches!(hour % 24, 7..=22);
        for _ in 0..if busy {
            dice.between(4, 11)
        } else {
            dice.between(1, 4)
        } {
            let review = vault.post(
                "/apis/authentication.k8s.io/v1/tokenreviews",
                json!({"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview",
                       "spec": {"token": "the log has no bodies of token reviews"}}),
            );
            table.add(Moment(hour * HOUR + dice.between(0, HOUR)), vec![review]);
        }
    }
}
