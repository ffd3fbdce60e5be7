//! What a rule can ask of an event: its fields by the names of the audit log, parts of the bodies by
//! path, and what is worked out from both.

use std::fmt;

use catseye_event::Aspect;
use catseye_event::Event;

use crate::derived::Derived;
use crate::path::Path;

/// Which user of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Who {
    /// `user`: who authenticated.
    User,
    /// `impersonatedUser`: as whom they acted.
    Impersonated,
}

/// Which body of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    /// `requestObject`.
    Request,
    /// `responseObject`.
    Response,
}

/// A field of an audit event.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Field {
    /// `level`.
    Level,
    /// `stage`.
    Stage,
    /// `auditID`.
    AuditId,
    /// `requestURI`.
    RequestUri,
    /// The first value of a parameter of `requestURI`, decoded.
    UriParameter(String),
    /// `verb`.
    Verb,
    /// `username` of a user.
    Username(Who),
    /// `uid` of a user.
    Uid(Who),
    /// `groups` of a user.
    Groups(Who),
    /// An entry of a user's `extra`.
    Extra(Who, String),
    /// `sourceIPs`.
    SourceIps,
    /// One of `sourceIPs`.
    SourceIp(usize),
    /// `userAgent`.
    UserAgent,
    /// `objectRef.resource`.
    Resource,
    /// `objectRef.subresource`.
    Subresource,
    /// `objectRef.namespace`.
    Namespace,
    /// `objectRef.name`.
    Name,
    /// `objectRef.apiGroup`.
    ApiGroup,
    /// `objectRef.apiVersion`.
    ApiVersion,
    /// `objectRef.uid`.
    ObjectUid,
    /// `objectRef.resourceVersion`.
    ResourceVersion,
    /// `responseStatus.code`.
    Code,
    /// `responseStatus.reason`.
    Reason,
    /// `responseStatus.message`.
    Message,
    /// `responseStatus.status`: `Failure` from code 400 on, else `Success`.
    Status,
    /// `requestReceivedTimestamp`.
    ReceivedAt,
    /// `stageTimestamp`.
    StagedAt,
    /// One of `annotations`.
    Annotation(String),
    /// A part of a body.
    Body(Side, Path),
    /// What is worked out from other fields.
    Derived(Derived),
    /// Every text of the event, for rules that search it whole.
    Anything,
}

impl Field {
    /// What an event must show for the field to be seen; none for what every event has.
    pub fn aspect(&self) -> Option<Aspect> {
        Some(match self {
            Field::Level => Aspect::Level,
            Field::Stage => Aspect::Stage,
            Field::RequestUri | Field::UriParameter(_) => Aspect::RequestUri,
            Field::Groups(_) => Aspect::Groups,
            Field::Extra(..) | Field::Uid(_) => Aspect::UserExtra,
            Field::SourceIps | Field::SourceIp(_) => Aspect::SourceIps,
            Field::UserAgent => Aspect::UserAgent,
            Field::Code | Field::Reason | Field::Message | Field::Status => Aspect::Status,
            Field::Annotation(_) => Aspect::Annotations,
            Field::Body(Side::Request, _) => Aspect::RequestBody,
            Field::Body(Side::Response, _) => Aspect::ResponseBody,
            Field::Derived(derived) => derived.aspect()?,
            _ => return None,
        })
    }

    /// True when an event has at most one value of it.
    pub(crate) fn is_single(&self) -> bool {
        !matches!(
            self,
            Field::Groups(_)
                | Field::Extra(..)
                | Field::SourceIps
                | Field::Body(..)
                | Field::Derived(_)
                | Field::Anything
        )
    }

    /// How dear it is to read: plain fields before bodies.
    pub(crate) fn cost(&self) -> u32 {
        match self {
            Field::Verb | Field::Resource | Field::Subresource | Field::Stage => 1,
            Field::Extra(..) | Field::UriParameter(_) => 4,
            Field::ReceivedAt | Field::StagedAt => 6,
            Field::Derived(derived) if derived.reads_body() => 20,
            Field::Body(..) => 20,
            Field::Anything => 100,
            _ => 2,
        }
    }

