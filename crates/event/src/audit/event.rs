//! One audit event: what the API server noted about one stage of one request.

use std::fmt;

use catseye_model::Value;
use catseye_model::{Fields, RedactionKey};
use jiff::Timestamp;

use super::actor::Actor;
use super::body::Body;
use super::object::{ObjectRef, Status};
use super::record::Record;
use super::text::Text;
use super::user::User;
use crate::source::{Aspect, Fidelity, Source};

const DECISION: &str = "authorization.k8s.io/decision";
const REASON: &str = "authorization.k8s.io/reason";

/// How much the audit policy let the API server note.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// The source does not say.
    #[default]
    Unknown,
    /// Who, what, when and the outcome.
    Metadata,
    /// And the object that was sent.
    Request,
    /// And the object that was answered.
    RequestResponse,
}

impl Level {
    pub(crate) fn named(name: &str) -> Self {
        match name {
            "Metadata" => Level::Metadata,
            "Request" => Level::Request,
            "RequestResponse" => Level::RequestResponse,
            _ => Level::Unknown,
        }
    }

    /// The name as Kubernetes writes it; none where the source does not say.
    pub(crate) fn written(self) -> Option<&'static str> {
        (self != Level::Unknown).then(|| self.name())
    }

    /// The name as Kubernetes writes it, or `Unknown`.
    pub fn name(self) -> &'static str {
        match self {
            Level::Unknown => "Unknown",
            Level::Metadata => "Metadata",
            Level::Request => "Request",
            Level::RequestResponse => "RequestResponse",
        }
    }
}

/// How far the request had come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// It came in; nothing was decided yet.
    RequestReceived,
    /// The headers of a long answer (watch, exec) went out.
    ResponseStarted,
    /// It is over. What an event without a stage is taken for.
    #[default]
    ResponseComplete,
    /// The API server broke down over it.
    Panic,
}

impl Stage {
    pub(crate) fn named(name: &str) -> Self {
        match name {
            "RequestReceived" => Stage::RequestReceived,
            "ResponseStarted" => Stage::ResponseStarted,
            "Panic" => Stage::Panic,
            _ => Stage::ResponseComplete,
        }
    }

    /// The name as Kubernetes writes it.
    pub fn name(self) -> &'static str {
        match self {
            Stage::RequestReceived => "RequestReceived",
            Stage::ResponseStarted => "ResponseStarted",
            Stage::ResponseComplete => "ResponseComplete",
            Stage::Panic => "Panic",
        }
    }
}

/// What authorization said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Decision {
    /// The request was allowed, which does not mean that it succeeded.
    Allow,
    /// The request was forbidden.
    Forbid,
}

/// Where in a log an event stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The line on which the record begins, from 1; 0 for an event that came from no log.
    pub line: u64,
    /// The offset of its first byte in the (decompressed) log.
    pub byte: u64,
}

/// An audit event. Texts are borrowed from the record it was read from; bodies and what the
/// authenticator added to the user are read when first asked for.
///
/// Absent texts are empty. Secret values cannot be had from an event: see [`Event::request_body`].
#[derive(Clone)]
pub struct Event<'a> {
    pub(crate) key: &'a RedactionKey,
    pub(crate) source: Source,
    pub(crate) place: Place,
    pub(crate) cut: bool,
    pub(crate) level: Level,
    pub(crate) stage: Stage,
    pub(crate) audit_id: Text<'a>,
    pub(crate) request_uri: Text<'a>,
    pub(crate) verb: Text<'a>,
    pub(crate) user: User<'a>,
    pub(crate) impersonated_user: Option<User<'a>>,
    pub(crate) source_ips: Vec<Text<'a>>,
    pub(crate) user_agent: Text<'a>,
    pub(crate) object: Option<ObjectRef<'a>>,
    pub(crate) status: Status<'a>,
    pub(crate) request: Body<'a>,
    pub(crate) response: Body<'a>,
    pub(crate) received: Option<Timestamp>,
    pub(crate) staged: Option<Timestamp>,
    pub(crate) annotations: Vec<(Text<'a>, Text<'a>)>,
}

impl<'a> Event<'a> {
    pub(crate) fn empty(key: &'a RedactionKey) -> Self {
        Event {
            key,
            source: Source::default(),
            place: Place::default(),
            cut: false,
            level: Level::default(),
            stage: Stage::default(),
            audit_id: Text::default(),
            request_uri: Text::default(),
            verb: Text::default(),
            user: User::default(),
            impersonated_user: None,
            source_ips: Vec::new(),
            user_agent: Text::default(),
            object: None,
            status: Status::default(),
            request: Body::default(),
            response: Body::default(),
            received: None,
            staged: None,
            annotations: Vec::new(),
        }
    }

