//! A batch: events in order, with their numbers.

use catseye_event::runtime::{Activity, RuntimeEvent};
use serde::{Deserialize, Serialize};

/// The version of the form; a reader takes any up to it.
pub const FORMAT: u32 = 1;

/// The first line of a batch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Head {
    catseye_batch: u32,
    node: String,
    stream: String,
    first: u64,
    count: u64,
    #[serde(default, skip_serializing_if = "About::is_unknown")]
    about: About,
}

/// How a sensor looks, told with each batch.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct About {
    /// The program's version.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub version: String,
    /// The kernel's release.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub kernel: String,
    /// True where the kernel takes no programs and `/proc` is looked at now and then.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub sampled: bool,
    /// What is not seen, because the kernel refused the program that would see it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub refused: Vec<Refused>,
}

/// Something that a sensor cannot see.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Refused {
    /// What: `module loading`.
    pub tells: String,
    /// Why, in the kernel's or the sensor's words.
    pub reason: String,
}

impl About {
    /// True when nothing was told.
    pub fn is_unknown(&self) -> bool {
        *self == About::default()
    }
}

/// Events with consecutive numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct Batch {
    /// The node.
    pub node: String,
    /// What the numbers belong to: they begin again with another stream.
    pub stream: String,
    /// The number of the first event.
    pub first: u64,
    /// How the sensor looks.
    pub about: About,
    /// The events; none in a batch that says only that the sensor is there.
    pub events: Vec<RuntimeEvent>,
}

/// Why a text is no batch.
#[derive(Debug, thiserror::Error)]
pub enum BatchError {
    /// It begins otherwise.
    #[error("the first line is not that of a batch")]
    Head {
        /// Why.
        #[source]
        source: serde_json::Error,
    },
    /// It was written by a newer program.
    #[error("the batch has form {0}, which is newer than {FORMAT}")]
    Newer(u32),
    /// A line is no event.
    #[error("line {line} is not an event")]
    Event {
        /// Which, the first being 1.
        line: usize,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
    /// Lines are missing.
    #[error("the batch holds {found} events and says {said}")]
    Count {
        /// What it says.
        said: u64,
        /// What it holds.
        found: u64,
    },
}

impl Batch {
    /// The text.
    pub fn to_text(&self) -> Result<String, serde_json::Error> {
        let head = Head {
            catseye_batch: FORMAT,
            node: self.node.clone(),
            stream: self.stream.clone(),
            first: self.first,
            count: self.events.len() as u64,
            about: self.about.clone(),
        };
        let mut text = serde_json::to_string(&head)?;
        text.push('\n');
        for event in &self.events {
            text.push_str(&event.to_line()?);
            text.push('\n');
        }
        Ok(text)
    }

    /// Reads a text.
    pub fn read(text: &str) -> Result<Batch, BatchError> {
        let mut lines = text.lines();
        let head: Head = serde_json::from_str(lines.next().unwrap_or_default())
            .map_err(|source| BatchError::Head { source })?;
        if head.catseye_batch > FORMAT {
            return Err(BatchError::Newer(head.catseye_batch));
        }
        let mut events = Vec::new();
        for (at, line) in lines.enumerate() {
            let event = RuntimeEvent::from_line(line).map_err(|source| BatchError::Event {
                line: at + 2,
                source,
            })?;
            events.push(event);
        }
        let found = events.len() as u64;
        if found != head.count {
            return Err(BatchError::Count {
                said: head.count,
                found,
            });
        }
        Ok(Batch {
            node: head.node,
            stream: head.stream,
            first: head.first,
            about: head.about,
            events,
        })
    }

