//! Policies and bindings read together.

use catseye_model::{Kind, Object};

use crate::binding::Binding;
use crate::judge::Verdict;
use crate::kyverno;
use crate::mutate::{MutatingPolicy, MutationError};
use crate::policy::{Policy, Problem};
use crate::request::Request;
use crate::surroundings::Surroundings;

/// All policies and bindings of a set of objects.
#[derive(Debug, Default)]
pub struct PolicySet {
    policies: Vec<Policy>,
    bindings: Vec<Binding>,
    mutating: Vec<MutatingPolicy>,
    mutating_bindings: Vec<Binding>,
    unbound_deny: bool,
}

impl PolicySet {
    /// An empty set in which a policy without a binding holds everywhere and denies: what judges files
    /// before anybody has bound them.
    pub fn unbound_deny() -> Self {
        PolicySet {
            unbound_deny: true,
            ..PolicySet::default()
        }
    }

    /// Adds an object if it is a policy or a binding; whether it was one, or why it cannot be used.
    pub fn add(&mut self, object: &Object) -> Result<bool, Vec<Problem>> {
        match object.kind() {
            Kind::ValidatingAdmissionPolicy => {
                self.policies.push(Policy::read(object.value())?);
                Ok(true)
            }
            Kind::ValidatingAdmissionPolicyBinding => {
                self.bindings.push(Binding::read(object.value())?);
                Ok(true)
            }
            Kind::MutatingAdmissionPolicy => {
                self.mutating.push(MutatingPolicy::read(object.value())?);
                Ok(true)
            }
            Kind::MutatingAdmissionPolicyBinding => {
                self.mutating_bindings
                    .push(Binding::read_mutating(object.value())?);
                Ok(true)
            }
            _ if object.group() == "policies.kyverno.io" => {
                let (policy, binding) = kyverno::converted(object.value())?;
                self.policies.push(Policy::read(&policy)?);
                self.bindings.push(binding);
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    /// Adds a binding.
    pub fn bind(&mut self, binding: Binding) {
        self.bindings.push(binding);
    }

    /// The policies, in the order added.
    pub fn policies(&self) -> &[Policy] {
        &self.policies
    }

    /// The bindings, in the order added.
    pub fn bindings(&self) -> &[Binding] {
        &self.bindings
    }

    /// The kinds and namespaces of parameters that bindings name in a namespace of its own.
    pub(crate) fn params_elsewhere(&self) -> impl Iterator<Item = (Kind, &str)> {
        self.bindings.iter().filter_map(|binding| {
            let namespace = binding.param_ref.as_ref()?.namespace.as_deref()?;
            let policy = self
                .policies
                .iter()
                .find(|policy| policy.name == binding.policy)?;
            let kind = policy.param_kind.as_ref()?;
            let group = kind
                .api_version
                .split_once('/')
                .map_or("", |(group, _)| group);
            Some((Kind::of(group, &kind.kind), namespace))
        })
    }

    /// The API versions and kinds of parameters.
    pub(crate) fn param_kinds(&self) -> impl Iterator<Item = (&str, &str)> {
        let kinds = self.policies.iter().filter_map(|it| it.param_kind.as_ref());
        kinds.map(|kind| (kind.api_version.as_str(), kind.kind.as_str()))
    }

    /// True when policies change objects.
    pub fn mutates(&self) -> bool {
        !self.mutating.is_empty()
    }

    /// The request as it is after all mutations, by the names of the policies: what is validated then.
    pub fn mutated(
        &self,
        request: &Request,
        surroundings: &Surroundings,
    ) -> Result<Request, MutationError> {
        let mut request = request.clone();
        let mut policies: Vec<&MutatingPolicy> = self.mutating.iter().collect();
        policies.sort_by_key(|policy| policy.name());
        for policy in policies {
            let bound = self
                .mutating_bindings
                .iter()
                .any(|binding| binding.policy == policy.name());
            if bound {
                policy.mutate(&self.mutating_bindings, &mut request, surroundings)?;
            } else if self.unbound_deny {
                let everywhere = [Binding::everywhere(policy.name())];
                policy.mutate(&everywhere, &mut request, surroundings)?;
            }
        }
        Ok(request)
    }

    /// Judges a request by all policies.
    pub fn judge(&self, request: &Request, surroundings: &Surroundings) -> Verdict {
        let mut verdict = Verdict::default();
        for policy in &self.policies {
            let bound = self
                .bindings
                .iter()
                .any(|binding| binding.policy == policy.name);
            if bound {
                policy.judge(&self.bindings, request, surroundings, &mut verdict);
            } else if self.unbound_deny {
                let everywhere = [Binding::everywhere(&policy.name)];
                policy.judge(&everywhere, request, surroundings, &mut verdict);
            }
        }
        verdict
    }
}
