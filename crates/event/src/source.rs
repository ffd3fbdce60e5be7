//! Where events come from, and what such a source can show at all.
//!
//! Every source forgets something: GKE has no groups, Metadata level has no bodies. A rule that needs
//! what the source does not have is *not evaluable* there, which is another answer than "did not match".

use std::fmt;

/// Who wrote the log.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Source {
    /// The API server itself: log or webhook backend, whatever carried it here.
    #[default]
    ApiServer,
    /// Amazon EKS through CloudWatch Logs, which cuts entries above 256 KB.
    Eks,
    /// Google GKE through Cloud Logging, which keeps its own kind of record.
    Gke,
    /// Azure AKS through diagnostic settings.
    Aks,
}

impl Source {
    /// Every source.
    pub const ALL: [Source; 4] = [Source::ApiServer, Source::Eks, Source::Gke, Source::Aks];

    /// The name in output.
    pub fn name(self) -> &'static str {
        match self {
            Source::ApiServer => "kube-apiserver",
            Source::Eks => "eks",
            Source::Gke => "gke",
            Source::Aks => "aks",
        }
    }

    /// What events of this source can show when the audit policy asks for everything.
    pub fn fidelity(self) -> Fidelity {
        match self {
            Source::ApiServer | Source::Aks | Source::Eks => Fidelity::FULL,
            Source::Gke => Fidelity::FULL
                .without(Aspect::Level)
                .without(Aspect::Stage)
                .without(Aspect::RequestUri)
                .without(Aspect::Groups)
                .without(Aspect::UserExtra),
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}

/// Something that an event may or may not show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Aspect {
    /// The audit level.
    Level,
    /// The stage.
    Stage,
    /// The path and query of the request.
    RequestUri,
    /// The groups of the user.
    Groups,
    /// What the authenticator added to the user: pod of a token, cloud identity.
    UserExtra,
    /// The addresses of the caller.
    SourceIps,
    /// The user agent.
    UserAgent,
    /// The HTTP code of the answer.
    Status,
    /// Annotations: decision and reason of authorization, Pod Security.
    Annotations,
    /// The object that was sent.
    RequestBody,
    /// The object that was answered.
    ResponseBody,
}

impl Aspect {
    /// Every aspect.
    pub const ALL: [Aspect; 11] = [
        Aspect::Level,
        Aspect::Stage,
        Aspect::RequestUri,
        Aspect::Groups,
        Aspect::UserExtra,
        Aspect::SourceIps,
        Aspect::UserAgent,
        Aspect::Status,
        Aspect::Annotations,
        Aspect::RequestBody,
        Aspect::ResponseBody,
    ];

    /// The name in output.
    pub fn name(self) -> &'static str {
        match self {
            Aspect::Level => "level",
            Aspect::Stage => "stage",
            Aspect::RequestUri => "request URI",
            Aspect::Groups => "groups",
            Aspect::UserExtra => "user extra",
            Aspect::SourceIps => "source addresses",
            Aspect::UserAgent => "user agent",
            Aspect::Status => "status code",
            Aspect::Annotations => "annotations",
            Aspect::RequestBody => "request body",
            Aspect::ResponseBody => "response body",
        }
    }

    fn bit(self) -> u16 {
        1 << (self as u16)
    }
}

/// A set of aspects.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fidelity(u16);

impl Fidelity {
    /// Everything.
    pub const FULL: Fidelity = Fidelity((1 << Aspect::ALL.len()) - 1);
    /// Nothing.
    pub const NONE: Fidelity = Fidelity(0);

    /// The set of these aspects.
    pub fn of(aspects: &[Aspect]) -> Self {
        aspects
            .iter()
            .fold(Fidelity::NONE, |set, aspect| set.with(*aspect))
    }

    /// True when the aspect is in the set.
    pub fn has(self, aspect: Aspect) -> bool {
        self.0 & aspect.bit() != 0
    }

    /// True when everything in `needs` is in this set.
    pub fn covers(self, needs: Fidelity) -> bool {
        needs.0 & !self.0 == 0
    }

    /// The set with `aspect`.
    #[must_use]
    pub fn with(self, aspect: Aspect) -> Self {
        Fidelity(self.0 | aspect.bit())
    }

    /// The set without `aspect`.
    #[must_use]
    pub fn without(self, aspect: Aspect) -> Self {
        Fidelity(self.0 & !aspect.bit())
    }

    /// What is in `needs` and not in this set.
    #[must_use]
    pub fn missing(self, needs: Fidelity) -> Fidelity {
        Fidelity(needs.0 & !self.0)
    }

    /// The aspects in the set.
    pub fn aspects(self) -> impl Iterator<Item = Aspect> {
        Aspect::ALL
            .into_iter()
            .filter(move |aspect| self.has(*aspect))
    }
}

impl fmt::Debug for Fidelity {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_set().entries(self.aspects()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_covers_what_it_has() {
        let needs = Fidelity::of(&[Aspect::Groups, Aspect::Status]);
        assert!(Source::Eks.fidelity().covers(needs));
        assert!(!Source::Gke.fidelity().covers(needs));
        let missing: Vec<_> = Source::Gke.fidelity().missing(needs).aspects().collect();
        assert_eq!(missing, [Aspect::Groups]);
    }

    #[test]
    fn aspects_have_bits_of_their_own() {
        for aspect in Aspect::ALL {
            assert!(!Fidelity::FULL.without(aspect).has(aspect));
            assert_eq!(
                Fidelity::of(&[aspect]).aspects().collect::<Vec<_>>(),
                [aspect]
            );
        }
    }
}
