//! Scenarios over whole streams of events.
