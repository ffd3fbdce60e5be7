//! Reading fields of an untouched JSON value, leniently: what is absent or of another type reads as
//! absent, because a judgement must not fall over a field that it does not understand.

use crate::Value;

/// Lenient readers on [`Value`], and on `serde_json`'s while one is built or changed. `path` is plain field names separated by dots, without indices.
pub trait Fields: Sized + 'static {
    /// The value at `path`, or JSON null.
    fn at(&self, path: &str) -> &Self;
    /// The text at `path`.
    fn text(&self, path: &str) -> Option<&str>;
    /// The boolean at `path`.
    fn flag(&self, path: &str) -> Option<bool>;
    /// The integer at `path`; a float without fraction counts, as it does for the API server.
    fn integer(&self, path: &str) -> Option<i64>;
    /// The list at `path`, or an empty one.
    fn list(&self, path: &str) -> &[Self];
    /// The texts of the list at `path`; members of another type are passed over.
    fn texts<'a>(&'a self, path: &str) -> impl Iterator<Item = &'a str>;
    /// The entries of the mapping at `path`, in key order.
    fn entries<'a>(&'a self, path: &str) -> impl Iterator<Item = (&'a str, &'a Self)>;
    /// The entry `key` of the mapping at `path`, where `key` may hold dots.
    fn entry(&self, path: &str, key: &str) -> Option<&str>;
    /// True when `path` holds anything but null.
    fn has(&self, path: &str) -> bool;
}

macro_rules! reads_leniently {
    ($value:ty) => {
        impl Fields for $value {
            fn at(&self, path: &str) -> &Self {
                static NULL: $value = <$value>::Null;
                if path.is_empty() {
                    return self;
                }
                // Paths are a few short words: a look at each byte is faster than a search set up for each.
                let (mut value, mut rest) = (self, path);
                while let Some(dot) = rest.bytes().position(|byte| byte == b'.') {
                    let (field, after) = rest.split_at(dot);
                    match value.get(field) {
                        Some(inner) => value = inner,
                        None => return &NULL,
                    }
                    rest = &after[1..];
                }
                value.get(rest).unwrap_or(&NULL)
            }

            fn text(&self, path: &str) -> Option<&str> {
                self.at(path).as_str()
            }

            fn flag(&self, path: &str) -> Option<bool> {
                self.at(path).as_bool()
            }

            fn integer(&self, path: &str) -> Option<i64> {
                let value = self.at(path);
                value.as_i64().or_else(|| {
                    // 2^53 bounds what a float holds exactly, so the cast below loses nothing.
                    let float = value.as_f64()?;
                    #[expect(clippy::cast_possible_truncation, reason = "bounded by the guard")]
                    (float.fract() == 0.0 && float.abs() < 9.0e15).then_some(float as i64)
                })
            }

            fn list(&self, path: &str) -> &[Self] {
                self.at(path).as_array().map_or(&[], |list| &list[..])
            }

            fn texts<'a>(&'a self, path: &str) -> impl Iterator<Item = &'a str> {
                self.list(path).iter().filter_map(Self::as_str)
            }

            fn entries<'a>(&'a self, path: &str) -> impl Iterator<Item = (&'a str, &'a Self)> {
                self.at(path)
                    .as_object()
                    .into_iter()
                    .flatten()
                    .map(|(key, value)| (key.as_str(), value))
            }

            fn entry(&self, path: &str, key: &str) -> Option<&str> {
                self.at(path).get(key).and_then(Self::as_str)
            }

            fn has(&self, path: &str) -> bool {
                !self.at(path).is_null()
            }
        }
    };
}

reads_leniently!(Value);
reads_leniently!(serde_json::Value);
