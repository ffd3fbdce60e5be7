//! The evaluator: walks a compiled expression, counts every step, and says where it failed.

use std::cell::{OnceCell, RefCell};
use std::fmt;

use catseye_model::Value;
use catseye_model::value::Text;

use crate::budget::{Budget, Spent};
use crate::check::Type;
use crate::compile::Environment;
use crate::error::{EvaluationError, Place};
use crate::expression::{Comprehension, Expression, Fold, Part};
use crate::function::{Call, Failure, Function};
use crate::value::{Map, Struct, Val, compare};

/// An expression that can be evaluated.
pub struct Program {
    source: String,
    root: Expression,
    locals: usize,
    kind: Type,
}

/// What the variables are while expressions are evaluated: one for all expressions of a policy, so that
/// `variables.NAME` is computed once.
pub struct Scope<'a> {
    roots: Vec<Val>,
    composited: Vec<(&'a Program, OnceCell<Result<Val, EvaluationError>>)>,
}

impl fmt::Debug for Scope<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Scope of {} variables", self.roots.len())
    }
}

impl<'a> Scope<'a> {
    /// A scope of an environment, in which every variable is null.
    pub fn new(environment: &Environment) -> Self {
        Scope {
            roots: vec![Val::Null; environment.roots().count()],
            composited: Vec::with_capacity(environment.composited()),
        }
    }

    /// Sets the variable that was declared in this place.
    pub fn set(&mut self, place: usize, value: Val) {
        if let Some(root) = self.roots.get_mut(place) {
            *root = value;
        }
    }

    /// Adds the expression of the next `variables.NAME`.
    pub fn composite(&mut self, program: &'a Program) {
        self.composited.push((program, OnceCell::new()));
    }
}

impl fmt::Debug for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Program({:?})", self.source)
    }
}

enum Stop {
    Failed(u32, String),
    /// A variable failed elsewhere; the error has its place in that source.
    Variable(EvaluationError),
    Spent(u32),
}

type Outcome = Result<Val, Stop>;

impl Program {
    pub(crate) fn new(source: &str, root: Expression, locals: usize, kind: Type) -> Self {
        Program {
            source: source.to_owned(),
            root,
            locals,
            kind,
        }
    }

    /// The type of its value, as far as it is known before it is evaluated.
    pub fn kind(&self) -> &Type {
        &self.kind
    }

    /// The source.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The value in a scope, or the part of the expression that failed.
    pub fn evaluate(&self, scope: &Scope<'_>, budget: &Budget) -> Result<Val, EvaluationError> {
        let evaluation = Evaluation {
            scope,
            budget,
            locals: RefCell::new(vec![Val::Null; self.locals]),
        };
        evaluation.value(&self.root).map_err(|stop| match stop {
            Stop::Failed(at, message) => EvaluationError {
                place: Place::of(&self.source, at),
                message,
                out_of_budget: false,
            },
            Stop::Variable(error) => error,
            Stop::Spent(at) => EvaluationError {
                place: Place::of(&self.source, at),
                message: "operation cancelled: actual cost limit exceeded".to_owned(),
                out_of_budget: true,
            },
        })
    }
}

struct Evaluation<'a> {
    scope: &'a Scope<'a>,
    budget: &'a Budget,
    locals: RefCell<Vec<Val>>,
}

fn failed<T>(at: u32, message: impl Into<String>) -> Result<T, Stop> {
    Err(Stop::Failed(at, message.into()))
}

fn no_overload<T>(at: u32) -> Result<T, Stop> {
    failed(at, "no such overload")
}

/// The field of a value, if it has one of that name.
fn field_of(value: &Val, field: &str) -> Option<Val> {
    match value {
        Val::Json(value) => value.as_object()?.get(field).map(Val::of),
        Val::Map(map) => map.get(&Val::Text(Text::from(field))).cloned(),
        Val::Struct(object) => {
            let found = object.fields.iter().find(|(name, _)| name == field);
            found.map(|(_, value)| value.clone())
        }
        _ => None,
    }
}

