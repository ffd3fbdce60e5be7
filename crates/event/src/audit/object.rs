//! What a call was aimed at, and how it ended.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::lenient::{fills, other_values_change_nothing};
use super::text::Text;

/// `objectRef` of an event; a field that does not apply is empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ObjectRef<'a> {
    /// The plural resource, such as `pods`.
    pub resource: Text<'a>,
    /// The subresource, such as `exec`.
    pub subresource: Text<'a>,
    /// The namespace.
    pub namespace: Text<'a>,
    /// The name; for a create with `generateName` the one that the API server chose, if it is known.
    pub name: Text<'a>,
    /// The API group, empty for the core group.
    pub api_group: Text<'a>,
    /// The version of the group.
    pub api_version: Text<'a>,
    /// The uid, where the caller gave one.
    pub uid: Text<'a>,
    /// The resource version, where the caller gave one.
    pub resource_version: Text<'a>,
}

fills!(FillObjectRef, ObjectRef<'a>);

impl<'de: 'a, 'a> Visitor<'de> for FillObjectRef<'_, 'a> {
    type Value = ();

    other_values_change_nothing!();

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let object = self.0;
        while let Some(key) = map.next_key::<Text<'de>>()? {
            match &*key {
                "resource" => object.resource = map.next_value()?,
                "subresource" => object.subresource = map.next_value()?,
                "namespace" => object.namespace = map.next_value()?,
                "name" => object.name = map.next_value()?,
                "apiGroup" => object.api_group = map.next_value()?,
                "apiVersion" => object.api_version = map.next_value()?,
                "uid" => object.uid = map.next_value()?,
                "resourceVersion" => object.resource_version = map.next_value()?,
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        // v1beta1 before Kubernetes 1.8 wrote `group/version` into one field.
        if object.api_group.is_empty() && object.api_version.contains('/') {
            let both = object.api_version.as_str().to_owned();
            if let Some((group, version)) = both.split_once('/') {
                object.api_group = Text::from(group.to_owned());
                object.api_version = Text::from(version.to_owned());
            }
        }
        Ok(())
    }
}

/// `responseStatus` of an event.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Status<'a> {
    /// The HTTP code.
    pub code: Option<u16>,
    /// The reason as one word, such as `Forbidden`.
    pub reason: Text<'a>,
    /// The message.
    pub message: Text<'a>,
}

fills!(FillStatus, Status<'a>);

impl<'de: 'a, 'a> Visitor<'de> for FillStatus<'_, 'a> {
    type Value = ();

    other_values_change_nothing!();

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<Text<'de>>()? {
            match &*key {
                "code" => self.0.code = map.next_value::<Code>()?.0,
                "reason" => self.0.reason = map.next_value()?,
                "message" => self.0.message = map.next_value()?,
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(())
    }
}

/// A code: a number, or a number as a text.
struct Code(Option<u16>);

impl<'de> Deserialize<'de> for Code {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct CodeVisitor;

        impl<'de> Visitor<'de> for CodeVisitor {
            type Value = Code;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("an HTTP code")
            }

            fn visit_u64<E: Error>(self, code: u64) -> Result<Code, E> {
                Ok(Code(u16::try_from(code).ok()))
            }

            fn visit_i64<E: Error>(self, _: i64) -> Result<Code, E> {
                Ok(Code(None))
            }

            fn visit_f64<E: Error>(self, _: f64) -> Result<Code, E> {
                Ok(Code(None))
            }

            fn visit_bool<E: Error>(self, _: bool) -> Result<Code, E> {
                Ok(Code(None))
            }

            fn visit_unit<E: Error>(self) -> Result<Code, E> {
                Ok(Code(None))
            }

            fn visit_str<E: Error>(self, code: &str) -> Result<Code, E> {
                Ok(Code(code.parse().ok()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Code, A::Error> {
                while items.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Code(None))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Code, A::Error> {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Code(None))
            }
        }

        from.deserialize_any(CodeVisitor)
    }
}
