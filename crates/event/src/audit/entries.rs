//! String maps and string lists of an event, in the order in which they were written.

use std::fmt;

use serde::de::{Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::lenient::{fills, other_values_change_nothing};
use super::text::Text;

fills!(FillList, Vec<Text<'a>>);

impl<'de: 'a, 'a> Visitor<'de> for FillList<'_, 'a> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a list of strings")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    // Log stores flatten lists of one.
    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<(), E> {
        self.0.push(Text::from(text));
        Ok(())
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        self.0.push(Text::from(text.to_owned()));
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        while let Some(item) = items.next_element::<Text<'de>>()? {
            self.0.push(item);
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(())
    }
}

fills!(FillEntries, Vec<(Text<'a>, Text<'a>)>);

impl<'de: 'a, 'a> Visitor<'de> for FillEntries<'_, 'a> {
    type Value = ();

    other_values_change_nothing!();

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(entry) = map.next_entry::<Text<'de>, Text<'de>>()? {
            self.0.push(entry);
        }
        Ok(())
    }
}

fills!(FillLists, Vec<(Text<'a>, Vec<Text<'a>>)>);

impl<'de: 'a, 'a> Visitor<'de> for FillLists<'_, 'a> {
    type Value = ();

    other_values_change_nothing!();

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<Text<'de>>()? {
            let mut values = Vec::new();
            map.next_value_seed(FillList(&mut values))?;
            self.0.push((key, values));
        }
        Ok(())
    }
}
