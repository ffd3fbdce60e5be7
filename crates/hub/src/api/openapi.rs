//! The `OpenAPI` document, written from the operations and their types.

use std::collections::BTreeMap;

use utoipa::openapi::info::InfoBuilder;
use utoipa::openapi::path::PathsBuilder;
use utoipa::openapi::schema::Schema;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::tag::TagBuilder;
use utoipa::openapi::{ComponentsBuilder, OpenApi, OpenApiBuilder, PathItem, RefOr};

use super::contract::stream::Message;
use super::operation::{Operation, Schemas, named};

/// The version of the API in its addresses.
pub const PREFIX: &str = "/api/v1";

/// The areas, in the order of the reference.
pub const TAGS: [(&str, &str); 12] = [
    ("incidents", "The inbox."),
    ("applications", "Applications and workloads."),
    ("network", "Who may talk to whom, and who does."),
    ("paths", "Ways of an attacker, and what to mend first."),
    ("identities", "Who can do what."),
    ("posture", "Defects of configuration."),
    (
        "changes",
        "What changed, and what differs from what is wanted.",
    ),
    ("events", "What happened."),
    (
        "objects",
        "Objects, their history, and the difference of two times.",
    ),
    ("search", "Search and time."),
    ("hub", "The hub itself."),
    ("session", "Who is asking."),
];

const ABOUT: &str = "\
The API of the Catseye hub, version 1. Times are RFC 3339 in UTC. Lists come in pages: `next` leads on as `cursor`. \
Every GET that takes `at` answers as of that time. Answers have an `ETag` that stays while nothing changed. \
Refusals are `application/problem+json` with a permanent `code` and a `remedy`. A write by cookie session must carry \
the header `X-Catseye: 1`. `GET /stream` tells what changed, see the schema `Message`.";

/// Collects operations into the document.
#[derive(Default)]
pub(crate) struct Document {
    paths: BTreeMap<String, PathItem>,
    pub(crate) schemas: Schemas,
}

impl Document {
    /// Adds an operation.
    pub(crate) fn add(
        &mut self,
        operation: &Operation,
        described: utoipa::openapi::path::Operation,
    ) {
        let item = PathItem::new(operation.http_method(), described);
        let path = format!("{PREFIX}{}", operation.path);
        match self.paths.get_mut(&path) {
            Some(known) => known.merge_operations(item),
            None => {
                self.paths.insert(path, item);
            }
        }
    }

    /// The document.
    pub(crate) fn finish(mut self) -> OpenApi {
        named::<Message>(&mut self.schemas);
        let mut schemas: BTreeMap<String, RefOr<Schema>> = BTreeMap::new();
        for (name, schema) in self.schemas {
            // Two types of one name would silently be one: a mistake of ours, found by any test.
            debug_assert!(
                schemas.get(&name).is_none_or(|known| *known == schema),
                "two types are called {name}"
            );
            schemas.insert(name, schema);
        }
        let mut paths = PathsBuilder::new();
        for (path, item) in self.paths {
            paths = paths.path(path, item);
        }
        let mut components = ComponentsBuilder::new();
        for (name, schema) in schemas {
            components = components.schema(name, schema);
        }
        let bearer = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some(
                "The token printed at start, or a Kubernetes token. Browsers exchange it for a cookie at POST /session.",
            ))
            .build();
        components = components.security_scheme("token", SecurityScheme::Http(bearer));
        let tags =
            TAGS.map(|(name, text)| TagBuilder::new().name(name).description(Some(text)).build());
        let info = InfoBuilder::new()
            .title("Catseye hub")
            .version("1")
            .description(Some(ABOUT))
            .build();
        OpenApiBuilder::new()
            .info(info)
            .paths(paths.build())
            .components(Some(components.build()))
            .security(Some([SecurityRequirement::new("token", [] as [&str; 0])]))
            .tags(Some(tags))
            .build()
    }
}
