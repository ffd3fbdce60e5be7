//! Annotations that put text into the configuration of nginx.

use catseye_model::{Fields, Kind, Object, Severity};

use super::ingress::{NGINX, annotation_path};
use crate::check::check;
use crate::context::Context;
use crate::findings::Findings;

check! {
    /// An Ingress writes its own nginx configuration
    ///
    /// Text of a snippet annotation lands in the configuration of the shared nginx. Whoever may edit
    /// the Ingress can make nginx run Lua or serve its own files, the service account token among
    /// them, and that token reads every Secret of the cluster in the usual installation
    /// (CVE-2021-25742).
    ///
    /// **Fix:** Use the annotation made for the purpose (`rewrite-target`, `proxy-body-size`,
    /// `custom-headers`, …) and keep snippets off in the controller's ConfigMap:
    /// ```yaml
    /// data:
    ///   allow-snippet-annotations: "false"
    /// ```
    "NET-016" {
        severity: High,
        rows: ["D16"],
        fails: [
            r"
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: a
  annotations:
    nginx.ingress.kubernetes.io/server-snippet: 'location /x { return 200; }'
    nginx.ingress.kubernetes.io/configuration-snippet: 'more_set_headers X;'
",
            r"
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: a
  annotations:
    nginx.org/location-snippets: |
      content_by_lua_block { os.execute('id') }
",
        ],
        passes: [
            r"
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: a
  annotations:
    nginx.ingress.kubernetes.io/rewrite-target: /$1
    nginx.ingress.kubernetes.io/server-snippet: ''
    example.com/server-snippet: x
",
        ],
        run: Objects(&[Kind::Ingress], run),
    }
}

fn run(ingress: &Object, _: &Context<'_>, found: &mut Findings) {
    for (key, value) in ingress.value().entries("metadata.annotations") {
        let Some(text) = value.as_str().filter(|text| !text.trim().is_empty()) else {
            continue;
        };
        if !is_snippet(key) {
            continue;
        }
        let dangerous = [
            "lua",
            "load_module",
            "ssl_engine",
            "proxy_pass unix:",
            "js_import",
        ]
        .iter()
        .find(|word| text.contains(*word));
        match dangerous {
            Some(word) => found.at_severity(
                Severity::Critical,
                annotation_path(key),
                format!("puts {word} into the configuration of nginx"),
            ),
            None => found.at(
                annotation_path(key),
                "puts text into the configuration of nginx",
            ),
        }
    }
}

/// True for annotations whose text nginx takes as configuration.
pub(super) fn is_snippet(key: &str) -> bool {
    if let Some(name) = key.strip_prefix(NGINX) {
        return name.ends_with("-snippet");
    }
    // Those of the controller that F5 makes.
    key.strip_prefix("nginx.org/")
        .or_else(|| key.strip_prefix("nginx.com/"))
        .is_some_and(|name| name.ends_with("-snippets"))
}
