//! Questions in a part of openCypher that only reads: `MATCH … WHERE … RETURN …`.
//!
//! ```text
//! MATCH (a:Identity)-[:HAS_PERMISSION]->(p)-[:POD_EXEC]->(b:Pod {namespace: 'shop'})
//! WHERE NOT a.namespace = 'kube-system'
//! RETURN a.name, b.name ORDER BY a.name LIMIT 20
//! ```
//!
//! [`syntax`] reads it, [`run`] answers it by walking the graph from the first pattern on. Joints do not
//! show: a step is what people call a step. Where a pattern says `*` (`-[:NET_REACH*1..3]->`), its end is
//! any node that some way of that length reaches, each once.

pub mod run;
pub mod syntax;

pub use run::{Answer, QueryError, Value, run};
pub use syntax::{Query, SyntaxError};
