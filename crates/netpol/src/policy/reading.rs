//! Reading fields as the API server does: what it would refuse is a fault with its path.

use catseye_model::Value;
use catseye_model::{FieldPath, Fields, ObjectId, Selector};

use super::{Namespaces, Pods, Unread};
use crate::address::AddressSet;
use crate::port::{PortSet, Protocol};

pub(super) type Result<T> = std::result::Result<T, Fault>;

/// Why the API server would refuse a policy.
#[derive(Debug)]
pub(super) struct Fault {
    path: FieldPath,
    reason: String,
}

impl Fault {
    pub(super) fn at(path: FieldPath, reason: impl Into<String>) -> Self {
        Fault {
            path,
            reason: reason.into(),
        }
    }

    pub(super) fn of(self, object: ObjectId) -> Unread {
        let Fault { path, reason } = self;
        Unread {
            object,
            path,
            reason: format!("{reason}; the policy is ignored"),
        }
    }
}

/// The members of a list with their paths.
pub(super) fn members<'a>(
    value: &'a Value,
    path: &FieldPath,
    field: &str,
) -> impl Iterator<Item = (FieldPath, &'a Value)> {
    let path = path.clone().join(field);
    let list = value.list(field).iter().enumerate();
    list.map(move |(index, member)| (path.clone().index(index), member))
}

/// A label selector; an absent one selects everything.
pub(super) fn selector(value: &Value, path: FieldPath) -> Result<Selector> {
    Selector::of(value).map_err(|err| Fault::at(path, err.to_string()))
}

/// `{namespaceSelector, podSelector}` as policies of administrators write it.
pub(super) fn pods(value: &Value, path: &FieldPath) -> Result<Pods> {
    let namespaces = selector(
        value.at("namespaceSelector"),
        path.clone().join("namespaceSelector"),
    )?;
    let labels = selector(value.at("podSelector"), path.clone().join("podSelector"))?;
    Ok(Pods {
        namespaces: Namespaces::Labelled(namespaces),
        labels,
    })
}

/// Every pod of the namespaces with these labels.
pub(super) fn pods_of_namespaces(value: &Value, path: FieldPath) -> Result<Pods> {
    Ok(Pods {
        namespaces: Namespaces::Labelled(selector(value, path)?),
        labels: Selector::default(),
    })
}

/// A list of CIDR blocks.
pub(super) fn blocks(value: &Value, path: &FieldPath, field: &str) -> Result<AddressSet> {
    let mut all = AddressSet::none();
    for (path, text) in members(value, path, field) {
        all = all.union(&block(text, path)?);
    }
    Ok(all)
}

/// A CIDR block, with its prefix length.
pub(super) fn block(value: &Value, path: FieldPath) -> Result<AddressSet> {
    let text = value
        .as_str()
        .filter(|text| text.contains('/'))
        .ok_or_else(|| {
            Fault::at(
                path.clone(),
                "expected an address block such as 10.0.0.0/8".to_owned(),
            )
        })?;
    text.parse()
        .map_err(|err: crate::address::InvalidBlock| Fault::at(path, err.to_string()))
}

/// `protocol`, TCP where absent.
pub(super) fn protocol(value: &Value, path: &FieldPath) -> Result<Protocol> {
    let name = match value.at("protocol") {
        Value::Null => "TCP",
        value => value.as_str().unwrap_or_default(),
    };
    Protocol::named(name).ok_or_else(|| {
        Fault::at(
            path.clone().join("protocol"),
            format!("protocol {name:?}: write TCP, UDP or SCTP"),
        )
    })
}

/// A port number.
pub(super) fn number(value: &Value, path: &FieldPath, field: &str) -> Result<u16> {
    value
        .integer(field)
        .and_then(|number| u16::try_from(number).ok())
        .filter(|number| *number > 0)
        .ok_or_else(|| {
            Fault::at(
                path.clone().join(field),
                "expected a port number from 1 to 65535",
            )
        })
}

/// A range of ports by its two ends.
pub(super) fn range(
    protocol: Protocol,
    (first, last): (u16, u16),
    path: FieldPath,
) -> Result<PortSet> {
    if first > last {
        return Err(Fault::at(
            path,
            format!("the range ends ({last}) before it begins ({first})"),
        ));
    }
    Ok([(protocol, first, last)].into_iter().collect())
}
