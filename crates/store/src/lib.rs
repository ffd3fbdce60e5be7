//! What the hub remembers: history of objects, incidents, baselines and events.
