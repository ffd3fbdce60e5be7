//! Policies judged by tables of requests.

mod gate;
mod judged;
