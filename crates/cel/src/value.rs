//! Values of expressions. What stands in an object is read in place: a list or a mapping of an object is
//! a counted reference into it, and nothing below it is touched until it is asked for.

use std::cmp::Ordering;
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use catseye_model::Value;
use catseye_model::value::Text;
use jiff::Timestamp;

use crate::authorizer::Authorization;
use crate::function::named_format::NamedFormat;
use crate::function::network::Cidr;
use crate::function::quantity::Amount;
use crate::function::semver::Semver;
use crate::function::url::Url;

/// A value that an expression reads or computes.
#[derive(Clone)]
pub enum Val {
    /// `null`.
    Null,
    /// `true`, `false`.
    Bool(bool),
    /// A signed integer.
    Int(i64),
    /// An unsigned integer, written `1u`.
    UInt(u64),
    /// A floating-point number.
    Double(f64),
    /// A text.
    Text(Text),
    /// Bytes.
    Bytes(Arc<[u8]>),
    /// A list or a mapping of an object, read in place.
    Json(Value),
    /// A list that the expression made.
    List(Arc<Vec<Val>>),
    /// A mapping that the expression made.
    Map(Arc<Map>),
    /// A typed object that the expression wrote, such as `Object.spec{replicas: 1}`.
    Struct(Arc<Struct>),
    /// A length of time in nanoseconds.
    Duration(i64),
    /// A point in time.
    Timestamp(Timestamp),
    /// An optional value.
    Optional(Option<Arc<Val>>),
    /// A type, by its name.
    Type(&'static str),
    /// An amount.
    Quantity(Amount),
    /// An address.
    Ip(IpAddr),
    /// A block of addresses.
    Cidr(Cidr),
    /// A URL.
    Url(Arc<Url>),
    /// A semantic version.
    Semver(Arc<Semver>),
    /// A named format such as `dns1123Label`.
    Format(NamedFormat),
    /// A question to the authorizer, or its answer.
    Authorization(Arc<Authorization>),
}

/// A mapping that an expression made: entries sorted by key, each key once.
#[derive(Clone, Default)]
pub struct Map {
    entries: Vec<(Val, Val)>,
}

/// A typed object: its type's name and the fields that were written.
#[derive(Clone)]
pub struct Struct {
    /// Such as `Object.spec` or `JSONPatch`.
    pub name: String,
    /// The fields in the order written.
    pub fields: Vec<(Text, Val)>,
}

/// Where keys stand among each other: booleans, numbers, texts.
fn key_order(one: &Val, other: &Val) -> Ordering {
    fn rank(key: &Val) -> u8 {
        match key {
            Val::Bool(_) => 0,
            Val::Int(_) | Val::UInt(_) | Val::Double(_) => 1,
            _ => 2,
        }
    }
    rank(one)
        .cmp(&rank(other))
        .then_with(|| compare(one, other).unwrap_or(Ordering::Equal))
}

impl Map {
    /// Makes a mapping; the key that comes twice, if one does.
    pub fn new(mut entries: Vec<(Val, Val)>) -> Result<Self, Val> {
        entries.sort_by(|one, other| key_order(&one.0, &other.0));
        let twice = entries
            .windows(2)
            .find(|pair| key_order(&pair[0].0, &pair[1].0) == Ordering::Equal);
        match twice {
            Some(pair) => Err(pair[0].0.clone()),
            None => Ok(Map { entries }),
        }
    }

    /// Makes a mapping; of a key that comes twice the last value stays.
    pub(crate) fn of_last(mut entries: Vec<(Val, Val)>) -> Self {
        entries.reverse();
        entries.sort_by(|one, other| key_order(&one.0, &other.0));
        entries.dedup_by(|later, first| key_order(&later.0, &first.0) == Ordering::Equal);
        Map { entries }
    }

    /// The value of a key; numbers are equal across their types.
    pub fn get(&self, key: &Val) -> Option<&Val> {
        if !matches!(
            key,
            Val::Bool(_) | Val::Int(_) | Val::UInt(_) | Val::Double(_) | Val::Text(_)
        ) {
            return None;
        }
        let place = self
            .entries
            .binary_search_by(|(known, _)| key_order(known, key))
            .ok()?;
        Some(&self.entries[place].1)
    }

    /// The entries in the order of their keys.
    pub fn entries(&self) -> &[(Val, Val)] {
        &self.entries
    }
}

impl Val {
    /// A text.
    pub fn text(text: impl AsRef<str>) -> Self {
        Val::Text(Text::from(text.as_ref()))
    }

    /// A list.
    pub fn list(members: Vec<Val>) -> Self {
        Val::List(Arc::new(members))
    }

    /// An optional that holds a value.
    pub fn some(value: Val) -> Self {
        Val::Optional(Some(Arc::new(value)))
    }

