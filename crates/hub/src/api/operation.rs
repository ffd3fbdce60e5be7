//! One question or command of the API: its address, its words and its types, from which both the router
//! and the `OpenAPI` document are made, so that the two cannot differ.

use utoipa::openapi::content::ContentBuilder;
use utoipa::openapi::path::{
    HttpMethod, OperationBuilder, Parameter, ParameterBuilder, ParameterIn,
};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::response::ResponseBuilder;
use utoipa::openapi::schema::{Schema, Type};
use utoipa::openapi::{
    HeaderBuilder, ObjectBuilder, Ref, RefOr, Required, path::Operation as Described,
};
use utoipa::{IntoParams, PartialSchema, ToSchema};

use super::contract::At;
use super::contract::page::Paging;
use super::contract::problem::Problem;

/// The schemas that operations name.
pub(crate) type Schemas = Vec<(String, RefOr<Schema>)>;

/// What a user must be allowed to do: a verb on a virtual resource of the group `catseye.io`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Permission {
    /// Nothing: who may reach the port may ask.
    Anyone,
    /// Any user that is known.
    Known,
    /// `get` on `views`: what the dashboard shows.
    View,
    /// `get` on `events`: the bodies of raw events.
    Events,
    /// `get` on `settings`: the configuration and exceptions.
    Settings,
    /// `update` on `incidents`: act on incidents and confirm changes.
    Act,
}

impl Permission {
    /// Verb and resource in the group `catseye.io`; `None` where no permission is needed.
    pub fn verb_and_resource(self) -> Option<(&'static str, &'static str)> {
        match self {
            Permission::Anyone | Permission::Known => None,
            Permission::View => Some(("get", "views")),
            Permission::Events => Some(("get", "events")),
            Permission::Settings => Some(("get", "settings")),
            Permission::Act => Some(("update", "incidents")),
        }
    }
}

/// An operation without its types.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Operation {
    /// The method.
    pub method: Method,
    /// The address below `/api/v1`, parameters in braces.
    pub path: &'static str,
    /// Names it for generated clients.
    pub id: &'static str,
    /// The area, one of [`super::TAGS`].
    pub tag: &'static str,
    /// What it answers or does, in one line.
    pub summary: &'static str,
    /// What it takes.
    pub permission: Permission,
}

/// The methods in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// A question.
    Get,
    /// A question with a body, or a command.
    Post,
    /// Ends something.
    Delete,
}

/// What an operation is asked with beside its path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "four questions with yes or no, in any combination"
)]
pub(crate) struct Shape {
    /// It takes `cursor` and `limit`.
    pub(crate) paged: bool,
    /// It takes `at`.
    pub(crate) timed: bool,
    /// It answers with an `ETag` and heeds `If-None-Match`.
    pub(crate) tagged: bool,
    /// It wants `If-Match`.
    pub(crate) guarded: bool,
}

impl Operation {
    /// The description of the operation, and the schemas it names.
    pub(crate) fn describe<Q: IntoParams, A: ToSchema>(
        &self,
        shape: Shape,
        body: Option<RefOr<Schema>>,
        schemas: &mut Schemas,
    ) -> Described {
        let mut described = OperationBuilder::new()
            .tag(self.tag)
            .operation_id(Some(self.id))
            .summary(Some(self.summary));
        if let Some((verb, resource)) = self.permission.verb_and_resource() {
            described = described.description(Some(format!(
                "Takes the permission to {verb} {resource}.catseye.io."
            )));
        }
        for parameter in self.parameters::<Q>(shape) {
            described = described.parameter(parameter);
        }
        if let Some(schema) = body {
            let content = ContentBuilder::new().schema(Some(schema)).build();
            let body = RequestBodyBuilder::new()
                .content("application/json", content)
                .required(Some(Required::True));
            described = described.request_body(Some(body.build()));
        }
        let content = ContentBuilder::new()
            .schema(Some(named::<A>(schemas)))
            .build();
        let mut answer = ResponseBuilder::new().description("The answer.");
        answer = answer.content("application/json", content);
        if shape.tagged {
            let text = ObjectBuilder::new().schema_type(Type::String);
            let header = HeaderBuilder::new().schema(Some(text)).description(Some(
                "The version of the answer: `If-None-Match` with it gets 304 while nothing changed.",
            ));
            answer = answer.header("ETag", header.build());
        }
        let problem = ContentBuilder::new()
            .schema(Some(named::<Problem>(schemas)))
            .build();
        let refusal = ResponseBuilder::new()
            .description("Refused; the code tells why, `remedy` what to do.")
            .content("application/problem+json", problem);
        described
            .response("200", answer.build())
            .response("default", refusal.build())
            .build()
    }

    fn parameters<Q: IntoParams>(&self, shape: Shape) -> Vec<Parameter> {
        let mut parameters = Vec::new();
        for name in names_in(self.path) {
            let text = ObjectBuilder::new().schema_type(Type::String);
            let parameter = ParameterBuilder::new()
                .name(name)
                .parameter_in(ParameterIn::Path)
                .required(Required::True)
                .schema(Some(text));
            parameters.push(parameter.build());
        }
        let query = || Some(ParameterIn::Query);
        parameters.extend(Q::into_params(query));
        if shape.paged {
            parameters.extend(Paging::into_params(query));
        }
        if shape.timed {
            parameters.extend(At::into_params(query));
        }
        if shape.guarded {
            let text = ObjectBuilder::new().schema_type(Type::String);
            let parameter = ParameterBuilder::new()
                .name("If-Match")
                .parameter_in(ParameterIn::Header)
                .required(Required::False)
                .description(Some(
                    "The `ETag` of what was read; needed unless it is a preview.",
                ))
                .schema(Some(text));
            parameters.push(parameter.build());
        }
        parameters
    }

    /// The method in the words of `OpenAPI`.
    pub(crate) fn http_method(&self) -> HttpMethod {
        match self.method {
            Method::Get => HttpMethod::Get,
            Method::Post => HttpMethod::Post,
            Method::Delete => HttpMethod::Delete,
        }
    }
}

/// A reference to a type's schema; the schema and those that it names are added.
pub(crate) fn named<T: ToSchema>(schemas: &mut Schemas) -> RefOr<Schema> {
    let name = schema_name::<T>();
    schemas.push((name.clone(), <T as PartialSchema>::schema()));
    T::schemas(schemas);
    Ref::from_schema_name(name).into()
}

/// The name of a type's schema: `Page_Change` for `Page<Change>`, which by itself is called `Page` whatever
/// it is a page of.
fn schema_name<T: ToSchema>() -> String {
    let own = T::name().into_owned();
    let full = std::any::type_name::<T>();
    match full.split_once('<') {
        None => own,
        Some((_, of)) => {
            let of = of.trim_end_matches('>');
            format!("{own}_{}", of.rsplit("::").next().unwrap_or(of))
        }
    }
}

/// The names in braces of a path.
pub(crate) fn names_in(path: &str) -> impl Iterator<Item = &str> {
    path.split('/')
        .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
}
