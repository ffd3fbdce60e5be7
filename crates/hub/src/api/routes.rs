//! The table of all operations: the router and the `OpenAPI` document are both made from it.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::routing::{MethodRouter, get, post};
use serde::Serialize;
use serde::de::DeserializeOwned;
use utoipa::{IntoParams, ToSchema};

use super::answer::{
    admission, application, change, coverage, drift, event, identity, incident, network, object,
    path, posture, search, setting, timeline,
};
use super::ask::Ask;
use super::contract::problem::Problem;
use super::contract::session::{Login, SignedIn};
use super::contract::stream::{Message, StreamQuery};
use super::dispatch::{dispatch, query};
use super::openapi::{Document, PREFIX};
use super::operation::{Method, Operation, Permission, Shape, named};
use super::refusal::quoted;
use super::{session, stream};
use crate::edge::Edge;

/// No parameters.
#[derive(Debug, serde::Deserialize)]
pub(crate) struct Nothing {}

impl IntoParams for Nothing {
    fn into_params(
        _: impl Fn() -> Option<utoipa::openapi::path::ParameterIn>,
    ) -> Vec<utoipa::openapi::path::Parameter> {
        Vec::new()
    }
}

/// An operation as it is served.
#[derive(Debug)]
pub(super) struct Route {
    pub(super) operation: Operation,
    pub(super) shape: Shape,
    /// The names of its parameters.
    pub(super) known: Vec<String>,
}

/// One item, as of a time.
const ONE: Shape = Shape {
    paged: false,
    timed: true,
    tagged: true,
    guarded: false,
};
/// A list, as of a time.
const LIST: Shape = Shape { paged: true, ..ONE };
/// What has no past.
const PLAIN: Shape = Shape {
    paged: false,
    timed: false,
    tagged: false,
    guarded: false,
};
/// A list of what has times of its own.
const LOG: Shape = Shape {
    paged: true,
    ..PLAIN
};
/// A change of what somebody has read.
const GUARDED: Shape = Shape {
    guarded: true,
    ..PLAIN
};

/// What is made of the table.
#[derive(Default)]
struct Table {
    document: Document,
    router: Router<Edge>,
    operations: Vec<Operation>,
}

/// Name and address: `getIncident /incidents/{id}`.
type Place = &'static str;

impl Table {
    fn operation(
        &mut self,
        method: Method,
        permission: Permission,
        tag: &'static str,
        place: Place,
        summary: &'static str,
    ) -> Operation {
        let (id, path) = place.split_once(' ').unwrap_or((place, ""));
        let operation = Operation {
            method,
            path,
            id,
            tag,
            summary,
            permission,
        };
        self.operations.push(operation);
        operation
    }

    fn serve(&mut self, operation: &Operation, route: MethodRouter<Edge>) {
        let router = std::mem::take(&mut self.router);
        self.router = router.route(&format!("{PREFIX}{}", operation.path), route);
    }

    fn get<Q, A>(
        &mut self,
        permission: Permission,
        shape: Shape,
        tag: &'static str,
        place: Place,
        summary: &'static str,
        answer: fn(&Ask, Q) -> Result<A, Problem>,
    ) where
        Q: IntoParams + DeserializeOwned + 'static,
        A: ToSchema + Serialize + 'static,
    {
        let operation = self.operation(Method::Get, permission, tag, place, summary);
        let described = operation.describe::<Q, A>(shape, None, &mut self.document.schemas);
        let route = Arc::new(Route {
            known: known(&described),
            operation,
            shape,
        });
        self.document.add(&operation, described);
        let handler = move |State(edge): State<Edge>, request: Request| {
            dispatch(
                edge,
                route,
                request,
                Box::new(move |ask, uri, _| json(&answer(ask, query(uri)?)?)),
            )
        };
        self.serve(&operation, get(handler));
    }

    fn post<Q, B, A>(
        &mut self,
        permission: Permission,
        shape: Shape,
        tag: &'static str,
        place: Place,
        summary: &'static str,
        answer: fn(&Ask, Q, B) -> Result<A, Problem>,
    ) where
        Q: IntoParams + DeserializeOwned + 'static,
        B: ToSchema + DeserializeOwned + 'static,
        A: ToSchema + Serialize + 'static,
    {
        let operation = self.operation(Method::Post, permission, tag, place, summary);
        let body = named::<B>(&mut self.document.schemas);
        let described = operation.describe::<Q, A>(shape, Some(body), &mut self.document.schemas);
        let route = Arc::new(Route {
            known: known(&described),
            operation,
            shape,
        });
        self.document.add(&operation, described);
        let handler = move |State(edge): State<Edge>, request: Request| {
            dispatch(
                edge,
                route,
                request,
                Box::new(move |ask, uri, body| json(&answer(ask, query(uri)?, read(body)?)?)),
            )
        };
        self.serve(&operation, post(handler));
    }

