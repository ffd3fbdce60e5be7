//! Argo CD's own pages, which people leave open all day.

use crate::cast::robot;
use crate::dice::Dice;
use crate::timetable::{Timetable, working_hours};

/// Page views on every day; fewer at the weekend.
pub fn plan(table: &mut Timetable, seed: u64, days: i64) {
    let mut dice = Dice::new(seed, "dashboards");
    let server = robot("argocd", "argocd-server", "argocd-server/v3.2.1");
    let applications = "/apis/argoproj.io/v1alpha1/namespaces/argocd/applications";
    for day in 0..days {
        for _ in 0..if day % 7 < 5 { 34 } else { 8 } {
            let app = *dice.pick(&["shop", "payments", "data"]);
            let calls = vec![
                server.get(applications),
                server.get(format!("{applications}/{app}")),
                server.get("/api/v1/namespaces/argocd/secrets?labelSelector=argocd.argoproj.io%2Fsecret-type%3Drepository"),
            ];
            table.add(working_hours(&mut dice, day), calls);
        }
    }
}