    /// True when it holds what must not be dropped for want of room: what was refused, killed, lost.
    pub fn is_precious(&self) -> bool {
        self.events.iter().any(|event| match &event.what {
            Activity::Killed(_) | Activity::Loss(_) | Activity::Module(_) => true,
            Activity::Flow(flow) => flow.denied > 0,
            _ => false,
        })
    }
}

/// Gathers events into batches.
#[derive(Debug)]
pub struct Gathering {
    node: String,
    stream: String,
    next: u64,
    most: usize,
    about: About,
    events: Vec<RuntimeEvent>,
}

impl Gathering {
    /// Batches of at most `most` events.
    pub fn new(node: &str, stream: &str, most: usize) -> Self {
        Gathering {
            node: node.to_owned(),
            stream: stream.to_owned(),
            next: 1,
            most,
            about: About::default(),
            events: Vec::new(),
        }
    }

    /// Sets how the sensor looks, for the batches to come.
    pub fn tell(&mut self, about: About) {
        self.about = about;
    }

    /// A batch without events: the sensor is there and has nothing to tell.
    pub fn alive(&self) -> Batch {
        Batch {
            node: self.node.clone(),
            stream: self.stream.clone(),
            first: self.next,
            about: self.about.clone(),
            events: Vec::new(),
        }
    }

    /// Takes an event in; a batch that is full comes out.
    pub fn add(&mut self, event: RuntimeEvent) -> Option<Batch> {
        self.events.push(event);
        if self.events.len() < self.most {
            return None;
        }
        self.take()
    }

    /// What was gathered so far.
    pub fn take(&mut self) -> Option<Batch> {
        if self.events.is_empty() {
            return None;
        }
        let events = std::mem::take(&mut self.events);
        let first = self.next;
        self.next += events.len() as u64;
        Some(Batch {
            node: self.node.clone(),
            stream: self.stream.clone(),
            first,
            about: self.about.clone(),
            events,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Version 1, as it was first written.
    const GOLDEN: &str = "{\"catseye_batch\":1,\"node\":\"node-1\",\"stream\":\"b1-7\",\"first\":41,\"count\":2}\n\
        {\"catseye\":1,\"time\":\"2026-11-21T10:00:00Z\",\"node\":\"node-1\",\"what\":{\"exit\":{\"code\":0}}}\n\
        {\"catseye\":1,\"time\":\"2026-11-21T10:00:01Z\",\"node\":\"node-1\",\"what\":{\"exit\":{\"signal\":9}}}\n";

    #[test]
    fn a_batch_of_the_first_version_is_read() {
        let batch = Batch::read(GOLDEN).unwrap();
        assert_eq!((batch.first, batch.events.len()), (41, 2));
        assert_eq!(Batch::read(&batch.to_text().unwrap()).unwrap(), batch);
    }

    #[test]
    fn a_batch_that_was_cut_is_refused() {
        let cut = GOLDEN.lines().take(2).collect::<Vec<_>>().join("\n");
        assert!(matches!(
            Batch::read(&cut),
            Err(BatchError::Count { said: 2, found: 1 })
        ));
        let newer = GOLDEN.replacen("batch\":1", "batch\":9", 1);
        assert!(matches!(Batch::read(&newer), Err(BatchError::Newer(9))));
    }

    #[test]
    fn how_the_sensor_looks_is_told_with_the_batch() {
        let mut gathering = Gathering::new("n", "s", 2);
        gathering.tell(About {
            version: "0.1.0".to_owned(),
            refused: vec![Refused {
                tells: "module loading".to_owned(),
                reason: "no such tracepoint".to_owned(),
            }],
            ..About::default()
        });
        let alive = gathering.alive();
        assert_eq!((alive.first, alive.events.len()), (1, 0));
        assert_eq!(Batch::read(&alive.to_text().unwrap()).unwrap(), alive);
    }

    #[test]
    fn numbers_go_on_from_batch_to_batch() {
        let event = Batch::read(GOLDEN).unwrap().events.remove(0);
        let mut gathering = Gathering::new("n", "s", 2);
        assert!(gathering.add(event.clone()).is_none());
        assert_eq!(gathering.add(event.clone()).unwrap().first, 1);
        gathering.add(event);
        assert_eq!(gathering.take().unwrap().first, 3);
        assert!(gathering.take().is_none());
    }
}
