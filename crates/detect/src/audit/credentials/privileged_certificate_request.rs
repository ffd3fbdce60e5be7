//! A certificate for a name that the cluster reserves.

use crate::audit::prelude::*;

detection! {
    /// Certificate requested for a privileged identity
    ///
    /// A client certificate cannot be taken back. One for group `system:masters` is past RBAC for as
    /// long as it is valid; one for a `system:` name is that part of the control plane.
    ///
    /// **Benign:** Kubelets asking for their own certificates.
    ///
    /// **Respond:** Deny and delete the request. If it was signed, replace the cluster's CA: there is no
    /// other way.
    "AUD-046" {
        severity: Critical,
        attack: PrivilegeEscalation "T1098.006",
        rows: ["46"],
        needs: [RequestBody],
        on: [(CREATE, CSRS)],
        when: Any,
        fires: [r"# openssl req -new -subj '/O=system:masters/CN=red'
{verb: create, objectRef: {resource: certificatesigningrequests, apiGroup: certificates.k8s.io, name: red}, requestObject: {spec: {signerName: kubernetes.io/kube-apiserver-client,
 request: LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlIak1JR0pBZ0VBTUNjeEZ6QVZCZ05WQkFvTURuTjVjM1JsYlRwdFlYTjBaWEp6TVF3d0NnWURWUVFEREFOeQpaV1F3V1RBVEJnY3Foa2pPUFFJQkJnZ3Foa2pPUFFNQkJ3TkNBQVJSQXZoZTFhQURpYUl1NU1JMC9ENGg3UUpkCm02bW83S1dvRHVZNFREa3YveVdCNldMR1JrVjhYenYySWhBQW1jRmhyQkVLR1I2NjRIbXVJa1h5MGFhTm9BQXcKQ2dZSUtvWkl6ajBFQXdJRFNRQXdSZ0loQU5GWGhiSFhYTFNLS2QyNUZ1bHU2dEpTeTZVcGcvR3J1emRaYnlvZwpTY0JUQWlFQS95SEVtVi94U25qQTJXY3U2Qy9tTVpXaHhEakN3L1QwNXZuMlM2SllBM1k9Ci0tLS0tRU5EIENFUlRJRklDQVRFIFJFUVVFU1QtLS0tLQo=}}}"],
        quiet: [
            r"# A kubelet renews its own certificate.
{verb: create, user: {username: 'system:node:worker-1', groups: ['system:nodes']}, objectRef: {resource: certificatesigningrequests, apiGroup: certificates.k8s.io, name: csr-1},
 requestObject: {spec: {signerName: kubernetes.io/kube-apiserver-client-kubelet, request: LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlIeE1JR1lBZ0VBTURZeEZUQVRCZ05WQkFvTURITjVjM1JsYlRwdWIyUmxjekVkTUJzR0ExVUVBd3dVYzNsegpkR1Z0T201dlpHVTZkMjl5YTJWeUxURXdXVEFUQmdjcWhrak9QUUlCQmdncWhrak9QUU1CQndOQ0FBUkFJSng4CnU3a2o4TnJPVG1DZkJsTEZxMnd2WUpmZlpqcWJOWGtNRmFjQ2pqY0xoN1JsWEk3NzF6SDFVU0QwMGxaUDZCNUEKTGJGQjNPcFc2TVM5dkpsSm9BQXdDZ1lJS29aSXpqMEVBd0lEU0FBd1JRSWhBTVM4QlZyTkFYYjFmUnNWNHU2bApUc1hicm0zZHp3K3ZwWUtZUHFBQng0L2NBaUI3bjRHK0hiVENEMkttVTY4My9CNlh5Y2NjSGg2SGtTdmExbzlGClN6Y2xKdz09Ci0tLS0tRU5EIENFUlRJRklDQVRFIFJFUVVFU1QtLS0tLQo=}}}",
            r"# openssl req -new -subj '/O=devs/CN=jane'
{verb: create, objectRef: {resource: certificatesigningrequests, apiGroup: certificates.k8s.io, name: jane}, requestObject: {spec: {signerName: kubernetes.io/kube-apiserver-client,
 request: LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlIYU1JR0FBZ0VBTUI0eERUQUxCZ05WQkFvTUJHUmxkbk14RFRBTEJnTlZCQU1NQkdwaGJtVXdXVEFUQmdjcQpoa2pPUFFJQkJnZ3Foa2pPUFFNQkJ3TkNBQVQ3OWtUbGdoL1I5RG9tSFlKZW9lMlNpTmVsM1NJZXVOa0x1cUtBCi9vT2l2KzZHT3Ntemk5YWVJandNbi9HKy9ob1ZCL3ZuNnlueUh5OHpwdzlFcXN1M29BQXdDZ1lJS29aSXpqMEUKQXdJRFNRQXdSZ0loQUpiWkZPYm1WN2FHWHp6UHFlenpISStrYnJmYzNGeGtTZnpSRnI5RmlHU3NBaUVBamtjdwpjYm5sY2VCRWdvZUw4eEU4eU5nS3BZN2s1bHltYkpBQ28veko0dzA9Ci0tLS0tRU5EIENFUlRJRklDQVRFIFJFUVVFU1QtLS0tLQo=}}}",
        ],
        run: Call(run),
    }
}

fn run(call: &Call<'_, '_>, found: &mut Found) {
    if call.is_control_plane() || call.user().starts_with("system:bootstrap:") {
        return;
    }
    let request = call.sent().text("spec.request").unwrap_or_default();
    for name in names_in_request(request) {
        if name.starts_with("system:") {
            found
                .say(format!("asked for a certificate as {name}"))
                .body("spec.request", name);
            if call.is_refused() {
                found.at(Severity::High);
            }
        }
    }
}
