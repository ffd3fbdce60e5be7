//! The table of all operations.

use utoipa::{IntoParams, ToSchema};

use super::contract::application::{Application, ApplicationMap, MapQuery, Workload, WorkloadRow};
use super::contract::change::{Change, ChangeFilter, Drift, Validate};
use super::contract::coverage::{Coverage, Health};
use super::contract::event::{Event, EventFilter, Events};
use super::contract::identity::{
    Identity, IdentityFilter, IdentityRow, RoleChange, WhoCan, WhoCanQuery,
};
use super::contract::incident::{
    Action, ActionMode, ActionResult, Inbox, Incident, IncidentFilter,
};
use super::contract::network::{
    ExplainQuery, Explanation, Network, NetworkQuery, Simulation, SimulationResult,
};
use super::contract::object::{
    Diff, DiffQuery, ObjectDetail, ObjectFilter, ObjectRow, ObjectVersion,
};
use super::contract::page::Page;
use super::contract::path::{PathQuery, Paths, WhatIf};
use super::contract::posture::{Check, FindingFilter, Findings, Posture, PostureQuery};
use super::contract::search::{SearchQuery, SearchResult};
use super::contract::session::{Login, Session};
use super::contract::setting::Settings;
use super::contract::stream::{Message, StreamQuery};
use super::contract::timeline::{Timeline, TimelineQuery};
use super::openapi::Document;
use super::operation::{Method, Operation, Permission, Shape, named};

/// No parameters.
#[derive(serde::Deserialize)]
pub(crate) struct Nothing {}

impl IntoParams for Nothing {
    fn into_params(
        _: impl Fn() -> Option<utoipa::openapi::path::ParameterIn>,
    ) -> Vec<utoipa::openapi::path::Parameter> {
        Vec::new()
    }
}

/// What is made of the table.
struct Table {
    document: Document,
}

const ONE: Shape = Shape {
    paged: false,
    timed: true,
    guarded: false,
};
const LIST: Shape = Shape {
    paged: true,
    timed: true,
    guarded: false,
};
const PLAIN: Shape = Shape {
    paged: false,
    timed: false,
    guarded: false,
};
const GUARDED: Shape = Shape {
    paged: false,
    timed: false,
    guarded: true,
};

impl Table {
    fn get<Q: IntoParams, A: ToSchema>(
        &mut self,
        tag: &'static str,
        path: &'static str,
        id: &'static str,
        permission: Permission,
        shape: Shape,
        summary: &'static str,
    ) {
        let operation = Operation {
            method: Method::Get,
            path,
            id,
            tag,
            summary,
            permission,
        };
        let described = operation.describe::<Q, A>(shape, None, &mut self.document.schemas);
        self.document.add(&operation, described);
    }

    fn post<Q: IntoParams, B: ToSchema, A: ToSchema>(
        &mut self,
        tag: &'static str,
        path: &'static str,
        id: &'static str,
        permission: Permission,
        shape: Shape,
        summary: &'static str,
    ) {
        let operation = Operation {
            method: Method::Post,
            path,
            id,
            tag,
            summary,
            permission,
        };
        let body = named::<B>(&mut self.document.schemas);
        let described = operation.describe::<Q, A>(shape, Some(body), &mut self.document.schemas);
        self.document.add(&operation, described);
    }
}