    /// A value of an object, in place.
    pub fn of(value: &Value) -> Self {
        match value {
            Value::Null => Val::Null,
            Value::Bool(value) => Val::Bool(*value),
            Value::Number(number) => number
                .as_i64()
                .map(Val::Int)
                .or_else(|| number.as_u64().map(Val::UInt))
                .unwrap_or_else(|| Val::Double(number.as_f64().unwrap_or(f64::NAN))),
            Value::String(text) => Val::Text(text.clone()),
            Value::Array(_) | Value::Object(_) => Val::Json(value.clone()),
        }
    }

    /// The name of the value's type, as `type()` has it.
    pub fn type_name(&self) -> &'static str {
        match self {
            Val::Null => "null_type",
            Val::Bool(_) => "bool",
            Val::Int(_) => "int",
            Val::UInt(_) => "uint",
            Val::Double(_) => "double",
            Val::Text(_) => "string",
            Val::Bytes(_) => "bytes",
            Val::Json(Value::Array(_)) | Val::List(_) => "list",
            Val::Json(_) | Val::Map(_) => "map",
            Val::Struct(_) => "object",
            Val::Duration(_) => "google.protobuf.Duration",
            Val::Timestamp(_) => "google.protobuf.Timestamp",
            Val::Optional(_) => "optional_type",
            Val::Type(_) => "type",
            Val::Quantity(_) => "kubernetes.Quantity",
            Val::Ip(_) => "net.IP",
            Val::Cidr(_) => "net.CIDR",
            Val::Url(_) => "kubernetes.URL",
            Val::Semver(_) => "kubernetes.Semver",
            Val::Format(_) => "kubernetes.NamedFormat",
            Val::Authorization(question) => question.type_name(),
        }
    }

    /// The text, of a text.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Val::Text(text) => Some(text),
            _ => None,
        }
    }

    /// How many members a list or entries a mapping has; none of all others.
    pub fn len(&self) -> Option<usize> {
        match self {
            Val::Json(Value::Array(list)) => Some(list.len()),
            Val::Json(Value::Object(map)) => Some(map.len()),
            Val::List(list) => Some(list.len()),
            Val::Map(map) => Some(map.entries.len()),
            _ => None,
        }
    }

    /// True for an empty list or mapping.
    pub fn is_empty(&self) -> bool {
        self.len() == Some(0)
    }

    /// True for a list.
    pub fn is_list(&self) -> bool {
        matches!(self, Val::List(_) | Val::Json(Value::Array(_)))
    }

    /// True for a mapping.
    pub fn is_map(&self) -> bool {
        matches!(self, Val::Map(_) | Val::Json(Value::Object(_)))
    }

    /// A member of a list by its position.
    pub fn member(&self, place: usize) -> Option<Val> {
        match self {
            Val::List(list) => list.get(place).cloned(),
            Val::Json(Value::Array(list)) => list.get(place).map(Val::of),
            _ => None,
        }
    }

    /// The members of a list; none of anything else.
    pub fn members(&self) -> Option<Vec<Val>> {
        match self {
            Val::List(list) => Some(list.to_vec()),
            Val::Json(Value::Array(list)) => Some(list.iter().map(Val::of).collect()),
            _ => None,
        }
    }

    /// The entry of a mapping in key order.
    pub fn entry(&self, place: usize) -> Option<(Val, Val)> {
        match self {
            Val::Map(map) => map.entries.get(place).cloned(),
            Val::Json(Value::Object(map)) => map
                .iter()
                .nth(place)
                .map(|(key, value)| (Val::Text(key.clone()), Val::of(value))),
            _ => None,
        }
    }

    /// The entries of a mapping; none of anything else.
    pub fn entries(&self) -> Option<Vec<(Val, Val)>> {
        match self {
            Val::Map(map) => Some(map.entries.clone()),
            Val::Json(Value::Object(map)) => Some(
                map.iter()
                    .map(|(key, value)| (Val::Text(key.clone()), Val::of(value)))
                    .collect(),
            ),
            _ => None,
        }
    }

    /// True for what Go would call the zero value, which `optional.ofNonZeroValue` leaves out.
    pub fn is_zero(&self) -> bool {
        match self {
            Val::Null => true,
            Val::Bool(value) => !value,
            Val::Int(value) => *value == 0,
            Val::UInt(value) => *value == 0,
            Val::Double(value) => *value == 0.0,
            Val::Text(text) => text.is_empty(),
            Val::Bytes(bytes) => bytes.is_empty(),
            Val::Duration(nanos) => *nanos == 0,
            Val::Optional(inner) => inner.is_none(),
            _ => self.is_empty(),
        }
    }

    /// The value as JSON, where it has such a form.
    pub fn to_json(&self) -> Option<Value> {
        use catseye_model::value::Number;
        Some(match self {
            Val::Null => Value::Null,
            Val::Bool(value) => Value::Bool(*value),
            Val::Int(value) => Value::Number(Number::from(*value)),
            Val::UInt(value) => Value::Number(Number::from(*value)),
            Val::Double(value) => Value::Number(Number::from_f64(*value)?),
            Val::Text(text) => Value::String(text.clone()),
            Val::Json(value) => value.clone(),
            Val::List(list) => Value::Array(list.iter().map(Val::to_json).collect::<Option<_>>()?),
            Val::Map(map) => Value::Object(
                map.entries
                    .iter()
                    .map(|(key, value)| match key {
                        Val::Text(key) => Some((key.clone(), value.to_json()?)),
                        _ => None,
                    })
                    .collect::<Option<_>>()?,
            ),
            Val::Struct(object) => Value::Object(
                object
                    .fields
                    .iter()
                    .map(|(name, value)| Some((name.clone(), value.to_json()?)))
                    .collect::<Option<_>>()?,
            ),
            Val::Optional(Some(inner)) => inner.to_json()?,
            Val::Duration(_) | Val::Timestamp(_) => {
                Value::String(Text::from(crate::function::conversion::shown(self)?))
            }
            _ => return None,
        })
    }
}

