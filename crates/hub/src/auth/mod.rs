//! Who is asking, and what they may do.
//!
//! On a laptop one token is printed at start, and only loopback is listened on. In a cluster the API server
//! says whose a token is (`TokenReview`) and what its owner may do (`SubjectAccessReview` on virtual
//! resources of the group `catseye.io`); its answers are kept for a moment, never for long.

mod origin;
mod review;
mod session;
mod token;

use http::HeaderMap;

use crate::api::Permission;
use crate::api::contract::problem::{Code, Problem};

pub use catseye_cluster::review::User;
pub use token::Token;
pub(crate) use token::hex;

pub(crate) use origin::{check_host, check_link, check_same_site};
pub(crate) use session::{COOKIE, Sessions, cookie};

use self::review::Reviews;

/// The group of the virtual resources that permissions are about.
pub const GROUP: &str = "catseye.io";

/// How people are known.
#[derive(Clone)]
pub enum Access {
    /// By one token, printed at start; its owner may do everything. For loopback only.
    Printed(Token),
    /// By the API server of the cluster.
    Cluster(catseye_cluster::Client),
}

impl std::fmt::Debug for Access {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Access::Printed(_) => "Printed",
            Access::Cluster(_) => "Cluster",
        })
    }
}

/// Checks who is asking.
#[derive(Debug)]
pub(crate) struct Guard {
    access: Kind,
    pub(crate) sessions: Sessions,
}

#[derive(Debug)]
enum Kind {
    Printed(Token),
    Cluster(Reviews),
}

/// A user that is known, and how.
#[derive(Debug, Clone)]
pub(crate) struct Known {
    pub(crate) user: User,
    /// Came by cookie, so that the browser may have sent it without the user's will.
    pub(crate) by_cookie: bool,
}

impl Guard {
    pub(crate) fn new(access: Access) -> Self {
        let access = match access {
            Access::Printed(token) => Kind::Printed(token),
            Access::Cluster(client) => Kind::Cluster(Reviews::new(client)),
        };
        Guard {
            access,
            sessions: Sessions::default(),
        }
    }

    /// `token` or `kubernetes`.
    pub(crate) fn known_by(&self) -> &'static str {
        match self.access {
            Kind::Printed(_) => "token",
            Kind::Cluster(_) => "kubernetes",
        }
    }

    /// True when only loopback may be listened on.
    pub(crate) fn is_local(&self) -> bool {
        matches!(self.access, Kind::Printed(_))
    }

    /// Who sends a request.
    pub(crate) async fn known(&self, headers: &HeaderMap) -> Result<Known, Problem> {
        if let Some(token) = token_in(headers)? {
            let user = self.owner(&token).await?;
            return Ok(Known {
                user,
                by_cookie: false,
            });
        }
        let Some(token) = session::cookie(headers).and_then(|id| self.sessions.token(&id)) else {
            return Err(not_known("no token was sent"));
        };
        let user = self.owner(&token).await?;
        Ok(Known {
            user,
            by_cookie: true,
        })
    }

    /// Whose a token is.
    pub(crate) async fn owner(&self, token: &Token) -> Result<User, Problem> {
        match &self.access {
            Kind::Printed(printed) if printed.is(token) => Ok(User {
                username: "local".to_owned(),
                ..User::default()
            }),
            Kind::Printed(_) => Err(not_known("nobody knows this token")),
            Kind::Cluster(reviews) => reviews.owner(token).await,
        }
    }

    /// Whether a user may do something.
    pub(crate) async fn allows(
        &self,
        user: &User,
        permission: Permission,
    ) -> Result<bool, Problem> {
        let Some((verb, resource)) = permission.verb_and_resource() else {
            return Ok(true);
        };
        match &self.access {
            Kind::Printed(_) => Ok(true),
            Kind::Cluster(reviews) => reviews.allows(user, verb, resource).await,
        }
    }

    /// Refuses what a user may not do.
    pub(crate) async fn check(&self, user: &User, permission: Permission) -> Result<(), Problem> {
        if self.allows(user, permission).await? {
            return Ok(());
        }
        let (verb, resource) = permission.verb_and_resource().unwrap_or_default();
        Err(Problem::new(
            Code::NotAllowed,
            format!("{} may not {verb} {resource}.{GROUP}", user.username),
            format!(
                "ask for a ClusterRole with apiGroups: [\"{GROUP}\"], resources: [\"{resource}\"], verbs: [\"{verb}\"]"
            ),
        ))
    }
}

/// The token of `Authorization: Bearer …`.
pub(crate) fn token_in(headers: &HeaderMap) -> Result<Option<Token>, Problem> {
    let Some(value) = headers.get(http::header::AUTHORIZATION) else {
        return Ok(None);
    };
    let token = value
        .to_str()
        .ok()
        .and_then(|value| {
            let (scheme, token) = value.split_once(' ')?;
            scheme
                .eq_ignore_ascii_case("bearer")
                .then_some(token.trim())
        })
        .and_then(Token::from_client);
    match token {
        Some(token) => Ok(Some(token)),
        None => Err(not_known("the Authorization header holds no bearer token")),
    }
}

pub(crate) fn not_known(detail: &str) -> Problem {
    Problem::new(
        Code::NotAuthenticated,
        detail,
        "send Authorization: Bearer TOKEN with the token printed at start or a token of the cluster \
         (kubectl create token …), or log in at POST /api/v1/session",
    )
}
