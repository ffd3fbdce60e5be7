//! What is known of types that are not known yet: unification as `cel-go` does it, so that the same
//! expressions pass.

use std::sync::Arc;

use super::types::Type;

/// Types of expressions may grow faster than their sources: `{x: x}` doubles. Beyond this many parts a
/// type is no longer followed.
const LARGEST: usize = 300;

/// Types of variables, by number.
#[derive(Debug, Default)]
pub(super) struct Mapping {
    bound: Vec<Option<Type>>,
    /// What was bound before, so that a failed attempt leaves nothing.
    trail: Vec<(usize, Option<Type>)>,
}

impl Mapping {
    /// A variable of which nothing is known.
    pub(super) fn fresh(&mut self) -> Type {
        self.bound.push(None);
        Type::Variable(self.bound.len() - 1)
    }

    /// Whether each of these can be given for each of those; what that says of variables is kept if all can.
    pub(super) fn assignable_all<'t>(
        &mut self,
        pairs: impl IntoIterator<Item = (&'t Type, &'t Type)>,
    ) -> bool {
        self.trail.clear();
        for (given, wanted) in pairs {
            if !self.unify(given, wanted) {
                while let Some((variable, before)) = self.trail.pop() {
                    self.bound[variable] = before;
                }
                return false;
            }
        }
        true
    }

    /// Whether this can be given for that.
    pub(super) fn assignable(&mut self, given: &Type, wanted: &Type) -> bool {
        self.assignable_all([(given, wanted)])
    }

    fn bind(&mut self, variable: usize, kind: Type) {
        let before = self.bound[variable].replace(kind);
        self.trail.push((variable, before));
    }

    fn unify(&mut self, given: &Type, wanted: &Type) -> bool {
        if let Type::Variable(variable) = wanted {
            let (valid, known) = self.substitutes(given, *variable, wanted);
            if valid {
                return true;
            }
            if known {
                return false;
            }
        }
        if let Type::Variable(variable) = given {
            return self.substitutes(wanted, *variable, given).0;
        }
        if given.is_dyn() || wanted.is_dyn() {
            return true;
        }
        match (given, wanted) {
            (Type::Null, other) | (other, Type::Null) => other.is_nullable(),
            (Type::List(one), Type::List(other)) | (Type::Optional(one), Type::Optional(other)) => {
                self.unify(one, other)
            }
            (Type::Map(keys, values), Type::Map(other_keys, other_values)) => {
                self.unify(keys, other_keys) && self.unify(values, other_values)
            }
            (Type::Type(_), Type::Type(_)) => true,
            (one, other) => one == other,
        }
    }

    /// Whether a type can stand for a variable, and whether something stood for it before.
    fn substitutes(&mut self, kind: &Type, variable: usize, itself: &Type) -> (bool, bool) {
        if kind == itself {
            return (true, true);
        }
        if let Some(known) = self.bound[variable].clone() {
            if *kind == known {
                return (true, true);
            }
            if self.unify(kind, &known) {
                let general = if less_specific(kind, &known) {
                    kind.clone()
                } else {
                    known
                };
                if !self.refers(&general, variable) {
                    self.bind(variable, general);
                }
                return (true, true);
            }
            return (false, true);
        }
        if self.refers(kind, variable) {
            return (false, false);
        }
        self.bind(variable, kind.clone());
        (true, false)
    }

    /// True where a type has the variable in it.
    fn refers(&self, within: &Type, variable: usize) -> bool {
        match within {
            Type::Variable(other) if *other == variable => true,
            Type::Variable(other) => self.bound[*other]
                .as_ref()
                .is_some_and(|known| self.refers(known, variable)),
            Type::List(of) | Type::Optional(of) | Type::Type(of) => self.refers(of, variable),
            Type::Map(keys, values) => self.refers(keys, variable) || self.refers(values, variable),
            _ => false,
        }
    }

    /// The type with all that is known of its variables.
    pub(super) fn known(&self, kind: &Type) -> Type {
        let mut left = LARGEST;
        self.put_in(kind, false, &mut left)
    }

    /// The same; what is not known is of any type.
    pub(super) fn settled(&self, kind: &Type) -> Type {
        let mut left = LARGEST;
        self.put_in(kind, true, &mut left)
    }

    fn put_in(&self, kind: &Type, settle: bool, left: &mut usize) -> Type {
        if *left == 0 {
            return Type::Dyn;
        }
        *left -= 1;
        match kind {
            Type::Variable(variable) => match &self.bound[*variable] {
                Some(known) => self.put_in(known, settle, left),
                None if settle => Type::Dyn,
                None => kind.clone(),
            },
            Type::List(of) => Type::list(self.put_in(of, settle, left)),
            Type::Optional(of) => Type::optional(self.put_in(of, settle, left)),
            Type::Type(of) => Type::Type(Arc::new(self.put_in(of, settle, left))),
            Type::Map(keys, values) => {
                let keys = self.put_in(keys, settle, left);
                Type::map(keys, self.put_in(values, settle, left))
            }
            plain => plain.clone(),
        }
    }

    /// The more general of two types of which one can be given for the other.
    pub(super) fn general(one: &Type, other: &Type) -> Type {
        if less_specific(one, other) {
            one.clone()
        } else {
            other.clone()
        }
    }
}

/// True where the first says no more than the second.
fn less_specific(one: &Type, other: &Type) -> bool {
    match (one, other) {
        (Type::Dyn | Type::Variable(_), _) | (Type::Type(_), Type::Type(_)) => true,
        (_, Type::Dyn | Type::Variable(_)) => false,
        (Type::List(one), Type::List(other)) | (Type::Optional(one), Type::Optional(other)) => {
            less_specific(one, other)
        }
        (Type::Map(keys, values), Type::Map(other_keys, other_values)) => {
            less_specific(keys, other_keys) && less_specific(values, other_values)
        }
        (one, other) => one == other,
    }
}