impl PartialEq for Val {
    /// Equality of CEL: numbers by value across their types, different types never.
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Val::Null, Val::Null) => true,
            (Val::Bool(one), Val::Bool(other)) => one == other,
            (Val::Text(one), Val::Text(other)) => one == other,
            (Val::Bytes(one), Val::Bytes(other)) => one == other,
            (
                Val::Int(_) | Val::UInt(_) | Val::Double(_),
                Val::Int(_) | Val::UInt(_) | Val::Double(_),
            ) => compare(self, other) == Some(Ordering::Equal),
            (Val::Json(one), Val::Json(other)) if one == other => true,
            (Val::Duration(one), Val::Duration(other)) => one == other,
            (Val::Timestamp(one), Val::Timestamp(other)) => one == other,
            (Val::Optional(one), Val::Optional(other)) => one == other,
            (Val::Type(one), Val::Type(other)) => one == other,
            (Val::Quantity(one), Val::Quantity(other)) => one == other,
            (Val::Ip(one), Val::Ip(other)) => one == other,
            (Val::Cidr(one), Val::Cidr(other)) => one == other,
            (Val::Url(one), Val::Url(other)) => one == other,
            (Val::Semver(one), Val::Semver(other)) => one.compare(other) == Ordering::Equal,
            (Val::Format(one), Val::Format(other)) => one == other,
            (Val::Struct(one), Val::Struct(other)) => {
                one.name == other.name
                    && one.fields.len() == other.fields.len()
                    && one.fields.iter().all(|field| other.fields.contains(field))
            }
            _ if self.is_list() && other.is_list() => {
                self.len() == other.len()
                    && (0..self.len().unwrap_or(0))
                        .all(|place| self.member(place) == other.member(place))
            }
            _ if self.is_map() && other.is_map() => {
                if self.len() != other.len() {
                    return false;
                }
                let (Some(one), Some(other)) = (self.entries(), other.entries()) else {
                    return false;
                };
                one.iter().zip(&other).all(|(one, other)| one == other)
            }
            _ => false,
        }
    }
}

/// The order of two values of types that have one; numbers across their types.
pub(crate) fn compare(one: &Val, other: &Val) -> Option<Ordering> {
    match (one, other) {
        (Val::Bool(one), Val::Bool(other)) => Some(one.cmp(other)),
        (Val::Int(one), Val::Int(other)) | (Val::Duration(one), Val::Duration(other)) => {
            Some(one.cmp(other))
        }
        (Val::UInt(one), Val::UInt(other)) => Some(one.cmp(other)),
        (Val::Double(one), Val::Double(other)) => one.partial_cmp(other),
        (Val::Int(one), Val::UInt(other)) => Some(i128::from(*one).cmp(&i128::from(*other))),
        (Val::UInt(one), Val::Int(other)) => Some(i128::from(*one).cmp(&i128::from(*other))),
        (Val::Int(one), Val::Double(other)) => beside_double(i128::from(*one), *other),
        (Val::UInt(one), Val::Double(other)) => beside_double(i128::from(*one), *other),
        (Val::Double(one), Val::Int(other)) => {
            beside_double(i128::from(*other), *one).map(Ordering::reverse)
        }
        (Val::Double(one), Val::UInt(other)) => {
            beside_double(i128::from(*other), *one).map(Ordering::reverse)
        }
        (Val::Text(one), Val::Text(other)) => Some(one.as_str().cmp(other.as_str())),
        (Val::Bytes(one), Val::Bytes(other)) => Some(one.cmp(other)),
        (Val::Timestamp(one), Val::Timestamp(other)) => Some(one.cmp(other)),
        _ => None,
    }
}

/// An integer beside a floating-point number, exactly.
#[expect(
    clippy::cast_possible_truncation,
    reason = "the whole part of a number within 1e30 fits"
)]
fn beside_double(whole: i128, double: f64) -> Option<Ordering> {
    if double.is_nan() {
        return None;
    }
    if double > 1e30 {
        return Some(Ordering::Less);
    }
    if double < -1e30 {
        return Some(Ordering::Greater);
    }
    let floor = double.floor();
    Some(whole.cmp(&(floor as i128)).then(if double > floor {
        Ordering::Less
    } else {
        Ordering::Equal
    }))
}

impl fmt::Debug for Val {
    /// The type alone: values may be secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.type_name())
    }
}
