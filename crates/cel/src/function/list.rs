//! Functions of lists: Kubernetes' own (`isSorted`, `sum`, …) and the lists library, version 3.

use std::cmp::Ordering;

use super::{Call, Failure, Function, fail, global, member};
use crate::value::{Val, compare};

pub(crate) const FUNCTIONS: &[Function] = &[
    member("isSorted", 0, 0, is_sorted),
    member("sum", 0, 0, sum),
    member("min", 0, 0, |call| extreme(call, Ordering::Less)),
    member("max", 0, 0, |call| extreme(call, Ordering::Greater)),
    member("indexOf", 1, 2, |call| index_of(call, false)),
    member("lastIndexOf", 1, 2, |call| index_of(call, true)),
    member("slice", 2, 2, slice),
    member("flatten", 0, 1, flatten),
    member("distinct", 0, 0, distinct),
    member("sort", 0, 0, sort),
    member("reverse", 0, 0, |call| {
        let mut members = call.list(0)?;
        members.reverse();
        call.made_list(members)
    }),
    global("lists.range", 1, 1, range),
];

/// Refuses members that have no order among each other.
fn comparable(members: &[Val]) -> Result<(), Failure> {
    let Some(first) = members.first() else {
        return Ok(());
    };
    let plain = |value: &Val| {
        !value.is_list() && !value.is_map() && !matches!(value, Val::Null | Val::Optional(_))
    };
    for value in members {
        if !plain(value) || value.type_name() != first.type_name() {
            return Err(Failure::NoOverload);
        }
    }
    Ok(())
}

fn is_sorted(call: &Call<'_>) -> Result<Val, Failure> {
    let members = call.list(0)?;
    for pair in members.windows(2) {
        match compare(&pair[0], &pair[1]) {
            Some(Ordering::Greater) => return Ok(Val::Bool(false)),
            Some(_) => {}
            None => return Err(Failure::NoOverload),
        }
    }
    Ok(Val::Bool(true))
}

fn sum(call: &Call<'_>) -> Result<Val, Failure> {
    let members = call.list(0)?;
    let mut total = match members.first() {
        None | Some(Val::Int(_)) => Val::Int(0),
        Some(Val::UInt(_)) => Val::UInt(0),
        Some(Val::Double(_)) => Val::Double(0.0),
        Some(Val::Duration(_)) => Val::Duration(0),
        Some(_) => return Err(Failure::NoOverload),
    };
    for value in members {
        let overflow = || Failure::Message("integer overflow".to_owned());
        total = match (total, value) {
            (Val::Int(one), Val::Int(other)) => {
                Val::Int(one.checked_add(other).ok_or_else(overflow)?)
            }
            (Val::UInt(one), Val::UInt(other)) => {
                Val::UInt(one.checked_add(other).ok_or_else(overflow)?)
            }
            (Val::Double(one), Val::Double(other)) => Val::Double(one + other),
            (Val::Duration(one), Val::Duration(other)) => {
                Val::Duration(one.checked_add(other).ok_or_else(overflow)?)
            }
            _ => return Err(Failure::NoOverload),
        };
    }
    Ok(total)
}

fn extreme(call: &Call<'_>, wanted: Ordering) -> Result<Val, Failure> {
    let members = call.list(0)?;
    let mut rest = members.into_iter();
    let Some(mut best) = rest.next() else {
        let name = if wanted == Ordering::Less {
            "min"
        } else {
            "max"
        };
        return fail(format!("{name} called on empty list"));
    };
    for value in rest {
        match compare(&value, &best) {
            Some(order) if order == wanted => best = value,
            Some(_) => {}
            None => return Err(Failure::NoOverload),
        }
    }
    Ok(best)
}