/// The OpenAPI document of the API.
pub fn openapi() -> utoipa::openapi::OpenApi {
    use Permission::{Act, Events as Raw, Known, Settings as Setup, View};

    let mut it = Table {
        document: Document::default(),
    };
    it.get::<IncidentFilter, Inbox>("incidents", "/incidents", "listIncidents", View, LIST, "The inbox: incidents by rank, with counts beside the filters and what the noise budget holds back");
    it.get::<Nothing, Incident>(
        "incidents",
        "/incidents/{id}",
        "getIncident",
        View,
        ONE,
        "An incident with its evidence, path, fixes, comments and history",
    );
    it.post::<ActionMode, Action, ActionResult>("incidents", "/incidents/{id}/actions", "actOnIncident", Act, GUARDED, "Acknowledge, resolve, accept, call it false, reopen or comment; or see what that would hide");
    it.get::<MapQuery, ApplicationMap>(
        "applications",
        "/applications",
        "getApplicationMap",
        View,
        ONE,
        "The map: applications, dependencies, posture, exposure and places to draw them at",
    );
    it.get::<Nothing, Application>(
        "applications",
        "/applications/{id}",
        "getApplication",
        View,
        ONE,
        "An application with its workloads, objects, ways in, identities and findings",
    );
    it.get::<ObjectFilter, Page<WorkloadRow>>(
        "applications",
        "/workloads",
        "listWorkloads",
        View,
        LIST,
        "Workloads, lowest score first",
    );
    it.get::<Nothing, Workload>(
        "applications",
        "/workloads/{kind}/{namespace}/{name}",
        "getWorkload",
        View,
        ONE,
        "A workload with its pods, ways in, identity, findings and incidents",
    );
    it.get::<NetworkQuery, Network>(
        "network",
        "/network",
        "getNetwork",
        View,
        ONE,
        "Connections, allowed and observed, as coarse as asked for",
    );
    it.get::<ExplainQuery, Explanation>(
        "network",
        "/network/explain",
        "explainConnection",
        View,
        ONE,
        "Why a connection passes or not: the rule that decided",
    );
    it.post::<Nothing, Simulation, SimulationResult>(
        "network",
        "/network/simulate",
        "simulatePolicies",
        View,
        PLAIN,
        "What network policies would open and close, nothing is applied",
    );
    it.get::<PathQuery, Paths>(
        "paths",
        "/paths",
        "getPaths",
        View,
        ONE,
        "The worst ways, what is in reach, and what to mend first",
    );
    it.post::<PathQuery, WhatIf, Paths>(
        "paths",
        "/paths/what-if",
        "getPathsWithout",
        View,
        PLAIN,
        "The same with edges and fixes taken away, computed anew",
    );
    it.get::<IdentityFilter, Page<IdentityRow>>(
        "identities",
        "/identities",
        "listIdentities",
        View,
        LIST,
        "Identities, most powerful first",
    );
    it.get::<Nothing, Identity>(
        "identities",
        "/identities/{id}",
        "getIdentity",
        View,
        ONE,
        "An identity: what it can do, what of it it uses, what is normal for it",
    );
    it.get::<WhoCanQuery, WhoCan>(
        "identities",
        "/access/who-can",
        "whoCan",
        View,
        ONE,
        "Who can do something, and through which bindings",
    );
    it.get::<IdentityFilter, Page<RoleChange>>(
        "identities",
        "/access/trail",
        "listRoleChanges",
        View,
        LIST,
        "Changes of roles and bindings, newest first",
    );
    it.get::<PostureQuery, Posture>(
        "posture",
        "/posture",
        "getPosture",
        View,
        ONE,
        "Posture by framework, namespace and workload, and how it went",
    );
    it.get::<FindingFilter, Findings>(
        "posture",
        "/findings",
        "listFindings",
        View,
        LIST,
        "Findings, worst first, with counts beside the filters",
    );
    it.get::<Nothing, Check>(
        "posture",
        "/checks/{id}",
        "getCheck",
        View,
        ONE,
        "A check or detection rule: why it matters and what to do",
    );
    it.get::<ChangeFilter, Drift>(
        "changes",
        "/drift",
        "listDrift",
        View,
        LIST,
        "Where live state differs from desired state",
    );
    it.get::<ChangeFilter, Page<Change>>(
        "changes",
        "/changes",
        "listChanges",
        View,
        LIST,
        "Changes worth hearing of, newest first; some wait for a person to confirm them",
    );
    it.post::<Nothing, Validate, Change>(
        "changes",
        "/changes/{id}/validation",
        "validateChange",
        Act,
        PLAIN,
        "Confirm or reject a change",
    );
    it.get::<EventFilter, Events>(
        "events",
        "/events",
        "searchEvents",
        Permission::Events,
        LIST,
        "Events, newest first",
    );
    it.get::<Nothing, Event>(
        "events",
        "/events/{id}",
        "getEvent",
        Raw,
        ONE,
        "An event as it came, less the values of secrets",
    );
    it.get::<ObjectFilter, Page<ObjectRow>>(
        "objects",
        "/objects",
        "listObjects",
        View,
        LIST,
        "Objects, by kind, namespace and name",
    );
    it.get::<Nothing, ObjectDetail>(
        "objects",
        "/objects/{kind}/{namespace}/{name}",
        "getObject",
        View,
        ONE,
        "An object as YAML, with findings and incidents",
    );
    it.get::<Nothing, Page<ObjectVersion>>(
        "objects",
        "/objects/{kind}/{namespace}/{name}/history",
        "getObjectHistory",
        View,
        LIST,
        "The versions of an object, newest first, with what changed and by whom",
    );
    it.get::<DiffQuery, Diff>(
        "objects",
        "/diff",
        "getDiff",
        View,
        Shape {
            paged: false,
            timed: false,
            guarded: false,
        },
        "What is different between two times",
    );
    it.get::<SearchQuery, SearchResult>(
        "search",
        "/search",
        "search",
        View,
        ONE,
        "Anything by name",
    );
    it.get::<TimelineQuery, Timeline>(
        "search",
        "/timeline",
        "getTimeline",
        View,
        ONE,
        "How much happened when, for the time control",
    );
    it.get::<Nothing, Coverage>(
        "hub",
        "/coverage",
        "getCoverage",
        View,
        ONE,
        "What is not seen, and what was lost",
    );
    it.get::<Nothing, Health>(
        "hub",
        "/health",
        "getHealth",
        View,
        PLAIN,
        "How the hub and its parts are",
    );
    it.get::<Nothing, Settings>(
        "hub",
        "/settings",
        "getSettings",
        Setup,
        PLAIN,
        "The configuration in effect, exceptions, alert sinks, baselines",
    );
    it.get::<StreamQuery, Message>(
        "hub",
        "/stream",
        "stream",
        View,
        PLAIN,
        "What changes, as server-sent events; each `data:` is a Message",
    );
    it.get::<Nothing, Session>(
        "session",
        "/session",
        "getSession",
        Known,
        PLAIN,
        "Who is asking, and what they may do",
    );
    it.post::<Nothing, Login, Session>(
        "session",
        "/session",
        "logIn",
        Permission::Anyone,
        PLAIN,
        "Exchanges a token for a session cookie",
    );
    it.document.finish()
}