    /// Hands the values of the field to `each`, until it says that it has seen enough by `false`.
    /// Absent and empty fields of the event itself have no values; a null in a body is none either.
    pub fn visit(&self, event: &Event<'_>, each: &mut dyn FnMut(&str) -> bool) {
        let mut one = |text: &str| {
            if !text.is_empty() {
                each(text);
            }
        };
        match self {
            Field::Level => {
                if event.level() != catseye_event::audit::Level::Unknown {
                    one(event.level().name());
                }
            }
            Field::Stage => one(event.stage().name()),
            Field::AuditId => one(event.audit_id()),
            Field::RequestUri => one(event.request_uri()),
            Field::UriParameter(name) => {
                if let Some(value) = crate::derived::uri_parameters(event, name).next() {
                    one(&value);
                }
            }
            Field::Verb => one(event.verb()),
            Field::Username(who) => {
                if let Some(user) = user(event, *who) {
                    one(&user.username);
                }
            }
            Field::Uid(who) => {
                if let Some(user) = user(event, *who) {
                    one(&user.uid);
                }
            }
            Field::Groups(who) => {
                let groups = user(event, *who).map_or(&[][..], |user| &user.groups);
                let _ = groups.iter().all(|group| each(group));
            }
            Field::Extra(who, key) => {
                let entries = user(event, *who).map_or(&[][..], |user| user.extra());
                let _ = entries
                    .iter()
                    .filter(|(name, _)| name.eq_ignore_ascii_case(key))
                    .flat_map(|(_, values)| values)
                    .all(|value| each(value));
            }
            Field::SourceIps => {
                let _ = event.source_ips().iter().all(|address| each(address));
            }
            Field::SourceIp(index) => {
                if let Some(address) = event.source_ips().get(*index) {
                    one(address);
                }
            }
            Field::UserAgent => one(event.user_agent()),
            Field::Resource => one(event.resource()),
            Field::Subresource => one(event.subresource()),
            Field::Namespace => one(event.namespace()),
            Field::Name => one(event.name()),
            Field::ApiGroup => one(event.api_group()),
            Field::ApiVersion => {
                if let Some(object) = event.object() {
                    one(&object.api_version);
                }
            }
            Field::ObjectUid => {
                if let Some(object) = event.object() {
                    one(&object.uid);
                }
            }
            Field::ResourceVersion => {
                if let Some(object) = event.object() {
                    one(&object.resource_version);
                }
            }
            Field::Code => {
                if let Some(code) = event.code() {
                    one(&code.to_string());
                }
            }
            Field::Reason => one(&event.status().reason),
            Field::Message => one(&event.status().message),
            Field::Status => {
                if let Some(code) = event.code() {
                    one(if code >= 400 { "Failure" } else { "Success" });
                }
            }
            Field::ReceivedAt => {
                if let Some(time) = event.received_at() {
                    one(&time.to_string());
                }
            }
            Field::StagedAt => {
                if let Some(time) = event.staged_at() {
                    one(&time.to_string());
                }
            }
            Field::Annotation(name) => one(event.annotation(name).unwrap_or_default()),
            Field::Body(side, path) => {
                let body = match side {
                    Side::Request if path.is_of_object() => event.request_object(),
                    side => body(event, *side),
                };
                if let Some(body) = body {
                    path.visit(body, each);
                }
            }
            Field::Derived(derived) => derived.visit(event, each),
            Field::Anything => crate::derived::every_text(event, each),
        }
    }

    /// The first value, as text.
    pub fn first(&self, event: &Event<'_>) -> Option<String> {
        let mut first = None;
        self.visit(event, &mut |text| {
            first = Some(text.to_owned());
            false
        });
        first
    }

    /// All values, as texts.
    pub fn all(&self, event: &Event<'_>) -> Vec<String> {
        let mut all = Vec::new();
        self.visit(event, &mut |text| {
            all.push(text.to_owned());
            true
        });
        all
    }
}

pub(crate) fn user<'e, 'a>(
    event: &'e Event<'a>,
    who: Who,
) -> Option<&'e catseye_event::audit::User<'a>> {
    match who {
        Who::User => Some(event.user()),
        Who::Impersonated => event.impersonated_user(),
    }
}

pub(crate) fn body<'e>(event: &'e Event<'_>, side: Side) -> Option<&'e catseye_model::Value> {
    match side {
        Side::Request => event.request_body(),
        Side::Response => event.response_body(),
    }
}

/// The path in the audit log: `objectRef.resource`.
impl fmt::Display for Field {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let user = |who: &Who| match who {
            Who::User => "user",
            Who::Impersonated => "impersonatedUser",
        };
        let plain = match self {
            Field::UriParameter(name) => return write!(out, "requestURI?{name}"),
            Field::Username(who) => return write!(out, "{}.username", user(who)),
            Field::Uid(who) => return write!(out, "{}.uid", user(who)),
            Field::Groups(who) => return write!(out, "{}.groups", user(who)),
            Field::Extra(who, key) => return write!(out, "{}.extra.{key}", user(who)),
            Field::SourceIp(index) => return write!(out, "sourceIPs[{index}]"),
            Field::Annotation(name) => return write!(out, "annotations.{name}"),
            Field::Body(Side::Request, path) => return write!(out, "requestObject{path}"),
            Field::Body(Side::Response, path) => return write!(out, "responseObject{path}"),
            Field::Derived(derived) => return write!(out, "{derived}"),
            Field::Level => "level",
            Field::Stage => "stage",
            Field::AuditId => "auditID",
            Field::RequestUri => "requestURI",
            Field::Verb => "verb",
            Field::SourceIps => "sourceIPs",
            Field::UserAgent => "userAgent",
            Field::Resource => "objectRef.resource",
            Field::Subresource => "objectRef.subresource",
            Field::Namespace => "objectRef.namespace",
            Field::Name => "objectRef.name",
            Field::ApiGroup => "objectRef.apiGroup",
            Field::ApiVersion => "objectRef.apiVersion",
            Field::ObjectUid => "objectRef.uid",
            Field::ResourceVersion => "objectRef.resourceVersion",
            Field::Code => "responseStatus.code",
            Field::Reason => "responseStatus.reason",
            Field::Message => "responseStatus.message",
            Field::Status => "responseStatus.status",
            Field::ReceivedAt => "requestReceivedTimestamp",
            Field::StagedAt => "stageTimestamp",
            Field::Anything => "the event",
        };
        out.write_str(plain)
    }
}
