//! Tokens of source forges, package registries and build services.

use super::{Format, format};

#[rustfmt::skip]
pub(super) const FORMATS: &[Format] = &[
    format("github-token", "GitHub token", &["ghp_", "gho_", "ghu_", "ghs_", "ghr_"], r"\b(gh[pousr]_[A-Za-z0-9]{36,255})\b"),
    format("github-fine-grained-token", "GitHub fine-grained token", &["github_pat_"], r"\b(github_pat_[A-Za-z0-9_]{36,255})\b"),
    format("gitlab-token", "GitLab token", &["glpat-", "gldt-", "glptt-", "glrt-", "glcbt-", "glsoat-", "glagent-"], r"\b(gl(?:pat|dt|ptt|rt|cbt|soat|agent)-[A-Za-z0-9_.=-]{20,})"),
    format("gitlab-runner-registration-token", "GitLab runner registration token", &["GR1348941"], r"\b(GR1348941[A-Za-z0-9_-]{20})"),
    format("atlassian-token", "Atlassian token", &["ATATT3", "ATCTT3", "ATBB"], r"\b(AT(?:A|C)TT3[A-Za-z0-9_=-]{50,}|ATBB[A-Za-z0-9]{32})"),
    format("npm-token", "npm token", &["npm_"], r"\b(npm_[A-Za-z0-9]{36})\b"),
    format("pypi-token", "PyPI token", &["pypi-AgE"], r"\b(pypi-AgE[A-Za-z0-9_-]{50,})"),
    format("rubygems-token", "RubyGems key", &["rubygems_"], r"\b(rubygems_[a-f0-9]{48})\b"),
    format("crates-io-token", "crates.io token", &["cio"], r"\b(cio[A-Za-z0-9]{32})\b"),
    format("nuget-key", "NuGet key", &["oy2"], r"\b(oy2[a-z0-9]{43})\b"),
    format("docker-hub-token", "Docker Hub token", &["dckr_pat_", "dckr_oat_"], r"\b(dckr_[po]at_[A-Za-z0-9_-]{27,})"),
    format("jfrog-key", "JFrog key", &["AKCp", "cmVmdGtu"], r"\b(AKCp[A-Za-z0-9]{60,}|cmVmdGtu[A-Za-z0-9+/=]{40,})"),
    format("hugging-face-token", "Hugging Face token", &["hf_"], r"\b(hf_[A-Za-z]{34})\b"),
    format("circleci-token", "CircleCI token", &["CCIPAT_", "CCIPRJ_"], r"\b(CCIP(?:AT|RJ)_[A-Za-z0-9_]{40,})"),
    format("buildkite-token", "Buildkite token", &["bkua_"], r"\b(bkua_[a-f0-9]{40})\b"),
    format("sonarqube-token", "SonarQube token", &["sqp_", "squ_", "sqa_"], r"\b(sq[pua]_[a-f0-9]{40})\b"),
    format("netlify-token", "Netlify token", &["nfp_"], r"\b(nfp_[A-Za-z0-9]{36,})\b"),
    format("postman-key", "Postman key", &["PMAK-"], r"\b(PMAK-[a-f0-9]{24}-[a-f0-9]{34})\b"),
    format("linear-key", "Linear key", &["lin_api_"], r"\b(lin_api_[A-Za-z0-9]{40})\b"),
    format("doppler-token", "Doppler token", &["dp.pt.", "dp.st.", "dp.ct."], r"\b(dp\.(?:pt|ct|st(?:\.[a-z0-9_-]{2,35})?)\.[A-Za-z0-9]{40,44})\b"),
];
