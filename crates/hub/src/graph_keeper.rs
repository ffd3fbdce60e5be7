//! Keeps the graph of one state of the cluster for as long as that state is asked about.
//!
//! A graph borrows the objects that it is made of, so it lives on the stack of a thread of its own, which
//! ends when the last world with these facts is gone. Questions come to it as closures.

use std::fmt;
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};

use catseye_graph::{Config, Graph};
use catseye_netpol::Reach;
use catseye_rbac::Rbac;

use crate::world::World;

type Question = Box<dyn FnOnce(&Graph<'_>) + Send>;

/// A graph, once somebody asks for it.
#[derive(Default)]
pub(crate) struct GraphKeeper {
    questions: Mutex<Option<Sender<Question>>>,
}

impl GraphKeeper {
    /// Asks the graph; the first one to ask waits until it is made.
    pub(crate) fn ask<T: Send + 'static>(
        &self,
        world: &World,
        ask: impl FnOnce(&Graph<'_>) -> T + Send + 'static,
    ) -> T {
        let (answer, receiver) = channel();
        let question: Question = Box::new(move |graph| {
            // Whoever asked may have given up.
            let _ = answer.send(ask(graph));
        });
        let sender = self.sender(world);
        sender
            .send(question)
            .expect("the keeper lives as long as its sender");
        receiver
            .recv()
            .expect("the keeper answers every question or panics with it")
    }

    fn sender(&self, world: &World) -> Sender<Question> {
        let mut questions = self
            .questions
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(sender) = questions.as_ref() {
            return sender.clone();
        }
        let (sender, receiver) = channel::<Question>();
        let inventory = world.inventory().clone();
        let (rbac, reach) = (world.rbac.clone(), world.reach.clone());
        std::thread::spawn(move || {
            let rbac = rbac.get_or_init(|| Arc::new(Rbac::of(&inventory))).clone();
            let reach = reach
                .get_or_init(|| Arc::new(Reach::of(&inventory)))
                .clone();
            let graph = Graph::of(&inventory, &rbac, &reach, Config::default());
            for question in receiver {
                question(&graph);
            }
        });
        *questions = Some(sender.clone());
        sender
    }
}

impl fmt::Debug for GraphKeeper {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("GraphKeeper")
    }
}
