//! Types of expressions, checked before anything is evaluated, as the API server checks them: what it
//! refuses to store is refused here, in its words.
//!
//! The rules are those of CEL's specification, with what Kubernetes adds: lists and mappings that are written out
//! have members of one type, and literal arguments of `matches`, `duration` and `timestamp` are tried at once.

mod mapping;
mod overloads;
mod types;

use std::fmt::Write as _;

use catseye_model::value::Text;

use crate::Budget;
use crate::compile::Environment;
use crate::expression::{Comprehension, Expression, Fold, Part};
use crate::function::format::{self, Piece};
use crate::function::{Call, Function, Style};
use crate::value::Val;
use mapping::Mapping;
pub use types::{Record, Type};

/// A mistake: the character where it stands, and what is wrong.
pub(crate) type Mistake = (u32, String);

/// The type of an expression, or all mistakes in it.
pub(crate) fn check(
    environment: &Environment,
    expression: &Expression,
) -> Result<Type, Vec<Mistake>> {
    let mut checker = Checker {
        environment,
        mapping: Mapping::default(),
        locals: Vec::new(),
        mistakes: Vec::new(),
        written: Vec::new(),
        literals: Vec::new(),
        formats: Vec::new(),
        in_format: 0,
    };
    let kind = checker.of(expression);
    // The rest is asked only of what has types.
    if checker.mistakes.is_empty() {
        checker.one_type_each();
        checker.formats_fit();
        checker.mistakes.append(&mut checker.literals);
    }
    if checker.mistakes.is_empty() {
        Ok(checker.mapping.settled(&kind))
    } else {
        checker.mistakes.sort_by_key(|(at, _)| *at);
        Err(checker.mistakes)
    }
}

/// A call of `format`: where, its pattern, and what it formats.
type Formatted = (u32, Text, Vec<(u32, Type)>);

struct Checker<'a> {
    environment: &'a Environment,
    mapping: Mapping,
    locals: Vec<Type>,
    mistakes: Vec<Mistake>,
    /// Members that must have one type, by the literal that they stand in.
    written: Vec<Vec<(u32, Type)>>,
    /// Literal arguments that are none.
    literals: Vec<Mistake>,
    /// Patterns of `format` and the types of what they format, where both are written out.
    formats: Vec<Formatted>,
    /// How many calls of `format` are around: their lists may be mixed.
    in_format: usize,
}

