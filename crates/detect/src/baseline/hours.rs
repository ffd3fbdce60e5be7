//! At which hours an actor works, weekdays and weekends apart.

use super::clock::{Day, Minute};

/// On how many days each hour of the day saw the actor.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Hours {
    pub(super) weekday: [u8; 24],
    pub(super) weekend: [u8; 24],
    pub(super) weekdays: u8,
    pub(super) weekends: u8,
    /// The running day, and its hours so far as bits.
    pub(super) today: Day,
    pub(super) seen: u32,
}

impl Hours {
    /// Takes in one event; late ones of a day that is over are let go.
    pub(super) fn add(&mut self, now: Minute) {
        let day = now.day();
        if day < self.today {
            return;
        }
        let weekend = day.is_weekend();
        if day > self.today || (self.weekdays == 0 && self.weekends == 0) {
            self.today = day;
            self.seen = 0;
            let days = if weekend {
                &mut self.weekends
            } else {
                &mut self.weekdays
            };
            if *days == u8::MAX {
                // Old habits fade: half of all days, half of all hours.
                *days /= 2;
                let hours = if weekend {
                    &mut self.weekend
                } else {
                    &mut self.weekday
                };
                for hour in hours {
                    *hour /= 2;
                }
            }
            let days = if weekend {
                &mut self.weekends
            } else {
                &mut self.weekdays
            };
            *days += 1;
        }
        let hour = now.hour_of_day();
        let bit = 1_u32 << hour;
        if self.seen & bit == 0 {
            self.seen |= bit;
            let hours = if weekend {
                &mut self.weekend
            } else {
                &mut self.weekday
            };
            if let Some(days) = hours.get_mut(hour) {
                *days = days.saturating_add(1);
            }
        }
    }

    /// The chance that a day sees the actor at this hour or the one beside it; none while fewer than
    /// five such days are known.
    pub(super) fn chance(&self, now: Minute) -> Option<f32> {
        let (hours, days) = if now.day().is_weekend() {
            (&self.weekend, self.weekends)
        } else {
            (&self.weekday, self.weekdays)
        };
        // The running day must not speak for itself.
        let own = now.day() == self.today;
        let days = days.saturating_sub(u8::from(own));
        if days < 5 {
            return None;
        }
        let hour = now.hour_of_day();
        let near = [(hour + 23) % 24, hour, (hour + 1) % 24]
            .into_iter()
            .map(|hour| {
                let seen = hours.get(hour).copied().unwrap_or_default();
                seen.saturating_sub(u8::from(own && self.seen & (1 << hour) != 0))
            })
            .max()
            .unwrap_or_default();
        Some((f32::from(near) + 0.5) / (f32::from(days) + 1.0))
    }

    /// The hours of a weekday and of a weekend, as ranges: `08–17, 22`.
    pub(super) fn words(&self) -> String {
        let usual = |hours: &[u8; 24], days: u8| -> Option<String> {
            let used: Vec<usize> = (0..24)
                .filter(|&hour| hours.get(hour).is_some_and(|seen| *seen > 0))
                .collect();
            (days > 0 && !used.is_empty()).then(|| ranges(&used))
        };
        match (
            usual(&self.weekday, self.weekdays),
            usual(&self.weekend, self.weekends),
        ) {
            (Some(week), Some(weekend)) => format!("weekdays {week} h, weekends {weekend} h (UTC)"),
            (Some(week), None) => format!("weekdays {week} h (UTC), never on weekends"),
            (None, Some(weekend)) => format!("weekends {weekend} h (UTC), never on weekdays"),
            (None, None) => "never".to_owned(),
        }
    }
}

fn ranges(hours: &[usize]) -> String {
    let mut parts: Vec<(usize, usize)> = Vec::new();
    for &hour in hours {
        match parts.last_mut() {
            Some((_, end)) if *end + 1 == hour => *end = hour,
            _ => parts.push((hour, hour)),
        }
    }
    let texts: Vec<String> = parts
        .iter()
        .map(|(from, to)| {
            if from == to {
                format!("{from:02}")
            } else {
                format!("{from:02}–{to:02}")
            }
        })
        .collect();
    texts.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_at_night_is_unlikely_for_who_works_by_day() {
        let mut hours = Hours::default();
        for day in 0..28 {
            let start = Minute((20_000 + day) * 1440);
            if !start.day().is_weekend() {
                for hour in 8..17 {
                    hours.add(Minute(start.0 + hour * 60));
                }
            }
        }
        let monday = (20_028..20_035)
            .map(|day| Minute(day * 1440))
            .find(|minute| !minute.day().is_weekend())
            .unwrap();
        let at = |hour: u32| hours.chance(Minute(monday.0 + hour * 60)).unwrap();
        assert!(at(12) > 0.9);
        assert!(at(17) > 0.9, "an hour later is no wonder");
        assert!(at(3) < 0.05);
        assert_eq!(hours.words(), "weekdays 08–16 h (UTC), never on weekends");
    }

    #[test]
    fn the_running_day_does_not_speak_for_itself() {
        let mut hours = Hours::default();
        let mut weekdays = (20_000..).map(|day| Minute(day * 1440 + 600));
        let mut weekdays = weekdays.by_ref().filter(|now| !now.day().is_weekend());
        for now in weekdays.by_ref().take(9) {
            hours.add(now);
        }
        let night = Minute(weekdays.next().unwrap().0 + 13 * 60);
        let before = hours.chance(night);
        hours.add(night);
        assert_eq!(hours.chance(night), before);
    }
}
