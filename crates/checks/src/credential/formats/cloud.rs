//! Keys of cloud providers.

use super::{Format, format};

#[rustfmt::skip]
pub(super) const FORMATS: &[Format] = &[
    format("gcp-service-account-key", "Google Cloud service account key", &["private_key"], r#"private_key\\?"\s*:\s*\\?"(-----BEGIN [A-Z ]{0,20}PRIVATE KEY-----[^"]{16,})"#).multiline(),
    format("aws-access-key-id", "AWS access key id", &["AKIA", "ASIA", "ABIA", "ACCA"], r"\b((?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16})\b"),
    format("aws-mws-key", "Amazon MWS key", &["amzn.mws."], r"(amzn\.mws\.[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"),
    format("aws-bedrock-key", "Amazon Bedrock API key", &["ABSK"], r"\b(ABSK[A-Za-z0-9+/]{109,269}={0,2})"),
    format("gcp-api-key", "Google API key", &["AIza"], r"\b(AIza[0-9A-Za-z_-]{35})"),
    format("gcp-oauth-client-secret", "Google OAuth client secret", &["GOCSPX-"], r"\b(GOCSPX-[A-Za-z0-9_-]{28})"),
    format("gcp-access-token", "Google OAuth access token", &["ya29."], r"\b(ya29\.[A-Za-z0-9_-]{30,})"),
    format("azure-storage-key", "Azure storage account key", &["AccountKey="], r"(?i-u:AccountKey)=([A-Za-z0-9+/]{86}==)"),
    format("azure-shared-access-key", "Azure shared access key", &["SharedAccessKey="], r"(?i-u:SharedAccessKey)=([A-Za-z0-9+/]{40,88}={1,2})"),
    format("azure-sas", "Azure shared access signature", &["sig="], r"[?&;]sig=([A-Za-z0-9%/+_-]{40,}(?:%3[Dd]|=))"),
    format("azure-client-secret", "Azure client secret", &["Q~"], r"\b([A-Za-z0-9_~.-]{3}[0-9]Q~[A-Za-z0-9_~.-]{31,34})"),
    format("azure-devops-token", "Azure DevOps token", &["AZDO"], r"\b([A-Za-z0-9]{76}AZDO[A-Za-z0-9]{4})\b"),
    format("azure-registry-key", "Azure container registry key", &["+ACR"], r"([A-Za-z0-9+/]{42}\+ACR[A-D][A-Za-z0-9+/]{5,6})"),
    format("digitalocean-token", "DigitalOcean token", &["dop_v1_", "doo_v1_", "dor_v1_"], r"\b(do[opr]_v1_[a-f0-9]{64})\b"),
    format("alibaba-access-key-id", "Alibaba Cloud access key id", &["LTAI"], r"\b(LTAI[A-Za-z0-9]{16,24})\b"),
    format("tencent-secret-id", "Tencent Cloud secret id", &["AKID"], r"\b(AKID[A-Za-z0-9]{32})\b"),
    format("cloudflare-origin-ca-key", "Cloudflare origin CA key", &["v1.0-"], r"\b(v1\.0-[a-f0-9]{24}-[a-f0-9]{146})"),
    format("flyio-token", "Fly.io token", &["fo1_", "fm2_"], r"\b(fo1_[A-Za-z0-9_-]{43}|fm2_[A-Za-z0-9+/=]{80,})"),
    format("databricks-token", "Databricks token", &["dapi"], r"\b(dapi[0-9a-f]{32}(?:-[0-9])?)\b"),
    format("pulumi-token", "Pulumi token", &["pul-"], r"\b(pul-[a-f0-9]{40})\b"),
    format("planetscale-credential", "PlanetScale credential", &["pscale_"], r"\b(pscale_(?:tkn|pw|oauth)_[A-Za-z0-9_.=-]{32,64})"),
    format("terraform-cloud-token", "Terraform Cloud token", &[".atlasv1."], r"\b([A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_=-]{60,70})"),
    format("vault-token", "HashiCorp Vault token", &["hvs.", "hvb.", "hvr."], r"\b(hv[sbr]\.[A-Za-z0-9_-]{24,300})"),
];
