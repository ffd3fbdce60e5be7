//! Somebody widens a role by hand.

use serde_json::json;

use crate::cast::person;
use crate::clock::Moment;
use crate::dice::Dice;
use crate::timetable::{Pace, Timetable, handmade};

/// The developers may read secrets for a while, and a team's account becomes an editor.
pub fn plan(table: &mut Timetable, dice: &mut Dice) {
    let tomas = person("tomas");
    let role = "/apis/rbac.authorization.k8s.io/v1/clusterroles/developer-edit";
    let reading = json!([{"op": "add", "path": "/rules/-", "value":
        {"apiGroups": [""], "resources": ["secrets"], "verbs": ["get", "list"]}}]);
    let calls = vec![
        tomas.get(role),
        tomas.json_patch(format!("{role}?fieldManager=kubectl-edit"), reading),
    ];
    let at = Moment::at(1, 15, dice.between(0, 60));
    table.add_marked(at, Pace::AtOnce, &handmade("rbac-rule", "rule"), calls);

    let lena = person("lena");
    let bindings = "/apis/rbac.authorization.k8s.io/v1/namespaces/shop/rolebindings";
    let binding = json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding",
        "metadata": {"name": "search-edit", "namespace": "shop"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "edit"},
        "subjects": [{"kind": "ServiceAccount", "name": "search", "namespace": "shop"}]});
    let calls = crate::kubectl::create(&lena, bindings, binding);
    let at = Moment::at(3, 11, dice.between(0, 60));
    table.add_marked(at, Pace::AtOnce, &handmade("rbac-rule", "binding"), calls);
}
