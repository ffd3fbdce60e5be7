//! The table that maps AWS identities to Kubernetes groups.

use crate::audit::prelude::*;

detection! {
    /// EKS identity mapping changed
    ///
    /// A line in `kube-system/aws-auth` makes an AWS role of any account a member of
    /// `system:masters`, which RBAC cannot take away again.
    ///
    /// **Benign:** Node groups are added by eksctl, Terraform or the EKS control plane.
    ///
    /// **Respond:** Compare the mapping with what was agreed; remove lines that nobody knows.
    "AUD-120" {
        severity: High,
        attack: Persistence "T1098",
        rows: ["120"],
        needs: [],
        on: [(ALTER, &["configmaps"])],
        when: Succeeded,
        fires: [r"{verb: patch, objectRef: {resource: configmaps, namespace: kube-system, name: aws-auth},
 requestObject: {data: {mapRoles: '- {rolearn: arn:aws:iam::111122223333:role/x, username: x, groups: [system:masters]}'}}}"],
        quiet: [
            r"{verb: update, user: {username: 'eks:node-manager'}, objectRef: {resource: configmaps, namespace: kube-system, name: aws-auth}, requestObject: {data: {mapRoles: ''}}}",
            r"{verb: patch, objectRef: {resource: configmaps, namespace: shop, name: aws-auth}, requestObject: {data: {}}}",
        ],
        run: Call(run),
    }
}

fn run(call: &Call<'_, '_>, found: &mut Found) {
    if call.is_control_plane() || call.namespace() != "kube-system" || call.name() != "aws-auth" {
        return;
    }
    found
        .say(format!("{} the mapping of AWS identities", call.did()))
        .with("objectRef.name", call.name());
    for (part, text) in call.sent().entries("data") {
        if text
            .as_str()
            .is_some_and(|text| text.contains("system:masters"))
        {
            found
                .say("names system:masters in it")
                .body(format!("data.{part}"), "… system:masters …")
                .at(Severity::Critical);
        }
    }
}
