//! Plans of the way back from drift.