    /// Only describes; the handler is given elsewhere.
    fn described<Q: IntoParams, A: ToSchema>(
        &mut self,
        method: Method,
        permission: Permission,
        place: Place,
        tag: &'static str,
        summary: &'static str,
        body: Option<utoipa::openapi::RefOr<utoipa::openapi::schema::Schema>>,
    ) -> Operation {
        let operation = self.operation(method, permission, tag, place, summary);
        let described = operation.describe::<Q, A>(PLAIN, body, &mut self.document.schemas);
        self.document.add(&operation, described);
        operation
    }
}

/// The names of the parameters in the query.
fn known(described: &utoipa::openapi::path::Operation) -> Vec<String> {
    let parameters = described.parameters.iter().flatten();
    parameters
        .filter_map(|parameter| match parameter {
            utoipa::openapi::RefOr::T(parameter)
                if parameter.parameter_in == utoipa::openapi::path::ParameterIn::Query =>
            {
                Some(parameter.name.clone())
            }
            _ => None,
        })
        .collect()
}

fn json(answer: &impl Serialize) -> Result<Vec<u8>, Problem> {
    serde_json::to_vec(answer).map_err(|err| Problem::internal("write an answer", &err))
}

/// Reads a body; the refusal names the place.
pub(super) fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    serde_json::from_slice(body).map_err(|err| {
        Problem::bad(format!(
            "the body cannot be read: {}",
            quoted(&err.to_string())
        ))
    })
}

