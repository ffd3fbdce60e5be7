//! Points in time, as audit logs write them.
//!
//! The API server writes `2026-11-21T00:30:49.993768Z` a thousand times a second, so that form is read
//! by hand; everything else that clouds and log shippers make of it goes the long way.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// Reads a time: RFC 3339, the same without a zone (taken as UTC), or seconds, milliseconds,
/// microseconds or nanoseconds since 1970.
pub fn parse_time(text: &str) -> Option<Timestamp> {
    if let Some(time) = parse_utc(text.as_bytes()) {
        return Some(time);
    }
    // Digits alone are a count; asking the calendar first would cost an error for each.
    if let Ok(count) = text.parse::<i64>() {
        return since_1970(count);
    }
    if let Ok(time) = text.parse::<Timestamp>() {
        return Some(time);
    }
    let civil = text.parse::<DateTime>().ok()?;
    TimeZone::UTC.to_timestamp(civil).ok()
}

/// A count since 1970 whose unit is told by its size: each unit covers the years 1973 to 5138.
pub(crate) fn since_1970(count: i64) -> Option<Timestamp> {
    let per_second = match count.unsigned_abs() {
        0..100_000_000_000 => 1,
        100_000_000_000..100_000_000_000_000 => 1_000,
        100_000_000_000_000..100_000_000_000_000_000 => 1_000_000,
        _ => 1_000_000_000,
    };
    let nanoseconds = i128::from(count) * (1_000_000_000 / per_second);
    Timestamp::from_nanosecond(nanoseconds).ok()
}

/// `YYYY-MM-DDTHH:MM:SS[.fraction]Z` and nothing else.
fn parse_utc(text: &[u8]) -> Option<Timestamp> {
    let number = |from: usize, to: usize| -> Option<i64> {
        let mut value = 0;
        for byte in text.get(from..to)? {
            value = value * 10 + i64::from(byte.checked_sub(b'0').filter(|digit| *digit < 10)?);
        }
        Some(value)
    };
    let is = |at: usize, byte: u8| text.get(at) == Some(&byte);
    let separated = is(4, b'-') && is(7, b'-') && is(10, b'T') && is(13, b':') && is(16, b':');
    if !separated || text.last() != Some(&b'Z') {
        return None;
    }
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    // The 29th of February is left to the long way, which knows the leap years.
    let days = match month {
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    let plausible = (1..=12).contains(&month) && (1..=days).contains(&day);
    if !plausible || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let end = text.len() - 1;
    let nanosecond = match end {
        19 => 0,
        21..=29 if is(19, b'.') => {
            let missing = u32::try_from(29 - end).ok()?;
            number(20, end)? * 10_i64.pow(missing)
        }
        _ => return None,
    };
    let seconds = days_since_1970(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second;
    Timestamp::new(seconds, i32::try_from(nanosecond).ok()?).ok()
}

/// Days from 1 January 1970 in the Gregorian calendar, years counted from March so that the leap day
/// is the last of its year.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let month_from_march = (month + 9) % 12;
    let day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn times_are_read_in_every_form_that_logs_write() {
        let expected: Timestamp = "2026-11-21T00:30:49.5Z".parse().unwrap();
        for text in [
            "2026-11-21T00:30:49.500000Z",
            "2026-11-21T00:30:49.5Z",
            "2026-11-21T00:30:49.500000000Z",
            "2026-11-21T01:30:49.5+01:00",
            "2026-11-21 00:30:49.5",
            "1795221049500",
            "1795221049500000000",
        ] {
            assert_eq!(parse_time(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_time_is_none() {
        for text in [
            "",
            "Z",
            "yesterday",
            "2026-13-01T00:00:00Z",
            "2026-02-30T00:00:00Z",
        ] {
            assert_eq!(parse_time(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn the_short_way_agrees_with_the_calendar(micros in -62_135_596_800_000_000_i64..253_000_000_000_000_000) {
            let time = Timestamp::from_microsecond(micros).unwrap();
            prop_assert_eq!(parse_time(&time.to_string()), Some(time));
            if let Some(short) = parse_utc(time.to_string().as_bytes()) {
                prop_assert_eq!(short, time);
            }
        }
    }
}