    /// Reads one event as the API server writes it, without any envelope; `None` for other JSON.
    ///
    /// Logs are read with [`crate::intake::Intake`]; this is for single events, as in fixtures.
    pub fn parse(json: &'a str, key: &'a RedactionKey) -> Result<Option<Self>, serde_json::Error> {
        let mut record = Record::empty(key);
        record.fill(json)?;
        record.settle();
        Ok(record.is_event().then_some(record.event))
    }

    /// Who wrote the log.
    pub fn source(&self) -> Source {
        self.source
    }

    /// Where the event stands in the log.
    pub fn place(&self) -> Place {
        self.place
    }

    /// True when the record ended early and only its head could be read.
    pub fn is_cut(&self) -> bool {
        self.cut
    }

    /// The audit level.
    pub fn level(&self) -> Level {
        self.level
    }

    /// The stage; `ResponseComplete` where the source has none.
    pub fn stage(&self) -> Stage {
        self.stage
    }

    /// The id that all stages of a request share; the insert id on GKE.
    pub fn audit_id(&self) -> &str {
        &self.audit_id
    }

    /// Path and query of the request.
    pub fn request_uri(&self) -> &str {
        &self.request_uri
    }

    /// The verb in lower case: `get`, `list`, `create`, …; the HTTP method for non-resource requests.
    pub fn verb(&self) -> &str {
        &self.verb
    }

    /// Whoever authenticated.
    pub fn user(&self) -> &User<'a> {
        &self.user
    }

    /// As whom the user acted, where that was somebody else.
    pub fn impersonated_user(&self) -> Option<&User<'a>> {
        self.impersonated_user.as_ref()
    }

    /// Whose permissions counted: the impersonated user, else the user.
    pub fn effective_user(&self) -> &User<'a> {
        self.impersonated_user.as_ref().unwrap_or(&self.user)
    }

    /// What kind of actor the effective user is.
    pub fn actor(&self) -> Actor<'_> {
        self.effective_user().actor()
    }

    /// Addresses of the caller: what proxies claim first, the connection's own last.
    pub fn source_ips(&self) -> &[Text<'a>] {
        &self.source_ips
    }

    /// The address of the connection, the only one that the client cannot choose.
    pub fn peer_ip(&self) -> Option<&str> {
        self.source_ips.last().map(Text::as_str)
    }

    /// The address that the request says it came from: the first of a chain of proxies. A client can
    /// make it up.
    pub fn claimed_ip(&self) -> Option<&str> {
        self.source_ips.first().map(Text::as_str)
    }

    /// The user agent, which the client chooses.
    pub fn user_agent(&self) -> &str {
        &self.user_agent
    }

    /// What the call was aimed at; none for non-resource requests.
    pub fn object(&self) -> Option<&ObjectRef<'a>> {
        self.object.as_ref()
    }

    /// The plural resource, such as `pods`.
    pub fn resource(&self) -> &str {
        self.object.as_ref().map_or("", |object| &object.resource)
    }

    /// The subresource, such as `exec`.
    pub fn subresource(&self) -> &str {
        self.object
            .as_ref()
            .map_or("", |object| &object.subresource)
    }

    /// The namespace.
    pub fn namespace(&self) -> &str {
        self.object.as_ref().map_or("", |object| &object.namespace)
    }

    /// The API group, empty for the core group.
    pub fn api_group(&self) -> &str {
        self.object.as_ref().map_or("", |object| &object.api_group)
    }

    /// The name. When the API server chose it (`generateName`), it is taken from the answer, if the
    /// event has one.
    pub fn name(&self) -> &str {
        let Some(object) = &self.object else {
            return "";
        };
        if object.name.is_empty() && self.verb == "create" && object.subresource.is_empty() {
            return [self.response_body(), self.request_body()]
                .into_iter()
                .flatten()
                .find_map(|body| body.text("metadata.name"))
                .unwrap_or_default();
        }
        &object.name
    }

    /// The HTTP code of the answer.
    pub fn code(&self) -> Option<u16> {
        self.status.code
    }

    /// Code, reason and message of the answer.
    pub fn status(&self) -> &Status<'a> {
        &self.status
    }

    /// True when the answer's code says success.
    pub fn succeeded(&self) -> bool {
        // 101 is how a successful exec, attach or port-forward begins.
        self.status
            .code
            .is_some_and(|code| code == 101 || (200..300).contains(&code))
    }

    /// True when authorization refused the call, as its annotation or the answer says.
    pub fn is_forbidden(&self) -> bool {
        match self.decision() {
            Some(decision) => decision == Decision::Forbid,
            None => self.status.code == Some(403),
        }
    }

    /// The object that was sent: an object, a patch (an array for JSON patches), or options.
    ///
    /// Read on first use. Values of Secrets and tokens are replaced by length and keyed hash.
    pub fn request_body(&self) -> Option<&Value> {
        self.request.read(self.object.as_ref(), self.key)
    }

    /// What the request sets, in the shape of an object: a JSON patch as the fields that its steps add or
    /// replace, YAML of a server-side apply as what it says, anything else as it was sent.
    pub fn request_object(&self) -> Option<&Value> {
        self.request.object(self.object.as_ref(), self.key)
    }

    /// The object that was answered, as [`Event::request_body`].
    pub fn response_body(&self) -> Option<&Value> {
        self.response.read(self.object.as_ref(), self.key)
    }

    /// True when the event holds the object that was sent.
    pub fn has_request_body(&self) -> bool {
        self.request.is_there()
    }

    /// True when the event holds the object that was answered.
    pub fn has_response_body(&self) -> bool {
        self.response.is_there()
    }

    /// The bytes of both bodies.
    pub fn body_bytes(&self) -> usize {
        self.request.len() + self.response.len()
    }

    /// All annotations of the event, in the order in which they were written.
    pub fn annotations(&self) -> &[(Text<'a>, Text<'a>)] {
        &self.annotations
    }

    /// The annotation `name`.
    pub fn annotation(&self, name: &str) -> Option<&str> {
        self.annotations
            .iter()
            .find(|(key, _)| *key == *name)
            .map(|(_, value)| value.as_str())
    }

    /// What authorization decided, where the event says so.
    pub fn decision(&self) -> Option<Decision> {
        match self.annotation(DECISION)? {
            "allow" => Some(Decision::Allow),
            "forbid" => Some(Decision::Forbid),
            _ => None,
        }
    }

    /// Why authorization decided so: for RBAC, the binding and the role that allowed the call.
    pub fn decision_reason(&self) -> Option<&str> {
        self.annotation(REASON)
    }

    /// When the request reached the API server.
    pub fn received_at(&self) -> Option<Timestamp> {
        self.received
    }

    /// When the request reached this stage.
    pub fn staged_at(&self) -> Option<Timestamp> {
        self.staged
    }

    /// The time to judge by: when the request came in, else when it reached this stage, else when the
    /// log store took the record.
    pub fn time(&self) -> Option<Timestamp> {
        self.received.or(self.staged)
    }

    /// What this event can show. A body that the level leaves out is not shown; a body that the kind
    /// of request does not have, is.
    pub fn fidelity(&self) -> Fidelity {
        let mut fidelity = self.source.fidelity();
        let writes = matches!(&*self.verb, "create" | "update" | "patch");
        let (request, response) = match self.level {
            Level::Metadata => (false, false),
            Level::Request => (true, false),
            Level::RequestResponse => (true, true),
            Level::Unknown => (!writes, false),
        };
        if self.cut || !request {
            fidelity = fidelity.without(Aspect::RequestBody);
        }
        if self.cut || !response {
            fidelity = fidelity.without(Aspect::ResponseBody);
        }
        if self.request.is_there() {
            fidelity = fidelity.with(Aspect::RequestBody);
        }
        if self.response.is_there() {
            fidelity = fidelity.with(Aspect::ResponseBody);
        }
        if self.status.code.is_none() {
            fidelity = fidelity.without(Aspect::Status);
        }
        if self.cut && self.annotations.is_empty() {
            fidelity = fidelity.without(Aspect::Annotations);
        }
        fidelity
    }
}

