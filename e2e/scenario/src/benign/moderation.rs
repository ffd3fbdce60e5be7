//! The reviews service reads its moderation settings: the one service that talks to the API server.

use crate::cast::{Actor, robot};
use crate::clock::{HOUR, Moment};
use crate::timetable::Timetable;

/// The identity of the service.
pub fn service() -> Actor {
    robot(
        "shop",
        "reviews",
        "reviews/1.3 (linux/amd64) kubernetes/client-go",
    )
}

/// A read every two hours.
pub fn plan(table: &mut Timetable, days: i64) {
    for turn in 0..days * 12 {
        let settings = "/api/v1/namespaces/shop/configmaps/reviews";
        table.add(
            Moment(turn * 2 * HOUR + 2_300),
            vec![service().get(settings)],
        );
    }
}
