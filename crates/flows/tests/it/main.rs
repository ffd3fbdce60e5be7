//! Maps, policies and proofs over a small shop.

mod shop;
