//! Who called, as the API server authenticated them.

use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::sync::OnceLock;

use super::actor::Actor;
use super::entries::{FillList, FillLists};
use super::lenient::{fills, other_values_change_nothing};
use super::text::Text;

/// `user` or `impersonatedUser` of an event.
#[derive(Debug, Clone, Default)]
pub struct User<'a> {
    /// The name, such as `jane` or `system:serviceaccount:shop:cart`.
    pub username: Text<'a>,
    /// The id that the authenticator gave.
    pub uid: Text<'a>,
    /// The groups.
    pub groups: Vec<Text<'a>>,
    pub(crate) extra: Option<&'a RawValue>,
    pub(crate) extra_read: OnceLock<Vec<(Text<'a>, Vec<Text<'a>>)>>,
}

impl<'a> User<'a> {
    /// What kind of actor the name stands for.
    pub fn actor(&self) -> Actor<'_> {
        Actor::of(&self.username, self.in_group("system:nodes"))
    }

    /// True for a member of `group`.
    pub fn in_group(&self, group: &str) -> bool {
        self.groups.iter().any(|member| *member == *group)
    }

    /// What the authenticator added: token ids, the pod of a token, the cloud identity behind the name.
    pub fn extra(&self) -> &[(Text<'a>, Vec<Text<'a>>)] {
        self.extra_read.get_or_init(|| {
            let mut read = Vec::new();
            if let Some(raw) = self.extra {
                let mut from = serde_json::Deserializer::from_str(raw.get());
                // The text was read as JSON once, so what is left out is what cannot be a list of texts.
                let _ = FillLists(&mut read).deserialize(&mut from);
            }
            read
        })
    }

    /// The first value of the extra entry `key`; keys are compared without case, as authenticators
    /// disagree on it.
    pub fn extra_value(&self, key: &str) -> Option<&str> {
        self.extra()
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(key))
            .and_then(|(_, values)| values.first())
            .map(Text::as_str)
    }

    /// The pod whose token was used, where the token is bound to one.
    pub fn token_pod(&self) -> Option<&str> {
        self.extra_value("authentication.kubernetes.io/pod-name")
    }

    /// The node whose pod's token was used, where the token says so.
    pub fn token_node(&self) -> Option<&str> {
        self.extra_value("authentication.kubernetes.io/node-name")
    }

    /// The id of the token or certificate that was used, such as `JTI=…`.
    pub fn credential_id(&self) -> Option<&str> {
        self.extra_value("authentication.kubernetes.io/credential-id")
    }

    /// The cloud identity behind a name that many share: EKS maps a hundred people to
    /// `kubernetes-admin` and says in `extra` which of them it was.
    pub fn cloud_identity(&self) -> Option<CloudIdentity<'_>> {
        let principal = self
            .extra_value("canonicalArn")
            .or_else(|| self.extra_value("arn"))
            .or_else(|| self.extra_value("oid"))?;
        Some(CloudIdentity {
            principal,
            session: self
                .extra_value("sessionName")
                .filter(|name| !name.is_empty()),
        })
    }
}

/// Who is behind a user name, according to the cloud.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct CloudIdentity<'e> {
    /// The role or user of the cloud: an ARN or an Entra object id.
    pub principal: &'e str,
    /// The session of a role, often a person's address.
    pub session: Option<&'e str>,
}

fills!(FillUser, User<'a>);

impl<'de: 'a, 'a> Visitor<'de> for FillUser<'_, 'a> {
    type Value = ();

    other_values_change_nothing!();

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<Text<'de>>()? {
            match &*key {
                "username" => self.0.username = map.next_value()?,
                "uid" => self.0.uid = map.next_value()?,
                "groups" => map.next_value_seed(FillList(&mut self.0.groups))?,
                "extra" => self.0.extra = Some(map.next_value()?),
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(())
    }
}
