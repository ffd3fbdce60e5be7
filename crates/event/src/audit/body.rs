//! Bodies of an event: text until somebody asks, then JSON without the values of secrets.
//!
//! The text itself never leaves this module, so what is taken out here cannot be seen elsewhere.

use std::borrow::Cow;
use std::sync::OnceLock;

use catseye_model::RedactionKey;
use catseye_model::Value;
use serde_json::value::RawValue;

use super::object::ObjectRef;
use super::patch;
use super::secret_values;

/// `requestObject` or `responseObject`.
#[derive(Clone, Default)]
pub(crate) struct Body<'a> {
    text: Option<&'a RawValue>,
    read: OnceLock<Option<Value>>,
    /// The same in the shape of an object, where it is sent in another.
    shaped: OnceLock<Option<Box<Value>>>,
}

impl<'a> Body<'a> {
    pub(crate) fn new(text: Option<&'a RawValue>) -> Self {
        Body {
            // A body that is null is no body.
            text: text.filter(|text| text.get() != "null"),
            read: OnceLock::new(),
            shaped: OnceLock::new(),
        }
    }

    /// True when the event holds this body.
    pub(crate) fn is_there(&self) -> bool {
        self.text.is_some()
    }

    /// The length of its text in bytes.
    pub(crate) fn len(&self) -> usize {
        self.text.map_or(0, |text| text.get().len())
    }

    /// The body as JSON, read once. What nests deeper than the parser goes reads as absent.
    pub(crate) fn read(
        &self,
        target: Option<&ObjectRef<'_>>,
        key: &RedactionKey,
    ) -> Option<&Value> {
        self.read
            .get_or_init(|| {
                let mut value: Value = serde_json::from_str(self.text?.get()).ok()?;
                secret_values::redact(&mut value, target, key);
                Some(value)
            })
            .as_ref()
    }

    /// The body as (the part of) the object that it sets, whatever the kind of patch; made once.
    pub(crate) fn object(
        &self,
        target: Option<&ObjectRef<'_>>,
        key: &RedactionKey,
    ) -> Option<&Value> {
        let body = self.read(target, key)?;
        let shaped = self.shaped.get_or_init(|| match patch::as_object(body) {
            Cow::Borrowed(_) => None,
            Cow::Owned(object) => Some(Box::new(object)),
        });
        Some(shaped.as_deref().unwrap_or(body))
    }
}
