//! What `policy generate` writes is taken by the API server.

use std::process::Command;

#[test]
fn the_api_server_takes_what_is_generated() {
    let Some(cluster) = catseye_e2e::cluster("the_api_server_takes_what_is_generated") else {
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    let learn = "
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: c, image: 'nginx:1', securityContext: {capabilities: {add: [NET_BIND_SERVICE]}}}]}
";
    std::fs::write(folder.path().join("web.yaml"), learn).expect("written");
    let made = Command::new(env!("CARGO_BIN_EXE_catseye"))
        .args(["policy", "generate", "--all", "--learn", "web.yaml"])
        .current_dir(folder.path())
        .output()
        .expect("the program starts");
    assert!(
        made.status.success(),
        "{}",
        String::from_utf8_lossy(&made.stderr)
    );
    let file = folder.path().join("made.json");
    std::fs::write(&file, &made.stdout).expect("written");
    let said = cluster
        .kubectl(&[
            "apply",
            "--dry-run=server",
            "-f",
            file.to_str().expect("UTF-8"),
        ])
        .expect("accepted");
    let list: serde_json::Value = serde_json::from_slice(&made.stdout).expect("JSON");
    let items = list["items"].as_array().map_or(0, Vec::len);
    assert!(items > 40, "{items}");
    assert_eq!(
        said.lines().filter(|line| line.contains("dry run")).count(),
        items,
        "{said}"
    );
}