impl Checker<'_> {
    fn mistake(&mut self, at: u32, message: impl Into<String>) -> Type {
        self.mistakes.push((at, message.into()));
        Type::Error
    }

    fn of(&mut self, expression: &Expression) -> Type {
        let at = expression.at;
        match &expression.part {
            Part::Literal(value) => of_literal(value),
            Part::Root(place) => self.environment.root_type(*place),
            Part::Local(place) => self.locals.get(*place).cloned().unwrap_or(Type::Dyn),
            Part::Composited(place) => self.environment.composited_type(*place),
            Part::Select { operand, field, .. } => {
                let operand = self.of(operand);
                self.field(at, &operand, field, false)
            }
            Part::Has { operand, field, .. } => {
                let operand = self.of(operand);
                self.field(at, &operand, field, false);
                Type::Bool
            }
            Part::OptionalAt(operand, index, named) => {
                let operand = self.of(operand);
                if *named && let Part::Literal(Val::Text(field)) = &index.part {
                    return self.field(at, &operand, field, true);
                }
                let index = self.of(index);
                self.call(at, "_[?_]", Style::Global, &[operand, index])
            }
            Part::Index(operand, index) => {
                let arguments = vec![self.of(operand), self.of(index)];
                self.call(at, "_[_]", Style::Global, &arguments)
            }
            Part::Not(operand) => {
                let operand = self.of(operand);
                self.call(at, "!_", Style::Global, &[operand])
            }
            Part::And(one, other) | Part::Or(one, other) => {
                for side in [one, other] {
                    let kind = self.of(side);
                    self.want_bool(side.at, &kind);
                }
                Type::Bool
            }
            Part::Conditional(test, yes, no) => {
                let arguments = vec![self.of(test), self.of(yes), self.of(no)];
                self.call(at, "_?_:_", Style::Global, &arguments)
            }
            Part::Call(function, arguments) | Part::Matching(function, arguments, _) => {
                self.function(at, function, arguments)
            }
            Part::NoOverload(name, style, arguments) => {
                let types: Vec<Type> = arguments.iter().map(|argument| self.of(argument)).collect();
                self.call(at, name, *style, &types)
            }
            Part::List(members) => self.list(members),
            Part::Map(entries) => self.map(entries),
            Part::Struct(_, fields) => {
                for (_, value, _) in fields {
                    self.of(value);
                }
                Type::Dyn
            }
            Part::Comprehension(comprehension) => self.comprehension(at, comprehension),
            Part::OrOptional(one, other) => {
                let arguments = vec![self.of(one), self.of(other)];
                self.call(at, "or", Style::Member, &arguments)
            }
            Part::OrValue(one, other) => {
                let arguments = [self.of(one), self.of(other)];
                self.call(at, "orValue", Style::Member, &arguments)
            }
            Part::OptionalMap {
                operand,
                local,
                body,
                flat,
            } => {
                let operand = self.of(operand);
                let has = self.call(
                    at,
                    "hasValue",
                    Style::Member,
                    std::slice::from_ref(&operand),
                );
                let value = self.call(at, "value", Style::Member, &[operand]);
                self.bind(*local, value);
                let body = self.of(body);
                self.locals.truncate(*local);
                let made = if *flat { body } else { Type::optional(body) };
                let none = Type::optional(self.mapping.fresh());
                self.call(at, "_?_:_", Style::Global, &[has, made, none])
            }
        }
    }

    fn want_bool(&mut self, at: u32, kind: &Type) {
        if !self.mapping.assignable(kind, &Type::Bool) {
            let kind = self.mapping.settled(kind);
            self.mistake(at, format!("expected type 'bool' but found '{kind}'"));
        }
    }

    fn field(&mut self, at: u32, operand: &Type, field: &str, optional: bool) -> Type {
        let operand = self.mapping.known(operand);
        let (of, is_optional) = match &operand {
            Type::Optional(of) => ((**of).clone(), true),
            _ => (operand, false),
        };
        let found = match &of {
            Type::Map(_, values) => (**values).clone(),
            Type::Record(record) => {
                let declared = record.fields.iter().find(|(name, _)| *name == field);
                match declared {
                    Some((_, kind)) => {
                        Type::read(kind, self.environment.records()).unwrap_or(Type::Dyn)
                    }
                    None => self.mistake(at, format!("undefined field '{field}'")),
                }
            }
            // The words of the API server for types that have no fields at all.
            Type::Named(name) => {
                self.mistake(at, format!("unexpected failed resolution of '{name}'"))
            }
            Type::Variable(_) => {
                self.mapping.assignable(&Type::Dyn, &of);
                Type::Dyn
            }
            Type::Dyn | Type::Error => Type::Dyn,
            other => {
                self.mistake(
                    at,
                    format!("type '{other}' does not support field selection"),
                );
                Type::Dyn
            }
        };
        if is_optional || optional {
            Type::optional(found)
        } else {
            found
        }
    }

    fn function(&mut self, at: u32, function: &Function, arguments: &[Expression]) -> Type {
        let is_format = function.name == "format" && function.style == Style::Member;
        self.in_format += usize::from(is_format);
        let types = match arguments {
            [pattern, list] if is_format => {
                let kind = self.of(pattern);
                vec![kind, self.formatted_list(at, pattern, list)]
            }
            _ => arguments.iter().map(|argument| self.of(argument)).collect(),
        };
        self.in_format -= usize::from(is_format);
        if let ("duration" | "timestamp", [argument]) = (function.name, arguments)
            && let Part::Literal(value) = &argument.part
            && fails(function, value)
        {
            let message = format!("invalid {} argument", function.name);
            self.literals.push((argument.at, message));
        }
        self.call(at, function.name, function.style, &types)
    }

    /// The list that is formatted; where it and the pattern are written out, they are held together at the end.
    fn formatted_list(&mut self, at: u32, pattern: &Expression, list: &Expression) -> Type {
        let (Part::Literal(Val::Text(pattern)), Part::List(members)) = (&pattern.part, &list.part)
        else {
            return self.of(list);
        };
        if members.iter().any(|(_, optional)| *optional) {
            return self.of(list);
        }
        let given = members
            .iter()
            .map(|(member, _)| (member.at, self.of(member)))
            .collect();
        self.formats.push((at, pattern.clone(), given));
        Type::list(Type::Dyn)
    }

    /// Holds patterns of `format` against the types of what they format.
    fn formats_fit(&mut self) {
        for (at, pattern, given) in std::mem::take(&mut self.formats) {
            let mut next = given.iter();
            let mut mistake = None;
            for piece in format::pieces(&pattern) {
                mistake = match piece {
                    Piece::Text(_) => continue,
                    Piece::Broken(message) => Some((at, message)),
                    Piece::Clause { verb, .. } => match next.next() {
                        None => Some((at, format!("index {} out of range", given.len()))),
                        Some((at, kind)) => {
                            let kind = self.mapping.settled(kind);
                            if takes(verb, &kind) {
                                continue;
                            }
                            Some((*at, format::refusal(verb, kind_name(&kind))))
                        }
                    },
                };
                break;
            }
            let left = next.count();
            if mistake.is_none() && left > 0 {
                let (all, used) = (given.len(), given.len() - left);
                let message = format!(
                    "too many arguments supplied to string.format (expected {used}, got {all})"
                );
                mistake = Some((at, message));
            }
            self.mistakes.extend(mistake);
        }
    }

    /// The type that a call with such arguments has.
    fn call(&mut self, at: u32, name: &str, style: Style, arguments: &[Type]) -> Type {
        let mut result: Option<Type> = None;
        for overload in overloads::of(name, style) {
            if overload.arguments.len() != arguments.len() {
                continue;
            }
            let mut fresh = Vec::new();
            let wanted: Vec<Type> = overload
                .arguments
                .iter()
                .map(|kind| instance(&mut self.mapping, kind, &mut fresh))
                .collect();
            let made = instance(&mut self.mapping, &overload.result, &mut fresh);
            if !self.mapping.assignable_all(arguments.iter().zip(&wanted)) {
                continue;
            }
            let made = self.mapping.known(&made);
            result = Some(match result {
                None => made,
                Some(before) if before.is_dyn() || before == made => before,
                Some(_) => Type::Dyn,
            });
        }
        if let Some(result) = result {
            return result;
        }
        let mut shown = String::new();
        let mut rest = arguments;
        if style == Style::Member
            && let [target, others @ ..] = rest
        {
            // Writing to a string cannot fail.
            let _ = write!(shown, "{}.", self.mapping.settled(target));
            rest = others;
        }
        let rest: Vec<String> = rest
            .iter()
            .map(|kind| self.mapping.settled(kind).to_string())
            .collect();
        let _ = write!(shown, "({})", rest.join(", "));
        self.mistake(
            at,
            format!("found no matching overload for '{name}' applied to '{shown}'"),
        )
    }

    /// The type of members written side by side: theirs, or any.
    fn join(&mut self, before: Option<Type>, kind: Type) -> Type {
        match before {
            None => kind,
            Some(before) if self.mapping.assignable(&before, &kind) => {
                Mapping::general(&before, &kind)
            }
            Some(_) => Type::Dyn,
        }
    }

    /// The type inside of a member that is left out when it is empty.
    fn unwrapped(&mut self, at: u32, kind: Type, optional: bool) -> Type {
        if !optional {
            return kind;
        }
        match self.mapping.known(&kind) {
            Type::Optional(of) => (*of).clone(),
            Type::Dyn | Type::Error => Type::Dyn,
            other => {
                let message = format!("expected type 'optional_type({other})' but found '{other}'");
                self.mistake(at, message)
            }
        }
    }

    fn list(&mut self, members: &[(Expression, bool)]) -> Type {
        let mut joined = None;
        let mut written = Vec::with_capacity(members.len());
        for (member, optional) in members {
            let kind = self.of(member);
            let kind = self.unwrapped(member.at, kind, *optional);
            written.push((member.at, kind.clone()));
            joined = Some(self.join(joined, kind));
        }
        self.want_one_type(written);
        Type::list(joined.unwrap_or_else(|| self.mapping.fresh()))
    }

    fn map(&mut self, entries: &[(Expression, Expression, bool)]) -> Type {
        let (mut keys, mut values) = (None, None);
        let (mut written_keys, mut written_values) = (Vec::new(), Vec::new());
        for (key, value, optional) in entries {
            let kind = self.of(key);
            written_keys.push((key.at, kind.clone()));
            keys = Some(self.join(keys, kind));
            let kind = self.of(value);
            let kind = self.unwrapped(value.at, kind, *optional);
            written_values.push((value.at, kind.clone()));
            values = Some(self.join(values, kind));
        }
        self.want_one_type(written_keys);
        self.want_one_type(written_values);
        let keys = keys.unwrap_or_else(|| self.mapping.fresh());
        let values = values.unwrap_or_else(|| self.mapping.fresh());
        Type::map(keys, values)
    }

    fn want_one_type(&mut self, members: Vec<(u32, Type)>) {
        if self.in_format == 0 && members.len() > 1 {
            self.written.push(members);
        }
    }

    /// Judged last, when all is known of the members' types.
    fn one_type_each(&mut self) {
        for members in std::mem::take(&mut self.written) {
            let mut members = members
                .into_iter()
                .map(|(at, kind)| (at, self.mapping.settled(&kind)));
            let Some((_, first)) = members.next() else {
                continue;
            };
            if let Some((at, other)) = members.find(|(_, kind)| *kind != first) {
                let message = format!("expected type '{first}' but found '{other}'");
                self.mistakes.push((at, message));
            }
        }
    }

    fn bind(&mut self, local: usize, kind: Type) {
        self.locals.truncate(local);
        self.locals.push(kind);
    }

    fn comprehension(&mut self, at: u32, of: &Comprehension) -> Type {
        let over = self.of(&of.over);
        let over = self.mapping.known(&over);
        let (first, second) = match &over {
            Type::List(member) if of.two => (Type::Int, (**member).clone()),
            Type::List(member) => ((**member).clone(), Type::Dyn),
            Type::Map(keys, values) => ((**keys).clone(), (**values).clone()),
            Type::Dyn | Type::Error => (Type::Dyn, Type::Dyn),
            Type::Variable(_) => {
                self.mapping.assignable(&Type::Dyn, &over);
                (Type::Dyn, Type::Dyn)
            }
            other => {
                let message = format!(
                    "expression of type '{other}' cannot be range of a comprehension (must be list, map, or dynamic)"
                );
                self.mistake(of.over.at, message);
                (Type::Error, Type::Error)
            }
        };
        self.bind(of.local, first.clone());
        if of.two {
            self.locals.push(second);
        }
        let filter = of.filter.as_ref().map(|filter| self.of(filter));
        let body = self.of(&of.body);
        self.locals.truncate(of.local);
        let made = match of.kind {
            Fold::All | Fold::Exists => {
                self.want_bool(of.body.at, &body);
                return Type::Bool;
            }
            Fold::ExistsOne => {
                let arguments = vec![body, Type::Int, Type::Int];
                self.call(at, "_?_:_", Style::Global, &arguments);
                return Type::Bool;
            }
            Fold::Filter => {
                let made = Type::list(first);
                let arguments = vec![body, made.clone(), made];
                return self.call(at, "_?_:_", Style::Global, &arguments);
            }
            Fold::Map => Type::list(body),
            Fold::TransformMap => Type::map(first, body),
            Fold::TransformMapEntry => {
                let empty = Type::map(self.mapping.fresh(), self.mapping.fresh());
                self.call(at, "cel.@mapInsert", Style::Global, &[empty, body])
            }
            Fold::SortBy => {
                let keys = Type::list(body);
                return self.call(at, "@sortByAssociatedKeys", Style::Member, &[over, keys]);
            }
        };
        match filter {
            Some(filter) => {
                let arguments = vec![filter, made.clone(), made];
                self.call(at, "_?_:_", Style::Global, &arguments)
            }
            None => made,
        }
    }
}

