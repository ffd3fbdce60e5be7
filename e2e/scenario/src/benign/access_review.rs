//! The weekly access review: an auditor lists rights, an engineer tries an account's rights as that
//! account. Probing and impersonation, and part of the job.

use crate::cast::{SRE, person};
use crate::clock::Moment;
use crate::kubectl;
use crate::timetable::Timetable;

const SPACES: [&str; 7] = [
    "shop",
    "payments",
    "data",
    "vault",
    "monitoring",
    "operators",
    "argocd",
];

/// On Wednesday.
pub fn plan(table: &mut Timetable, days: i64) {
    if days < 3 {
        return;
    }
    let ines = person("ines");
    let mut calls = kubectl::discovery(&ines);
    for resource in [
        "clusterroles",
        "clusterrolebindings",
        "roles",
        "rolebindings",
    ] {
        calls.extend(kubectl::list(
            &ines,
            &format!("/apis/rbac.authorization.k8s.io/v1/{resource}"),
        ));
    }
    calls.extend(kubectl::list(&ines, "/api/v1/serviceaccounts"));
    for space in SPACES {
        calls.extend(kubectl::can_i_list(&ines, space));
    }
    table.add(Moment::at(2, 10, 15), calls);
    let maya = person(SRE[0]);
    for (minute, account) in [(5, "reviews"), (9, "catalog")] {
        let as_account = maya.acting_as(&format!("system:serviceaccount:shop:{account}"), &[]);
        let mut calls = kubectl::can_i_list(&as_account, "shop");
        calls.push(kubectl::can_i(&as_account, "list", "", "secrets", "shop"));
        table.add(Moment::at(2, 11, minute), calls);
    }
}
