//! Reading JSON objects into fields that are there already, so that what was read before an error stays.
//!
//! Cloud log stores cut long events. Serde's derived code drops everything at the first error; filling
//! in place keeps the head of the event, which says who did what.

/// The methods of a visitor that fills an object, for values that are no object: null, a number or a
/// list in its place leaves the fields as they are.
macro_rules! other_values_change_nothing {
    () => {
        fn expecting(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            out.write_str("an object")
        }

        fn visit_unit<E: serde::de::Error>(self) -> Result<(), E> {
            Ok(())
        }

        fn visit_bool<E: serde::de::Error>(self, _: bool) -> Result<(), E> {
            Ok(())
        }

        fn visit_i64<E: serde::de::Error>(self, _: i64) -> Result<(), E> {
            Ok(())
        }

        fn visit_u64<E: serde::de::Error>(self, _: u64) -> Result<(), E> {
            Ok(())
        }

        fn visit_f64<E: serde::de::Error>(self, _: f64) -> Result<(), E> {
            Ok(())
        }

        fn visit_str<E: serde::de::Error>(self, _: &str) -> Result<(), E> {
            Ok(())
        }

        fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
            while items.next_element::<serde::de::IgnoredAny>()?.is_some() {}
            Ok(())
        }
    };
}

/// A seed that fills a field of type `$type` with the visitor `$fill`.
macro_rules! fills {
    ($fill:ident, $type:ty) => {
        pub(crate) struct $fill<'f, 'a>(pub(crate) &'f mut $type);

        impl<'de: 'a, 'a> serde::de::DeserializeSeed<'de> for $fill<'_, 'a> {
            type Value = ();

            fn deserialize<D: serde::Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
                from.deserialize_any(self)
            }
        }
    };
}

pub(crate) use {fills, other_values_change_nothing};
