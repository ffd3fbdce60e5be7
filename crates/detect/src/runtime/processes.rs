//! Who started whom: executions remembered by their id, for sources that name a parent only.

use std::collections::HashMap;

use catseye_event::runtime::{Ancestor, ExecId, Process};

/// So many executions are remembered in each of two generations.
const MOST: usize = 32_768;
/// A chain of ancestors is not followed further.
const DEEPEST: usize = 16;

type Hashed = foldhash::fast::FixedState;

/// Executions by id.
#[derive(Debug, Default)]
pub(super) struct Processes {
    generations: [HashMap<ExecId, (Ancestor, ExecId), Hashed>; 2],
}

impl Processes {
    /// Remembers an execution.
    pub(super) fn note(&mut self, process: &Process) {
        if process.exec_id.is_empty() {
            return;
        }
        let this = Ancestor {
            exec_id: process.exec_id.clone(),
            pid: process.pid,
            uid: process.uid,
            comm: process.comm.clone(),
            executable: process.executable.clone(),
            argv: process.argv.clone(),
        };
        let parent = process
            .parent()
            .map_or_else(ExecId::default, |it| it.exec_id.clone());
        let [young, old] = &mut self.generations;
        young.insert(process.exec_id.clone(), (this, parent));
        if young.len() > MOST {
            *old = std::mem::take(young);
        }
    }

    fn get(&self, id: &ExecId) -> Option<&(Ancestor, ExecId)> {
        self.generations.iter().find_map(|it| it.get(id))
    }

    /// What is known of the process itself, for events that name it by its id only.
    pub(super) fn complete(&self, process: &mut Process) {
        if process.executable.is_empty()
            && process.argv.is_empty()
            && let Some((known, parent)) = self.get(&process.exec_id)
        {
            process.executable.clone_from(&known.executable);
            process.argv.clone_from(&known.argv);
            if process.ancestors.is_empty() && !parent.is_empty() {
                process.ancestors.push(Ancestor {
                    exec_id: parent.clone(),
                    ..Ancestor::default()
                });
            }
        }
        for ancestor in &mut process.ancestors {
            if ancestor.executable.is_empty()
                && let Some((known, _)) = self.get(&ancestor.exec_id)
            {
                *ancestor = known.clone();
            }
        }
        while process.ancestors.len() < DEEPEST {
            let Some(last) = process.ancestors.last() else {
                break;
            };
            let Some((_, above)) = self.get(&last.exec_id) else {
                break;
            };
            let Some((next, _)) = self.get(above) else {
                break;
            };
            if process
                .ancestors
                .iter()
                .any(|it| it.exec_id == next.exec_id)
            {
                break;
            }
            process.ancestors.push(next.clone());
        }
    }
}
