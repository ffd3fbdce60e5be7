//! Policies judged by tables of requests.

mod judged;
