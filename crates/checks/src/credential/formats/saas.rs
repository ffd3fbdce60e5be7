//! Keys and webhooks of hosted services.

use super::{Format, format};

#[rustfmt::skip]
pub(super) const FORMATS: &[Format] = &[
    format("slack-token", "Slack token", &["xoxb-", "xoxp-", "xoxa-", "xoxo-", "xoxs-", "xoxr-", "xoxe", "xapp-"], r"\b(xox[abposr]-[A-Za-z0-9-]{10,}|xoxe[.-][A-Za-z0-9.-]{20,}|xapp-[0-9]-[A-Za-z0-9-]{20,})"),
    format("slack-webhook", "Slack webhook URL", &["hooks.slack.com/"], r"(https://hooks\.slack\.com/(?:services|workflows|triggers)/[A-Za-z0-9]{6,}/[A-Za-z0-9]{6,}/[A-Za-z0-9]{16,})"),
    format("discord-webhook", "Discord webhook URL", &["/api/webhooks/"], r"(https://[a-z.]{0,10}discord(?:app)?\.com/api/webhooks/[0-9]{17,20}/[A-Za-z0-9_-]{60,})"),
    format("teams-webhook", "Microsoft Teams webhook URL", &["webhook.office.com/"], r"(https://[a-z0-9.-]+\.webhook\.office\.com/webhookb2/[A-Za-z0-9@-]{36,}/IncomingWebhook/[a-f0-9]{32}[A-Za-z0-9/-]*)"),
    format("telegram-bot-token", "Telegram bot token", &[":AA"], r"\b([0-9]{8,10}:AA[A-Za-z0-9_-]{33})"),
    format("stripe-key", "Stripe key", &["sk_live_", "rk_live_", "sk_test_", "rk_test_"], r"\b([sr]k_(?:live|test)_[A-Za-z0-9]{16,247})\b"),
    format("stripe-webhook-secret", "Stripe webhook secret", &["whsec_"], r"\b(whsec_[A-Za-z0-9+/=]{24,})"),
    format("sendgrid-key", "SendGrid key", &["SG."], r"\b(SG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43})"),
    format("mailgun-key", "Mailgun key", &["key-"], r"\b(key-[0-9a-f]{32})\b"),
    format("mailchimp-key", "Mailchimp key", &["-us"], r"\b([0-9a-f]{32}-us[0-9]{1,2})\b"),
    format("anthropic-key", "Anthropic key", &["sk-ant-"], r"\b(sk-ant-[A-Za-z0-9]{2,12}-[A-Za-z0-9_-]{24,})"),
    format("openai-key", "OpenAI key", &["sk-proj-", "sk-svcacct-", "sk-admin-", "T3BlbkFJ"], r"\b(sk-(?:proj|svcacct|admin)-[A-Za-z0-9_-]{40,}|sk-[A-Za-z0-9]{20}T3BlbkFJ[A-Za-z0-9]{20})"),
    format("groq-key", "Groq key", &["gsk_"], r"\b(gsk_[A-Za-z0-9]{52})\b"),
    format("replicate-token", "Replicate token", &["r8_"], r"\b(r8_[A-Za-z0-9]{37})\b"),
    format("perplexity-key", "Perplexity key", &["pplx-"], r"\b(pplx-[A-Za-z0-9]{48})\b"),
    format("shopify-token", "Shopify token", &["shpat_", "shpca_", "shppa_", "shpss_"], r"\b(shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32})\b"),
    format("square-token", "Square token", &["sq0atp-", "sq0csp-"], r"\b(sq0(?:atp|csp)-[A-Za-z0-9_-]{22,43})"),
    format("braintree-token", "Braintree token", &["access_token$"], r"(access_token\$(?:production|sandbox)\$[a-z0-9]{16}\$[a-f0-9]{32})"),
    format("dynatrace-token", "Dynatrace token", &["dt0c01.", "dt0s16."], r"\b(dt0(?:c01|s16)\.[A-Z0-9]{24}\.[A-Z0-9]{64})\b"),
    format("grafana-token", "Grafana token", &["glsa_", "glc_"], r"\b(glsa_[A-Za-z0-9]{32}_[a-fA-F0-9]{8}|glc_[A-Za-z0-9+/]{32,}={0,2})"),
    format("new-relic-key", "New Relic key", &["NRAK-", "NRII-", "NRAL", "NRJS-"], r"\b(NR(?:AK|II|JS)-[A-Za-z0-9_-]{19,32}|[a-f0-9]{36}NRAL)\b"),
    format("sentry-token", "Sentry token", &["sntrys_", "sntryu_"], r"\b(sntry[su]_[A-Za-z0-9+/=_]{60,})"),
    format("tailscale-key", "Tailscale key", &["tskey-"], r"\b(tskey-[a-z]+-[A-Za-z0-9]{6,}-[A-Za-z0-9]{20,})"),
    format("1password-token", "1Password service account token", &["ops_eyJ"], r"\b(ops_eyJ[A-Za-z0-9+/_-]{100,}={0,2})"),
    format("notion-token", "Notion token", &["ntn_"], r"\b(ntn_[A-Za-z0-9]{40,50})\b"),
    format("figma-token", "Figma token", &["figd_"], r"\b(figd_[A-Za-z0-9_-]{38,46})"),
    format("airtable-token", "Airtable token", &["pat"], r"\b(pat[A-Za-z0-9]{14}\.[a-f0-9]{64})\b"),
    format("contentful-token", "Contentful token", &["CFPAT-"], r"\b(CFPAT-[A-Za-z0-9_-]{43})"),
    format("easypost-key", "EasyPost key", &["EZAK", "EZTK"], r"\b(EZ[AT]K[a-f0-9]{54})\b"),
];
