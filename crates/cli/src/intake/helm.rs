//! Helm charts: rendered by `helm template` where it is installed.
//!
//! A chart's templates are no YAML before they are rendered, so without `helm` they are passed over with
//! a clear word; its `crds/` are plain manifests and are read either way.

use std::path::Path;
use std::process::Command;

use catseye_report::scan::{Level, Notice, NoticeKind};

use super::renderer::{self, Failure};
use super::walk::{Found, is_below};
use super::{Input, Options, display_name, notice};

/// Renders the charts; returns what is left to read otherwise.
pub(super) fn render(
    mut found: Found,
    options: &Options,
    inputs: &mut Vec<Input>,
    notices: &mut Vec<Notice>,
) -> Found {
    for chart in std::mem::take(&mut found.charts) {
        let rendered = if options.render {
            template(&chart, options)
        } else {
            Err(Failure::Failed("--no-render was given".to_owned()))
        };
        let is_rendered = rendered.is_ok();
        match rendered {
            Ok(text) => {
                let name = format!("{}/Chart.yaml (rendered)", display_name(&chart));
                inputs.push(Input::Text { name, text });
            }
            Err(failure) => {
                let reason = match failure {
                    Failure::NotInstalled => {
                        "helm is not on PATH; install it, or scan the output of `helm template`"
                            .to_owned()
                    }
                    Failure::Failed(reason) => reason,
                };
                let message =
                    format!("Helm chart not rendered, its templates not scanned: {reason}");
                notices.push(notice(
                    Level::Warning,
                    NoticeKind::NotRendered,
                    &chart,
                    message,
                ));
            }
        }
        let crds = chart.join("crds");
        let is_read_raw =
            |path: &Path| !is_below(path, &chart) || (!is_rendered && path.starts_with(&crds));
        found
            .files
            .retain(|file| file.named || is_read_raw(&file.path));
        found.kustomizations.retain(|path| is_read_raw(path));
    }
    found
}

fn template(chart: &Path, options: &Options) -> Result<String, Failure> {
    let name = chart
        .file_name()
        .map(|name| name.to_string_lossy().to_lowercase());
    let name: String = name
        .unwrap_or_default()
        .chars()
        .filter(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
        .take(40)
        .collect();
    let mut command = Command::new("helm");
    command
        .arg("template")
        .arg(if name.is_empty() { "release" } else { &name })
        .arg(chart)
        .arg("--include-crds");
    for values in &options.helm_values {
        command.arg("--values").arg(values);
    }
    renderer::run(command)
}