/// Whether a verb of `format` takes values of a type, as far as that is known.
fn takes(verb: char, kind: &Type) -> bool {
    use Type::{Bool, Bytes, Double, Dyn, Error, Int, String, Uint};
    match (verb, kind) {
        (_, Dyn | Error)
        | ('d' | 'b' | 'o' | 'x' | 'X', Int | Uint)
        | ('b', Bool)
        | ('x' | 'X', String | Bytes)
        // Texts such as `NaN` are numbers.
        | ('f' | 'e', Double | String) => true,
        ('s', kind) => !matches!(kind, Type::Named(_) | Type::Record(_) | Type::Optional(_)),
        _ => false,
    }
}

/// The name of a type without what is in it.
fn kind_name(kind: &Type) -> &str {
    match kind {
        Type::Null => "null_type",
        Type::Bool => "bool",
        Type::Int => "int",
        Type::Uint => "uint",
        Type::Double => "double",
        Type::String => "string",
        Type::Bytes => "bytes",
        Type::Duration => "google.protobuf.Duration",
        Type::Timestamp => "google.protobuf.Timestamp",
        Type::List(_) => "list",
        Type::Map(..) => "map",
        Type::Optional(_) => "optional_type",
        Type::Type(_) => "type",
        Type::Named(name) => name,
        Type::Record(record) => record.name,
        _ => "dyn",
    }
}

