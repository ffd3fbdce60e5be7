//! The story's time: days of the story pass in seconds, and every real instant has its place in them.

use jiff::{SignedDuration, Timestamp};

/// A moment of the story: seconds since its first midnight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(pub i64);

/// Seconds in a day.
pub const DAY: i64 = 86_400;
/// Seconds in an hour.
pub const HOUR: i64 = 3_600;
/// Seconds in a minute.
pub const MINUTE: i64 = 60;

impl Moment {
    /// `hour:minute` of the story's day number `day`, from 0.
    pub const fn at(day: i64, hour: i64, minute: i64) -> Self {
        Self(day * DAY + hour * HOUR + minute * MINUTE)
    }

    /// Later by so many seconds.
    #[must_use]
    pub const fn plus(self, seconds: i64) -> Self {
        Self(self.0 + seconds)
    }
}

/// For how much of the story a sitting may be due and unfinished before the story waits for it.
const PATIENCE: i64 = 5 * MINUTE;

/// For how long the story runs on when nobody tells it that all is well: a program that was not given the
/// processor cannot have let anybody begin either.
const UNHEARD: SignedDuration = SignedDuration::from_millis(50);

/// The map between real time and the story's.
///
/// The story runs `factor` times as fast as the clock while everybody keeps up with it, and as fast as the clock
/// while somebody does not. So the load of the machine decides how long a recording takes, never when
/// something happens in it.
///
/// ```text
///  story │              ╱   begun late by the patience at most,
///        │        ____╱     however long the sitting took
///        │      ╱
///        │    ╱
///        └────────────── real
/// ```
///
/// Invariants: `factor` is at least 1; pieces stand in order and meet, so the map is continuous and strictly
/// increasing, and what caused something is before it in the story as well.
#[derive(Debug, Clone, PartialEq)]
pub struct Clock {
    /// The real instant at which the story begins.
    pub start: Timestamp,
    /// The story's first midnight, UTC.
    pub epoch: Timestamp,
    /// How many seconds of the story pass in a real one, when nobody is waited for.
    pub factor: i64,
    pieces: Vec<Piece>,
    /// When the story was last told how it goes.
    heard: Timestamp,
}

/// A stretch of one speed, until the next piece begins.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Piece {
    from: Timestamp,
    /// Nanoseconds of the story that had passed by then.
    passed: i128,
    rate: i128,
}

impl Clock {
    /// A clock that begins to run at `start`.
    pub fn new(start: Timestamp, epoch: Timestamp, factor: i64) -> Self {
        let factor = factor.max(1);
        let first = Piece {
            from: start,
            passed: 0,
            rate: i128::from(factor),
        };
        Self {
            start,
            epoch,
            factor,
            pieces: vec![first],
            heard: start,
        }
    }

    /// Tells the story at the real instant `now` for when the oldest unfinished sitting was planned; gives
    /// the moment that the story has reached.
    pub fn advance(&mut self, now: Timestamp, oldest: Option<Moment>) -> Moment {
        if now <= self.heard {
            return self.reached(now);
        }
        let alone = self.heard + UNHEARD;
        if alone < now {
            self.go_on(alone, 1);
        }
        self.heard = now;
        let reached = self.reached(now);
        let behind = oldest.is_some_and(|due| due.plus(PATIENCE) < reached);
        self.go_on(now, if behind { 1 } else { self.factor });
        reached
    }

    /// The moment of the story at a real instant.
    pub fn reached(&self, real: Timestamp) -> Moment {
        let seconds = self.passed(real).div_euclid(NANOS);
        // A story of 292 years is longer than any.
        Moment(i64::try_from(seconds).unwrap_or(i64::MAX))
    }

    /// The real instant of a moment of the story.
    pub fn real(&self, moment: Moment) -> Timestamp {
        let passed = i128::from(moment.0) * NANOS;
        let after = self.pieces.partition_point(|piece| piece.passed <= passed);
        let piece = self.pieces[after.saturating_sub(1)];
        piece.from + SignedDuration::from_nanos_i128((passed - piece.passed) / piece.rate)
    }

    /// What the story's calendar shows at a real instant.
    pub fn story(&self, real: Timestamp) -> Timestamp {
        self.epoch + SignedDuration::from_nanos_i128(self.passed(real))
    }