/// Shows identity only: bodies and annotations may hold what nobody should see.
impl fmt::Debug for Event<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Event")
            .field("audit_id", &self.audit_id)
            .field("stage", &self.stage)
            .field("verb", &self.verb)
            .field("resource", &self.resource())
            .field("subresource", &self.subresource())
            .field("namespace", &self.namespace())
            .field("user", &self.user.username)
            .field("code", &self.status.code)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::ActorKind;

    const KEY: RedactionKey = RedactionKey::new([0; 32]);

    const EXEC: &str = r#"{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"RequestResponse",
        "auditID":"a-1","stage":"ResponseStarted",
        "requestURI":"/api/v1/namespaces/shop/pods/cart/exec?command=sh\u0026stdin=true","verb":"create",
        "user":{"username":"kubernetes-admin","uid":"u","groups":["ops","system:authenticated"],
            "extra":{"sessionName":["jane@example.com"],"arn":["arn:aws:iam::1:role/ops"]}},
        "impersonatedUser":{"username":"system:serviceaccount:shop:cart"},
        "sourceIPs":["203.0.113.9","10.0.0.1"],"userAgent":"kubectl/v1.36",
        "objectRef":{"resource":"pods","namespace":"shop","name":"cart","apiVersion":"v1","subresource":"exec"},
        "responseStatus":{"metadata":{},"code":101},
        "requestReceivedTimestamp":"2026-11-21T00:30:49.993768Z","stageTimestamp":"2026-11-21T00:30:50.000000Z",
        "annotations":{"authorization.k8s.io/decision":"allow",
            "authorization.k8s.io/reason":"RBAC: allowed by RoleBinding \"a/shop\""}}"#;

    fn parse(json: &str) -> Event<'_> {
        static KEY: RedactionKey = RedactionKey::new([0; 32]);
        Event::parse(json, &KEY).unwrap().unwrap()
    }

    #[test]
    fn an_event_answers_who_did_what_when_and_how_it_ended() {
        let event = parse(EXEC);
        assert_eq!(event.audit_id(), "a-1");
        assert_eq!(event.level(), Level::RequestResponse);
        assert_eq!(event.stage(), Stage::ResponseStarted);
        assert_eq!(
            (event.verb(), event.resource(), event.subresource()),
            ("create", "pods", "exec")
        );
        assert_eq!(
            (event.namespace(), event.name(), event.api_group()),
            ("shop", "cart", "")
        );
        assert!(event.request_uri().ends_with("command=sh&stdin=true"));
        assert_eq!(event.user().username, "kubernetes-admin");
        assert!(event.user().in_group("ops"));
        let identity = event.user().cloud_identity().unwrap();
        assert_eq!(identity.session, Some("jane@example.com"));
        assert_eq!(
            event.actor(),
            Actor::ServiceAccount {
                namespace: "shop",
                name: "cart"
            }
        );
        assert_eq!(event.actor().kind(), ActorKind::ServiceAccount);
        assert_eq!(
            (event.peer_ip(), event.claimed_ip()),
            (Some("10.0.0.1"), Some("203.0.113.9"))
        );
        assert!(event.succeeded());
        assert_eq!(event.decision(), Some(Decision::Allow));
        assert_eq!(
            event.decision_reason(),
            Some("RBAC: allowed by RoleBinding \"a/shop\"")
        );
        assert_eq!(
            event.time().unwrap().to_string(),
            "2026-11-21T00:30:49.993768Z"
        );
        assert_eq!(event.fidelity(), Fidelity::FULL);
    }

    #[test]
    fn bodies_are_read_on_demand_and_without_secret_values() {
        let event = parse(
            r#"{"auditID":"1","level":"Request","verb":"create",
            "objectRef":{"resource":"secrets","namespace":"shop"},
            "requestObject":{"metadata":{"generateName":"a-"},"stringData":{"k":"hunter2"}}}"#,
        );
        let body = event.request_body().unwrap();
        assert_eq!(body["metadata"]["generateName"], "a-");
        assert!(!body.to_string().contains("hunter2"));
        assert!(!format!("{event:?}").contains("hunter2"));
        assert!(event.response_body().is_none());
    }

    #[test]
    fn a_generated_name_is_taken_from_the_answer() {
        let event = parse(
            r#"{"auditID":"1","verb":"create","objectRef":{"resource":"pods"},
            "requestObject":{"metadata":{"generateName":"a-"}},"responseObject":{"metadata":{"name":"a-x7"}}}"#,
        );
        assert_eq!(event.name(), "a-x7");
    }

    #[test]
    fn odd_fields_cost_themselves_and_nothing_else() {
        let event = parse(
            r#"{"auditID":7,"verb":null,"user":"jane","sourceIPs":"10.0.0.1","objectRef":[],
            "responseStatus":{"code":"403"},"annotations":null,"impersonatedUser":null,
            "stageTimestamp":"never","userAgent":{"a":1},"level":"Loud","requestObject":null}"#,
        );
        assert_eq!((event.audit_id(), event.verb()), ("7", ""));
        assert_eq!(event.peer_ip(), Some("10.0.0.1"));
        assert_eq!(event.code(), Some(403));
        assert!(event.is_forbidden());
        assert!(event.object().is_none() && event.impersonated_user().is_none());
        assert_eq!((event.level(), event.time()), (Level::Unknown, None));
        assert!(!event.has_request_body());
    }

    #[test]
    fn other_json_is_no_event() {
        assert!(Event::parse(r#"{"kind":"Pod"}"#, &KEY).unwrap().is_none());
        assert!(Event::parse(r#""text""#, &KEY).unwrap().is_none());
        assert!(Event::parse("{", &KEY).is_err());
    }

    #[test]
    fn fidelity_follows_the_level() {
        let metadata = parse(
            r#"{"auditID":"1","level":"Metadata","verb":"create","responseStatus":{"code":201}}"#,
        );
        let missing: Vec<_> = metadata
            .fidelity()
            .missing(Fidelity::FULL)
            .aspects()
            .collect();
        assert_eq!(missing, [Aspect::RequestBody, Aspect::ResponseBody]);
        let received = parse(
            r#"{"auditID":"1","level":"RequestResponse","stage":"RequestReceived","verb":"get"}"#,
        );
        assert!(!received.fidelity().has(Aspect::Status));
    }
}
