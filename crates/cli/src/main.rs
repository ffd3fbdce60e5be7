//! The `catseye` program.
fn main() {}