    fn passed(&self, real: Timestamp) -> i128 {
        let after = self.pieces.partition_point(|piece| piece.from <= real);
        // What was before the first piece was at its speed.
        let piece = self.pieces[after.saturating_sub(1)];
        piece.passed + real.duration_since(piece.from).as_nanos() * piece.rate
    }

    fn go_on(&mut self, from: Timestamp, rate: i64) {
        let rate = i128::from(rate);
        let passed = self.passed(from);
        if self.pieces.last().is_some_and(|last| last.rate != rate) {
            self.pieces.push(Piece { from, passed, rate });
        }
    }
}

const NANOS: i128 = 1_000_000_000;

#[cfg(test)]
mod tests {
    use super::*;

    fn clock() -> Clock {
        Clock::new(
            "2026-01-01T12:00:00Z".parse().unwrap(),
            "2026-11-23T00:00:00Z".parse().unwrap(),
            1920,
        )
    }

    #[test]
    fn a_day_passes_in_forty_five_seconds() {
        let real: Timestamp = "2026-01-01T12:00:45Z".parse().unwrap();
        assert_eq!(clock().story(real).to_string(), "2026-11-24T00:00:00Z");
        assert_eq!(clock().real(Moment::at(1, 0, 0)), real);
    }

    #[test]
    fn what_was_before_the_start_is_before_the_epoch() {
        let real: Timestamp = "2026-01-01T11:59:59.5Z".parse().unwrap();
        assert_eq!(clock().story(real).to_string(), "2026-11-22T23:44:00Z");
    }

    /// Plays one actor's sittings, ten story minutes apart, each of which takes `takes` of real time, while the
    /// performer looks every `tick`; gives by how much the latest began too late, in seconds of the story.
    fn latest(takes: SignedDuration, tick: SignedDuration) -> (i64, Clock) {
        let mut clock = clock();
        let mut now = clock.start;
        let mut waiting = std::collections::VecDeque::new();
        let mut ends = None;
        let (mut next, mut latest) = (0, 0);
        while next < 200 || !waiting.is_empty() {
            now += tick;
            if ends.is_some_and(|ends| ends <= now) {
                waiting.pop_front();
                ends = None;
            }
            let reached = clock.advance(now, waiting.front().copied());
            while next < 200 && Moment(next * 10 * MINUTE) <= reached {
                waiting.push_back(Moment(next * 10 * MINUTE));
                next += 1;
            }
            if let (Some(due), None) = (waiting.front(), ends) {
                latest = latest.max(reached.0 - due.0);
                ends = Some(now + takes);
            }
        }
        (latest, clock)
    }

    #[test]
    fn a_slow_machine_makes_the_recording_longer_and_no_sitting_later() {
        let millis = SignedDuration::from_millis;
        for takes in [1, 100, 700, 5_000] {
            for tick in [2, 40, 900] {
                let (late, clock) = latest(millis(takes), millis(tick));
                assert!(late <= 10 * MINUTE, "{takes} ms, {tick} ms: {late} s late");
                let end = Moment(200 * 10 * MINUTE);
                let real = clock.real(end).duration_since(clock.start).as_secs();
                assert!(real >= 62, "{real}");
            }
        }
    }

    #[test]
    fn nothing_begins_before_the_story_does() {
        let mut clock = clock();
        let early = clock.start - SignedDuration::from_millis(300);
        assert!(clock.advance(early, None) < Moment(0));
        let start = clock.start;
        assert_eq!(clock.advance(start, None), Moment(0));
    }

    #[test]
    fn nothing_waits_when_everybody_keeps_up() {
        let millis = SignedDuration::from_millis;
        let (_, played) = latest(millis(20), millis(2));
        assert_eq!(played.pieces, clock().pieces);
    }

    #[test]
    fn what_is_later_is_later_in_the_story_too_and_finds_its_way_back() {
        let millis = SignedDuration::from_millis;
        let (_, clock) = latest(millis(700), millis(40));
        let mut last = None;
        for step in 0..10_000 {
            let real = clock.start + millis(step * 13);
            let story = clock.story(real);
            assert!(last.is_none_or(|last| last < story));
            last = Some(story);
            let back = clock.real(clock.reached(real));
            assert!(back <= real && clock.reached(back) >= clock.reached(real).plus(-1));
        }
    }
}
