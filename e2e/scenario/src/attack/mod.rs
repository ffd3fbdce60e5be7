//! The attacks: one file each, with its variants.
//!
//! Attackers use identities that exist, and nothing in a call says what it is: no telling names, no agent
//! that only attackers have. Every call of theirs is labelled, the harmless-looking ones too.

pub mod certificate;
pub mod escalation;
pub mod exec_storm;
pub mod impersonation;
pub mod miner;
pub mod nodes_proxy;
pub mod permission_probing;
pub mod privileged_pod;
pub mod secret_sweep;
pub mod stolen_token;
pub mod token_minting;
pub mod webhook_hijack;

use crate::dice::Dice;
use crate::timetable::Timetable;

/// All of them, from Tuesday to Friday night.
pub fn plan(table: &mut Timetable, seed: u64) {
    let dice = &mut Dice::new(seed, "attack");
    certificate::plan(table, dice);
    escalation::plan(table, dice);
    exec_storm::plan(table, dice);
    impersonation::plan(table, dice);
    miner::plan(table, dice);
    nodes_proxy::plan(table, dice);
    permission_probing::plan(table, dice);
    privileged_pod::plan(table, dice);
    secret_sweep::plan(table, dice);
    stolen_token::plan(table, dice);
    token_minting::plan(table, dice);
    webhook_hijack::plan(table, dice);
}