fn index_of(call: &Call<'_>, last: bool) -> Result<Val, Failure> {
    if call.args[0].as_str().is_some() {
        return index_of_text(call, last);
    }
    if call.args.len() > 2 {
        return Err(Failure::NoOverload);
    }
    let members = call.list(0)?;
    let wanted = |member: &Val| *member == call.args[1];
    let found = if last {
        members.iter().rposition(wanted)
    } else {
        members.iter().position(wanted)
    };
    Ok(Val::Int(found.map_or(-1, |place| {
        i64::try_from(place).unwrap_or(i64::MAX)
    })))
}

/// Positions in texts are counted in characters.
fn index_of_text(call: &Call<'_>, last: bool) -> Result<Val, Failure> {
    let (text, wanted) = (call.text(0)?, call.text(1)?);
    let count = text.chars().count();
    let bound = match call.args.get(2) {
        Some(_) => {
            let bound = call.int(2)?;
            match usize::try_from(bound) {
                Ok(bound) if bound <= count => Some(bound),
                _ => return fail(format!("index out of range: {bound}")),
            }
        }
        None => None,
    };
    let byte = |place: usize| {
        text.char_indices()
            .nth(place)
            .map_or(text.len(), |(byte, _)| byte)
    };
    let found = if last {
        // The bound is the last place where a hit may begin.
        let end = bound.map_or(text.len(), |bound| {
            (byte(bound) + wanted.len()).min(text.len())
        });
        let end = (0..=end)
            .rev()
            .find(|end| text.is_char_boundary(*end))
            .unwrap_or(0);
        text[..end].rfind(wanted)
    } else {
        let start = bound.map_or(0, byte);
        text[start..].find(wanted).map(|place| place + start)
    };
    let place = found.map(|byte| text[..byte].chars().count());
    Ok(Val::Int(place.map_or(-1, |place| {
        i64::try_from(place).unwrap_or(i64::MAX)
    })))
}

fn slice(call: &Call<'_>) -> Result<Val, Failure> {
    let members = call.list(0)?;
    let (start, end) = (call.int(1)?, call.int(2)?);
    match (usize::try_from(start), usize::try_from(end)) {
        (Ok(from), Ok(to)) if from <= to && to <= members.len() => {
            call.made_list(members[from..to].to_vec())
        }
        _ if start >= 0 && end >= 0 && start > end => fail(format!(
            "cannot slice({start}, {end}), start index must be less than or equal to end index"
        )),
        _ => fail(format!(
            "cannot slice({start}, {end}), list is length {}",
            members.len()
        )),
    }
}

fn flatten(call: &Call<'_>) -> Result<Val, Failure> {
    let depth = match call.args.get(1) {
        Some(_) => call.int(1)?,
        None => 1,
    };
    if depth < 0 {
        return fail("level must be non-negative");
    }
    let mut flat = Vec::new();
    flatten_into(call, call.list(0)?, depth, &mut flat)?;
    call.made_list(flat)
}

fn flatten_into(
    call: &Call<'_>,
    members: Vec<Val>,
    depth: i64,
    flat: &mut Vec<Val>,
) -> Result<(), Failure> {
    for value in members {
        call.budget.make(size_of::<Val>())?;
        match value.members() {
            Some(inner) if depth > 0 => flatten_into(call, inner, depth - 1, flat)?,
            _ => flat.push(value),
        }
    }
    Ok(())
}

fn distinct(call: &Call<'_>) -> Result<Val, Failure> {
    let mut kept: Vec<Val> = Vec::new();
    for value in call.list(0)? {
        call.budget.step(kept.len())?;
        if !kept.contains(&value) {
            kept.push(value);
        }
    }
    call.made_list(kept)
}

fn sort(call: &Call<'_>) -> Result<Val, Failure> {
    let mut members = call.list(0)?;
    comparable(&members)?;
    members.sort_by(|one, other| compare(one, other).unwrap_or(Ordering::Equal));
    call.made_list(members)
}

fn range(call: &Call<'_>) -> Result<Val, Failure> {
    let end = call.int(0)?;
    let count = usize::try_from(end).unwrap_or(0);
    call.budget.make(count.saturating_mul(size_of::<Val>()))?;
    Ok(Val::list((0..end).map(Val::Int).collect()))
}
