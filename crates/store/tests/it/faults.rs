//! Faults: kills, restarts, full disks.