impl Evaluation<'_> {
    fn spent(at: u32) -> impl FnOnce(Spent) -> Stop {
        move |Spent| Stop::Spent(at)
    }

    fn value(&self, expression: &Expression) -> Outcome {
        let at = expression.at;
        self.budget.step(1).map_err(Self::spent(at))?;
        match &expression.part {
            Part::Literal(value) => Ok(value.clone()),
            Part::Root(place) => Ok(self.scope.roots[*place].clone()),
            Part::Local(place) => Ok(self.locals.borrow()[*place].clone()),
            Part::Composited(place) => self.variable(*place, at),
            Part::Select {
                operand,
                field,
                unescaped,
            } => {
                let value = self.value(operand)?;
                Self::select(&value, field, unescaped.as_ref(), at)
            }
            Part::Has {
                operand,
                field,
                unescaped,
            } => {
                let value = self.value(operand)?;
                Ok(Val::Bool(Self::has(&value, field, unescaped.as_ref(), at)?))
            }
            Part::OptionalAt(operand, index, _) => {
                let value = self.value(operand)?;
                let index = self.value(index)?;
                Self::optional_at(&value, &index, at)
            }
            Part::Index(operand, index) => {
                let value = self.value(operand)?;
                let index = self.value(index)?;
                if let Val::Optional(_) = value {
                    return Self::optional_at(&value, &index, at);
                }
                Self::index(&value, &index, at)
            }
            Part::Not(operand) => match self.value(operand)? {
                Val::Bool(value) => Ok(Val::Bool(!value)),
                _ => no_overload(at),
            },
            Part::And(one, other) => self.settle(one, other, false, at),
            Part::Or(one, other) => self.settle(one, other, true, at),
            Part::Conditional(test, yes, no) => match self.value(test)? {
                Val::Bool(true) => self.value(yes),
                Val::Bool(false) => self.value(no),
                _ => no_overload(at),
            },
            Part::Call(function, args) => self.call(function, args, None, at),
            Part::Matching(function, args, regex) => self.call(function, args, Some(regex), at),
            Part::NoOverload(..) => no_overload(at),
            Part::List(members) => {
                let mut values = Vec::with_capacity(members.len());
                for (member, optional) in members {
                    let value = self.value(member)?;
                    match (optional, value) {
                        (false, value) => values.push(value),
                        (true, Val::Optional(Some(value))) => values.push((*value).clone()),
                        (true, Val::Optional(None)) => {}
                        (true, _) => return no_overload(member.at),
                    }
                }
                self.budget.make(values.len()).map_err(Self::spent(at))?;
                Ok(Val::list(values))
            }
            Part::Map(entries) => {
                let mut made = Vec::with_capacity(entries.len());
                for (key, value, optional) in entries {
                    let key = self.value(key)?;
                    let value = self.value(value)?;
                    match (optional, value) {
                        (false, value) => made.push((key, value)),
                        (true, Val::Optional(Some(value))) => made.push((key, (*value).clone())),
                        (true, Val::Optional(None)) => {}
                        (true, _) => return no_overload(at),
                    }
                }
                // A key that is written twice has the last value.
                check_keys(&made, at)?;
                Ok(Val::Map(std::sync::Arc::new(Map::of_last(made))))
            }
            Part::Struct(name, fields) => {
                let mut made = Vec::with_capacity(fields.len());
                for (field, value, optional) in fields {
                    match (optional, self.value(value)?) {
                        (false, value) => made.push((field.clone(), value)),
                        (true, Val::Optional(Some(value))) => {
                            made.push((field.clone(), (*value).clone()));
                        }
                        (true, Val::Optional(None)) => {}
                        (true, _) => return no_overload(at),
                    }
                }
                Ok(Val::Struct(std::sync::Arc::new(Struct {
                    name: name.clone(),
                    fields: made,
                })))
            }
            Part::Comprehension(comprehension) => self.comprehension(comprehension, at),
            Part::OrOptional(one, other) => match self.value(one)? {
                Val::Optional(None) => self.value(other),
                found @ Val::Optional(Some(_)) => Ok(found),
                _ => no_overload(at),
            },
            Part::OrValue(one, other) => match self.value(one)? {
                Val::Optional(None) => self.value(other),
                Val::Optional(Some(value)) => Ok((*value).clone()),
                _ => no_overload(at),
            },
            Part::OptionalMap {
                operand,
                local,
                body,
                flat,
            } => match self.value(operand)? {
                Val::Optional(None) => Ok(Val::Optional(None)),
                Val::Optional(Some(value)) => {
                    self.bind(*local, (*value).clone());
                    let mapped = self.value(body)?;
                    match (flat, mapped) {
                        (false, mapped) => Ok(Val::some(mapped)),
                        (true, mapped @ Val::Optional(_)) => Ok(mapped),
                        (true, _) => no_overload(at),
                    }
                }
                _ => no_overload(at),
            },
        }
    }

    fn call(
        &self,
        function: &Function,
        args: &[Expression],
        pattern: Option<&std::sync::Arc<regex::Regex>>,
        at: u32,
    ) -> Outcome {
        let mut values = Vec::with_capacity(args.len());
        for arg in args {
            values.push(self.value(arg)?);
        }
        let call = Call {
            args: &values,
            pattern,
            budget: self.budget,
        };
        (function.run)(&call).map_err(|failure| match failure {
            Failure::Message(message) => Stop::Failed(at, message),
            Failure::NoOverload => Stop::Failed(at, "no such overload".to_owned()),
            Failure::Spent => Stop::Spent(at),
        })
    }

    fn bind(&self, local: usize, value: Val) {
        self.locals.borrow_mut()[local] = value;
    }

    fn variable(&self, place: usize, at: u32) -> Outcome {
        let Some((program, cell)) = self.scope.composited.get(place) else {
            return failed(at, "a variable that has no expression");
        };
        if let Some(known) = cell.get() {
            return known.clone().map_err(Stop::Variable);
        }
        // A variable sees only those before it, so this ends.
        let value = program.evaluate(self.scope, self.budget);
        let _ = cell.set(value.clone());
        value.map_err(Stop::Variable)
    }

    /// `&&` and `||`: an error on one side yields to a deciding value on the other.
    fn settle(&self, one: &Expression, other: &Expression, decides: bool, at: u32) -> Outcome {
        let first = match self.value(one) {
            Ok(Val::Bool(value)) if value == decides => return Ok(Val::Bool(decides)),
            Err(stop @ Stop::Spent(_)) => return Err(stop),
            Ok(Val::Bool(_)) => None,
            Ok(_) => Some(Stop::Failed(at, "no such overload".to_owned())),
            Err(stop) => Some(stop),
        };
        let second = self.value(other);
        match (first, second) {
            (_, Ok(Val::Bool(value))) if value == decides => Ok(Val::Bool(decides)),
            (_, Err(stop @ Stop::Spent(_))) | (Some(stop), _) | (None, Err(stop)) => Err(stop),
            (None, Ok(Val::Bool(value))) => Ok(Val::Bool(value)),
            (None, Ok(_)) => no_overload(at),
        }
    }

    fn select(value: &Val, field: &str, unescaped: Option<&Text>, at: u32) -> Outcome {
        if let Val::Optional(inner) = value {
            let Some(inner) = inner else {
                return Ok(Val::Optional(None));
            };
            let found = field_of(inner, field)
                .or_else(|| unescaped.and_then(|field| field_of(inner, field)));
            return match found {
                Some(value) => Ok(Val::some(value)),
                None if inner.is_list() => no_overload(at),
                None => Ok(Val::Optional(None)),
            };
        }
        let found =
            field_of(value, field).or_else(|| unescaped.and_then(|field| field_of(value, field)));
        match found {
            Some(value) => Ok(value),
            None if value.is_list() => no_overload(at),
            None => failed(at, format!("no such key: {field}")),
        }
    }

    fn has(value: &Val, field: &str, unescaped: Option<&Text>, at: u32) -> Result<bool, Stop> {
        let value = match value {
            Val::Optional(None) => return Ok(false),
            Val::Optional(Some(inner)) => inner,
            other => other,
        };
        if value.is_list() {
            return no_overload(at);
        }
        let there = |field: &str| field_of(value, field).is_some();
        Ok(there(field) || unescaped.is_some_and(|field| there(field)))
    }

    fn found_at(value: &Val, index: &Val) -> Result<Option<Val>, ()> {
        if value.is_list() {
            let place = match index {
                Val::Int(place) => usize::try_from(*place).ok(),
                Val::UInt(place) => usize::try_from(*place).ok(),
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "a whole number that is not negative; what is too large is out of bounds"
                )]
                Val::Double(place) if place.fract() == 0.0 => {
                    (*place >= 0.0).then_some(*place as usize)
                }
                _ => return Err(()),
            };
            return Ok(place.and_then(|place| value.member(place)));
        }
        match (value, index) {
            (Val::Json(Value::Object(map)), Val::Text(key)) => Ok(map.get(key).map(Val::of)),
            (Val::Map(map), _) => Ok(map.get(index).cloned()),
            // Keys of objects are texts, and what has no parts has no such part.
            (
                Val::Json(Value::Object(_)),
                Val::Int(_) | Val::UInt(_) | Val::Bool(_) | Val::Double(_),
            )
            | (
                Val::Bool(_)
                | Val::Int(_)
                | Val::UInt(_)
                | Val::Double(_)
                | Val::Text(_)
                | Val::Null,
                _,
            ) => Ok(None),
            _ => Err(()),
        }
    }

    fn index(value: &Val, index: &Val, at: u32) -> Outcome {
        match Self::found_at(value, index) {
            Ok(Some(found)) => Ok(found),
            Ok(None) if value.is_list() => {
                failed(at, format!("index out of bounds: {}", key(index)))
            }
            Ok(None) => failed(at, format!("no such key: {}", key(index))),
            Err(()) => no_overload(at),
        }
    }

    fn optional_at(value: &Val, index: &Val, at: u32) -> Outcome {
        let inner = match value {
            Val::Optional(None) => return Ok(Val::Optional(None)),
            Val::Optional(Some(inner)) => inner,
            other => other,
        };
        if let (Val::Struct(_), Val::Text(field)) = (inner, index) {
            return Ok(field_of(inner, field).map_or(Val::Optional(None), Val::some));
        }
        match Self::found_at(inner, index) {
            Ok(found) => Ok(found.map_or(Val::Optional(None), Val::some)),
            Err(()) => no_overload(at),
        }
    }

    fn map(entries: Vec<(Val, Val)>, at: u32) -> Outcome {
        check_keys(&entries, at)?;
        match Map::new(entries) {
            Ok(map) => Ok(Val::Map(std::sync::Arc::new(map))),
            Err(twice) => failed(at, format!("repeated key: {}", key(&twice))),
        }
    }

    fn comprehension(&self, of: &Comprehension, at: u32) -> Outcome {
        let over = self.value(&of.over)?;
        let Some(count) = over.len() else {
            return no_overload(of.over.at);
        };
        let is_map = over.is_map();
        // Entries of a mapping have no positions that are found quickly.
        let entries = is_map.then(|| over.entries().unwrap_or_default());
        let mut members = Vec::new();
        let mut made = Vec::new();
        let mut keys = Vec::new();
        let mut stop = None;
        let mut hits = 0_usize;
        for place in 0..count {
            let (first, second) = if let Some(entries) = &entries {
                let (key, value) = &entries[place];
                (key.clone(), of.two.then(|| value.clone()))
            } else {
                let member = over.member(place).unwrap_or(Val::Null);
                if of.two {
                    let place = i64::try_from(place).unwrap_or(i64::MAX);
                    (Val::Int(place), Some(member))
                } else {
                    (member, None)
                }
            };
            let current = first.clone();
            self.bind(of.local, first);
            if let Some(second) = second {
                self.bind(of.local + 1, second);
            }
            if let Some(filter) = &of.filter {
                match self.value(filter)? {
                    Val::Bool(true) => {}
                    Val::Bool(false) => continue,
                    _ => return no_overload(filter.at),
                }
            }
            match of.kind {
                Fold::All | Fold::Exists => {
                    let decides = of.kind == Fold::Exists;
                    match self.value(&of.body) {
                        Ok(Val::Bool(value)) if value == decides => return Ok(Val::Bool(decides)),
                        Ok(Val::Bool(_)) => {}
                        Ok(_) => {
                            stop.get_or_insert(Stop::Failed(of.body.at, "no such overload".into()));
                        }
                        Err(spent @ Stop::Spent(_)) => return Err(spent),
                        Err(error) => {
                            stop.get_or_insert(error);
                        }
                    }
                }
                Fold::ExistsOne => match self.value(&of.body)? {
                    Val::Bool(true) => hits += 1,
                    Val::Bool(false) => {}
                    _ => return no_overload(of.body.at),
                },
                Fold::Filter => match self.value(&of.body)? {
                    Val::Bool(true) => members.push(current),
                    Val::Bool(false) => {}
                    _ => return no_overload(of.body.at),
                },
                Fold::Map => members.push(self.value(&of.body)?),
                Fold::SortBy => {
                    keys.push(self.value(&of.body)?);
                    members.push(current);
                }
                Fold::TransformMap => made.push((current, self.value(&of.body)?)),
                Fold::TransformMapEntry => {
                    let Some(entries) = self.value(&of.body)?.entries() else {
                        return no_overload(of.body.at);
                    };
                    made.extend(entries);
                }
            }
            self.budget.make(16).map_err(Self::spent(at))?;
        }
        match of.kind {
            Fold::All | Fold::Exists => match stop {
                Some(stop) => Err(stop),
                None => Ok(Val::Bool(of.kind == Fold::All)),
            },
            Fold::ExistsOne => Ok(Val::Bool(hits == 1)),
            Fold::Filter | Fold::Map => Ok(Val::list(members)),
            Fold::TransformMap | Fold::TransformMapEntry => Self::map(made, at),
            Fold::SortBy => {
                if !over.is_list()
                    || keys
                        .windows(2)
                        .any(|pair| compare(&pair[0], &pair[1]).is_none())
                {
                    return no_overload(at);
                }
                let mut pairs: Vec<_> = keys.into_iter().zip(members).collect();
                pairs.sort_by(|one, other| {
                    compare(&one.0, &other.0).unwrap_or(std::cmp::Ordering::Equal)
                });
                Ok(Val::list(
                    pairs.into_iter().map(|(_, member)| member).collect(),
                ))
            }
        }
    }
}

/// Refuses keys of types that no mapping has.
fn check_keys(entries: &[(Val, Val)], at: u32) -> Result<(), Stop> {
    for (key, _) in entries {
        if !matches!(
            key,
            Val::Bool(_) | Val::Int(_) | Val::UInt(_) | Val::Text(_) | Val::Double(_)
        ) {
            return failed(at, format!("unsupported key type: {}", key.type_name()));
        }
    }
    Ok(())
}

/// A key or an index in an error message; what else it might be is told by its type only.
fn key(index: &Val) -> String {
    match index {
        Val::Text(text) => text.to_string(),
        Val::Int(number) => number.to_string(),
        Val::UInt(number) => number.to_string(),
        Val::Bool(value) => value.to_string(),
        other => other.type_name().to_owned(),
    }
}
