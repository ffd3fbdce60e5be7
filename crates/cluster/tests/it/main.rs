//! The client against scripted answers: what a real server does too rarely to wait for.

mod paging;
mod review;
mod server;
mod watching;