/// A declared type with parameters replaced by variables of this call.
fn instance(mapping: &mut Mapping, kind: &Type, fresh: &mut Vec<(char, Type)>) -> Type {
    match kind {
        Type::Parameter(letter) => {
            if let Some((_, variable)) = fresh.iter().find(|(known, _)| known == letter) {
                return variable.clone();
            }
            let variable = mapping.fresh();
            fresh.push((*letter, variable.clone()));
            variable
        }
        Type::List(of) => Type::list(instance(mapping, of, fresh)),
        Type::Optional(of) => Type::optional(instance(mapping, of, fresh)),
        Type::Type(of) => Type::Type(instance(mapping, of, fresh).into()),
        Type::Map(keys, values) => {
            let keys = instance(mapping, keys, fresh);
            Type::map(keys, instance(mapping, values, fresh))
        }
        plain => plain.clone(),
    }
}

fn of_literal(value: &Val) -> Type {
    match value {
        Val::Null => Type::Null,
        Val::Bool(_) => Type::Bool,
        Val::Int(_) => Type::Int,
        Val::UInt(_) => Type::Uint,
        Val::Double(_) => Type::Double,
        Val::Text(_) => Type::String,
        Val::Bytes(_) => Type::Bytes,
        Val::Type(name) => {
            let of = match *name {
                "google.protobuf.Duration" => Type::Duration,
                "google.protobuf.Timestamp" => Type::Timestamp,
                "list" => Type::list(Type::Dyn),
                "map" => Type::map(Type::Dyn, Type::Dyn),
                name => Type::read(name, &[]).unwrap_or(Type::Dyn),
            };
            Type::Type(of.into())
        }
        _ => Type::Dyn,
    }
}

/// True when a conversion of a literal has no value.
fn fails(function: &Function, value: &Val) -> bool {
    let call = Call {
        args: std::slice::from_ref(value),
        pattern: None,
        budget: &Budget::of_a_policy(),
    };
    (function.run)(&call).is_err()
}