fn table() -> Table {
    use Permission::{Act, Events, Known, Settings, View};

    let mut it = Table::default();
    it.get(View, LIST, "incidents", "listIncidents /incidents",
        "The inbox: incidents by rank, with counts beside the filters and what the noise budget holds back", incident::list);
    it.get(
        View,
        ONE,
        "incidents",
        "getIncident /incidents/{id}",
        "An incident with its evidence, path, fixes, comments and history",
        incident::get,
    );
    it.post(Act, GUARDED, "incidents", "actOnIncident /incidents/{id}/actions",
        "Acknowledge, resolve, accept, call it false, validate, reopen or comment; or see what that would hide", incident::act);
    it.get(
        View,
        ONE,
        "applications",
        "getApplicationMap /applications",
        "The map: applications, dependencies, posture, exposure and places to draw them at",
        application::map,
    );
    it.get(
        View,
        ONE,
        "applications",
        "getApplication /applications/{id}",
        "An application with its workloads, objects, ways in, identities and findings",
        application::get,
    );
    it.get(
        View,
        LIST,
        "applications",
        "listWorkloads /workloads",
        "Workloads, lowest score first",
        application::workloads,
    );
    it.get(
        View,
        ONE,
        "applications",
        "getWorkload /workloads/{kind}/{namespace}/{name}",
        "A workload with its pods, ways in, identity, findings and incidents",
        application::workload,
    );
    it.get(
        View,
        ONE,
        "network",
        "getNetwork /network",
        "Connections, allowed and observed, as coarse as asked for",
        network::picture,
    );
    it.get(
        View,
        ONE,
        "network",
        "explainConnection /network/explain",
        "Why a connection passes or not: the rule that decided",
        network::explain,
    );
    it.post(
        View,
        PLAIN,
        "network",
        "simulatePolicies /network/simulate",
        "What network policies would open and close; nothing is applied",
        network::simulate,
    );
    it.get(
        View,
        ONE,
        "paths",
        "getPaths /paths",
        "The worst ways, what is in reach, and what to mend first",
        path::paths,
    );
    it.post(
        View,
        PLAIN,
        "paths",
        "getPathsWithout /paths/what-if",
        "The same with edges and fixes taken away, computed anew",
        path::without,
    );
    it.get(
        View,
        LIST,
        "identities",
        "listIdentities /identities",
        "Identities, most powerful first",
        identity::list,
    );
    it.get(
        View,
        ONE,
        "identities",
        "getIdentity /identities/{id}",
        "An identity: what it can do, what of it it uses, what is normal for it",
        identity::get,
    );
    it.get(
        View,
        ONE,
        "identities",
        "whoCan /access/who-can",
        "Who can do something, and through which bindings",
        identity::who_can,
    );
    it.get(
        View,
        LOG,
        "identities",
        "listRoleChanges /access/trail",
        "Changes of roles and bindings, newest first",
        identity::trail,
    );
    it.get(
        View,
        ONE,
        "posture",
        "getPosture /posture",
        "Posture by framework, namespace and workload, and how it went",
        posture::posture,
    );
    it.get(
        View,
        LIST,
        "posture",
        "listFindings /findings",
        "Findings, worst first, with counts beside the filters",
        posture::findings,
    );
    it.get(
        View,
        ONE,
        "posture",
        "getCheck /checks/{id}",
        "A check or detection rule: why it matters and what to do",
        posture::check,
    );
    it.get(
        View,
        LIST,
        "changes",
        "listDrift /drift",
        "Where live state differs from desired state, worst first",
        drift::list,
    );
    it.get(
        View,
        ONE,
        "changes",
        "getDrift /drift/{id}",
        "An object that differs: its fields, who did it, what it means, and the way back",
        drift::get,
    );
    it.get(
        View,
        LOG,
        "changes",
        "listChanges /changes",
        "Changes worth hearing of, newest first; some wait for a person to confirm them",
        change::list,
    );
    it.post(
        Act,
        PLAIN,
        "changes",
        "validateChange /changes/{id}/validation",
        "Confirm or reject a change",
        change::validate,
    );
    it.get(
        Events,
        LOG,
        "events",
        "searchEvents /events",
        "Events, newest first",
        event::search,
    );
    it.get(
        Events,
        PLAIN,
        "events",
        "getEvent /events/{id}",
        "An event as it came, less the values of secrets",
        event::get,
    );
    it.get(
        Events,
        LOG,
        "events",
        "listAdmissions /admission",
        "Requests that admission objected to, newest first",
        admission::list,
    );
    it.get(
        Events,
        PLAIN,
        "events",
        "getAdmission /admission/{id}",
        "A request that admission objected to, with its object less the values of secrets",
        admission::get,
    );
    it.get(
        View,
        LIST,
        "objects",
        "listObjects /objects",
        "Objects, by kind, namespace and name",
        object::list,
    );
    it.get(
        View,
        ONE,
        "objects",
        "getObject /objects/{kind}/{namespace}/{name}",
        "An object as YAML, with findings and incidents",
        object::get,
    );
    it.get(
        View,
        LOG,
        "objects",
        "getObjectHistory /objects/{kind}/{namespace}/{name}/history",
        "The versions of an object, newest first, with what changed and by whom",
        object::history,
    );
    it.get(
        View,
        PLAIN,
        "objects",
        "getDiff /diff",
        "What is different between two times",
        object::diff,
    );
    it.get(
        View,
        ONE,
        "search",
        "search /search",
        "Anything by name",
        search::search,
    );
    it.get(
        View,
        PLAIN,
        "search",
        "getTimeline /timeline",
        "How much happened when, for the time control",
        timeline::timeline,
    );
    it.get(
        View,
        PLAIN,
        "hub",
        "getCoverage /coverage",
        "What is not seen, and what was lost",
        coverage::coverage,
    );
    it.get(
        View,
        PLAIN,
        "hub",
        "getHealth /health",
        "How the hub and its parts are",
        coverage::health,
    );
    it.get(
        Settings,
        PLAIN,
        "hub",
        "getSettings /settings",
        "The configuration in effect, exceptions, alert sinks, baselines",
        setting::settings,
    );

    let place = it.described::<StreamQuery, Message>(
        Method::Get,
        View,
        "stream /stream",
        "hub",
        "What changes, as server-sent events; each `data:` is a Message",
        None,
    );
    it.serve(&place, get(stream::stream));
    let place = it.described::<Nothing, SignedIn>(
        Method::Get,
        Known,
        "getSession /session",
        "session",
        "Who is asking, and what they may do",
        None,
    );
    let body = named::<Login>(&mut it.document.schemas);
    it.described::<Nothing, SignedIn>(
        Method::Post,
        Permission::Anyone,
        "logIn /session",
        "session",
        "Exchanges a token for a session cookie",
        Some(body),
    );
    it.described::<Nothing, SignedIn>(
        Method::Delete,
        Known,
        "logOut /session",
        "session",
        "Ends the session",
        None,
    );
    let sessions = get(session::get).post(session::open).delete(session::close);
    it.serve(&place, sessions);
    it
}

/// The `OpenAPI` document of the API.
pub fn openapi() -> utoipa::openapi::OpenApi {
    table().document.finish()
}

/// Every operation, in the order of the table.
pub fn operations() -> Vec<Operation> {
    table().operations
}

/// The router of the API.
pub(crate) fn router() -> Router<Edge> {
    table().router
}
