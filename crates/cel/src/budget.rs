//! What an evaluation may cost, so that no expression can hang or exhaust memory.

use std::cell::Cell;

use crate::function::regex::Patterns;

/// Steps and bytes that are left. One budget may serve many evaluations, as all of one policy share one.
#[derive(Debug)]
pub struct Budget {
    steps: Cell<u64>,
    bytes: Cell<u64>,
    pub(crate) patterns: Patterns,
}

/// The budget is spent.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Spent;

impl Budget {
    /// What the API server gives a policy for one request, roughly: ten million steps, and 64 MiB of
    /// texts and lists made.
    pub fn of_a_policy() -> Self {
        Budget::new(10_000_000, 64 << 20)
    }

    /// So many steps, and so many bytes of texts and lists made.
    pub fn new(steps: u64, bytes: u64) -> Self {
        Budget {
            steps: Cell::new(steps),
            bytes: Cell::new(bytes),
            patterns: Patterns::default(),
        }
    }

    /// Steps that are left.
    pub fn steps_left(&self) -> u64 {
        self.steps.get()
    }

    pub(crate) fn step(&self, count: usize) -> Result<(), Spent> {
        take(&self.steps, count)
    }

    /// Reading a text of this length: a step for ten bytes.
    pub(crate) fn read(&self, length: usize) -> Result<(), Spent> {
        self.step(length / 10)
    }

    /// Making a value of this length.
    pub(crate) fn make(&self, length: usize) -> Result<(), Spent> {
        take(&self.bytes, length)?;
        self.read(length)
    }
}

fn take(left: &Cell<u64>, count: usize) -> Result<(), Spent> {
    let count = u64::try_from(count).unwrap_or(u64::MAX);
    let rest = left.get().checked_sub(count);
    left.set(rest.unwrap_or(0));
    rest.map(|_| ()).ok_or(Spent)
}
