//! The desired state, of all the sources that the command line names.

use std::collections::BTreeMap;

use catseye_drift::desired::{applied, helm};
use catseye_drift::{DesiredState, Source};
use catseye_model::{Object, ObjectKey, RedactionKey, Value};
use catseye_report::scan::Level;

use super::Args;
use super::live::{State, redacted};
use crate::intake::{self, Options};
use crate::output;

/// Desired Secrets as they are written: only the way back needs them.
pub(super) type RawSecrets = BTreeMap<ObjectKey, Value>;

pub(super) fn read(
    args: &Args,
    key: &RedactionKey,
    state: &State,
    unreadable: &mut bool,
) -> anyhow::Result<(DesiredState, RawSecrets)> {
    let mut desired = DesiredState::default();
    let mut raw = RawSecrets::new();
    if args.last_applied {
        let lost = applied::read(&state.inventory, &mut desired);
        for key in &lost.unreadable {
            anstream::eprintln!("{key}: its last-applied annotation could not be read");
        }
        for key in &lost.foreign {
            anstream::eprintln!(
                "{key}: its last-applied annotation is about another object, which kubectl never writes; it is not taken"
            );
        }
        *unreadable |= lost != applied::Lost::default();
    }
    let lost = helm::add(state.releases.clone(), &mut desired);
    if lost > 0 {
        anstream::eprintln!("{lost} documents of Helm releases could not be read");
        *unreadable = true;
    }
    for release in &desired.under_way {
        anstream::eprintln!("Helm release {release}; nothing is said of its objects");
    }
    if !args.desired.is_empty() {
        files(args, key, &mut desired, &mut raw, unreadable)?;
    }
    if desired.is_empty() && !args.inventories {
        anyhow::bail!("no desired object was found");
    }
    for key in &desired.repeated {
        anstream::eprintln!("{key} is written more than once; the last one counts");
    }
    Ok((desired, raw))
}

fn files(
    args: &Args,
    key: &RedactionKey,
    desired: &mut DesiredState,
    raw: &mut RawSecrets,
    unreadable: &mut bool,
) -> anyhow::Result<()> {
    let options = Options {
        render: true,
        helm_values: args.helm_values.clone(),
        dumps: false,
    };
    let read = intake::gather(&args.desired, &options)?;
    for notice in &read.notices {
        *unreadable |= notice.level == Level::Error;
        if notice.level != Level::Note {
            output::tell(notice);
        }
    }
    for object in read.objects {
        let source = object.origin().map_or_else(String::new, |origin| {
            let file = read.sources.get(origin.file.0 as usize);
            format!("{}:{}", file.map_or("?", |file| &file.name), origin.line)
        });
        let object = match &args.namespace {
            Some(namespace) => in_namespace(object, namespace),
            None => object,
        };
        if object.kind_name() == "Secret" {
            raw.insert(ObjectKey::of(&object), object.value().clone());
        }
        desired.add(redacted(object, key), Source::File(source));
    }
    Ok(())
}

fn in_namespace(object: Object, namespace: &str) -> Object {
    let mut value = object.value().clone();
    helm::complete_namespace(&mut value, namespace);
    match Object::new(value, object.origin().cloned()) {
        Ok(completed) => completed,
        Err(_) => object,
    }
}
