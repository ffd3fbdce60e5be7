//! Timestamps and durations.

use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp};

use super::{Call, Failure, Function, fail, global, member};
use crate::value::Val;

const SECOND: i64 = 1_000_000_000;

pub(crate) const FUNCTIONS: &[Function] = &[
    global("timestamp", 1, 1, timestamp),
    global("duration", 1, 1, duration),
    member("getFullYear", 0, 1, |call| {
        part(call, |time| i64::from(time.year()))
    }),
    member("getMonth", 0, 1, |call| {
        part(call, |time| i64::from(time.month()) - 1)
    }),
    member("getDate", 0, 1, |call| {
        part(call, |time| i64::from(time.day()))
    }),
    member("getDayOfMonth", 0, 1, |call| {
        part(call, |time| i64::from(time.day()) - 1)
    }),
    member("getDayOfWeek", 0, 1, |call| {
        part(call, |time| {
            i64::from(time.weekday().to_sunday_zero_offset())
        })
    }),
    member("getDayOfYear", 0, 1, |call| {
        part(call, |time| i64::from(time.day_of_year()) - 1)
    }),
    member("getHours", 0, 1, |call| {
        span(call, SECOND * 3600, |time| i64::from(time.hour()))
    }),
    member("getMinutes", 0, 1, |call| {
        span(call, SECOND * 60, |time| i64::from(time.minute()))
    }),
    member("getSeconds", 0, 1, |call| {
        span(call, SECOND, |time| i64::from(time.second()))
    }),
    member("getMilliseconds", 0, 1, |call| match &call.args[0] {
        // All of it, as of hours, minutes and seconds; of a time only what is within its second.
        Val::Duration(nanos) => Ok(Val::Int(nanos / 1_000_000)),
        _ => part(call, |time| i64::from(time.millisecond())),
    }),
];

fn timestamp(call: &Call<'_>) -> Result<Val, Failure> {
    match &call.args[0] {
        Val::Timestamp(time) => Ok(Val::Timestamp(*time)),
        Val::Int(seconds) => Timestamp::from_second(*seconds).map_or_else(
            |_| fail("timestamp out of range"),
            |time| Ok(Val::Timestamp(time)),
        ),
        Val::Text(_) => match call.text(0)?.parse() {
            Ok(time) => Ok(Val::Timestamp(time)),
            Err(_) => fail("type conversion error from 'string' to 'google.protobuf.Timestamp'"),
        },
        _ => Err(Failure::NoOverload),
    }
}

fn duration(call: &Call<'_>) -> Result<Val, Failure> {
    match &call.args[0] {
        Val::Duration(nanos) => Ok(Val::Duration(*nanos)),
        Val::Text(_) => match parse_duration(call.text(0)?) {
            Some(nanos) => Ok(Val::Duration(nanos)),
            None => fail("type conversion error from 'string' to 'google.protobuf.Duration'"),
        },
        _ => Err(Failure::NoOverload),
    }
}

/// A duration as Go writes it: `1h30m`, `-1.5s`, `0`.
fn parse_duration(text: &str) -> Option<i64> {
    let (negative, mut rest) = match text.strip_prefix(['-', '+']) {
        Some(rest) => (text.starts_with('-'), rest),
        None => (false, text),
    };
    if rest == "0" {
        return Some(0);
    }
    let mut total: i128 = 0;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, after) = rest.split_at(end);
        let (unit, after) = [
            ("ns", 1),
            ("us", 1_000),
            ("µs", 1_000),
            ("μs", 1_000),
            ("ms", 1_000_000),
            ("s", i128::from(SECOND)),
            ("m", i128::from(SECOND) * 60),
            ("h", i128::from(SECOND) * 3600),
        ]
        .iter()
        .find_map(|(name, nanos)| Some((*nanos, after.strip_prefix(name)?)))?;
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if whole.len() + fraction.len() == 0 || whole.len() > 20 {
            return None;
        }
        let whole: i128 = if whole.is_empty() {
            0
        } else {
            whole.parse().ok()?
        };
        let fraction = fraction.get(..fraction.len().min(15))?;
        let scale = 10_i128.checked_pow(u32::try_from(fraction.len()).ok()?)?;
        let part: i128 = if fraction.is_empty() {
            0
        } else {
            fraction.parse().ok()?
        };
        total = total.checked_add(whole.checked_mul(unit)?)?;
        total = total.checked_add(part.checked_mul(unit)? / scale)?;
        rest = after;
    }
    i64::try_from(if negative { -total } else { total }).ok()
}

/// Seconds with a fraction where there is one, as CEL writes a duration.
pub(crate) fn duration_text(nanos: i64) -> String {
    let sign = if nanos < 0 { "-" } else { "" };
    let nanos = nanos.unsigned_abs();
    let (whole, fraction) = (nanos / 1_000_000_000, nanos % 1_000_000_000);
    if fraction == 0 {
        return format!("{sign}{whole}s");
    }
    let fraction = format!("{fraction:09}");
    format!("{sign}{whole}.{}s", fraction.trim_end_matches('0'))
}

/// A point in time moved by nanoseconds.
pub(crate) fn moved(time: &Val, nanos: i64) -> Result<Val, Failure> {
    let Val::Timestamp(time) = time else {
        return Err(Failure::NoOverload);
    };
    time.checked_add(SignedDuration::from_nanos(nanos))
        .map_or_else(
            |_| fail("timestamp overflow"),
            |time| Ok(Val::Timestamp(time)),
        )
}

fn zone(name: &str) -> Result<TimeZone, Failure> {
    let unknown = || Failure::Message(format!("unknown time zone {name}"));
    if name.is_empty() || name == "UTC" {
        return Ok(TimeZone::UTC);
    }
    if let Some((hours, minutes)) = name.split_once(':') {
        let sign = if hours.starts_with('-') { -1 } else { 1 };
        let hours: i32 = hours.parse().map_err(|_| unknown())?;
        let minutes: i32 = minutes.parse().map_err(|_| unknown())?;
        if hours.abs() > 23 || !(0..60).contains(&minutes) {
            return Err(unknown());
        }
        let offset = Offset::from_seconds(hours * 3600 + sign * minutes * 60);
        return offset.map(TimeZone::fixed).map_err(|_| unknown());
    }
    // What the program brings along: an answer must not depend on the machine.
    jiff::tz::TimeZoneDatabase::bundled()
        .get(name)
        .map_err(|_| unknown())
}

fn part(call: &Call<'_>, part: fn(&jiff::Zoned) -> i64) -> Result<Val, Failure> {
    let Val::Timestamp(time) = &call.args[0] else {
        return Err(Failure::NoOverload);
    };
    let zone = match call.args.get(1) {
        Some(_) => zone(call.text(1)?)?,
        None => TimeZone::UTC,
    };
    Ok(Val::Int(part(&time.to_zoned(zone))))
}

fn span(call: &Call<'_>, unit: i64, of_time: fn(&jiff::Zoned) -> i64) -> Result<Val, Failure> {
    match call.args {
        [Val::Duration(nanos)] => Ok(Val::Int(nanos / unit)),
        _ => part(call, of_time),
    }
}
