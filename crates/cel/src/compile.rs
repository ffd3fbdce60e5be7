//! From source to a compiled expression: parsed by the `cel` crate, names resolved, macros expanded, and
//! what does not exist refused.

mod macros;
mod names;
mod source;

use cel::common::ast::{EntryExpr, Expr, IdedExpr, SourceInfo, operators};

use crate::check::{self, Record, Type};
use crate::error::{CompileError, Place};
use crate::evaluate::Program;
use crate::expression::{Expression, Part};
use crate::function::{self, Style};
use crate::value::Val;
use names::{TYPES, field_names, literal_value, qualified};
use source::{DEPTH, check_depth, syntax_error};

/// The longest source that is read, in bytes.
const LENGTH: usize = 100_000;

/// What expressions may name.
#[derive(Debug, Clone, Default)]
pub struct Environment {
    roots: Vec<(String, Type)>,
    composited: Vec<(String, Type)>,
    has_variables: bool,
    records: &'static [Record],
    object_literals: bool,
}

impl Environment {
    /// Declares a variable of any type. Variables are numbered in the order declared.
    #[must_use]
    pub fn with(mut self, name: &str) -> Self {
        self.roots.push((name.to_owned(), Type::Dyn));
        self
    }

    /// Declares types with fields, which the types of variables may name.
    #[must_use]
    pub fn with_records(mut self, records: &'static [Record]) -> Self {
        self.records = records;
        self
    }

    /// Declares a variable of a type as [`Type::read`] takes it; what is no type is any.
    #[must_use]
    pub fn with_typed(mut self, name: &str, kind: &str) -> Self {
        let kind = Type::read(kind, self.records).unwrap_or(Type::Dyn);
        self.roots.push((name.to_owned(), kind));
        self
    }

    /// Declares `variables.NAME` with the type of its expression, evaluated when it is first used.
    pub fn add_composited(&mut self, name: &str, program: &Program) {
        self.has_variables = true;
        self.composited
            .push((name.to_owned(), program.kind().of_variable()));
    }

    /// Declares `variables`, of which there are none yet.
    #[must_use]
    pub fn with_variables(mut self) -> Self {
        self.has_variables = true;
        self
    }

    /// The same places, without a name for some of the variables.
    #[must_use]
    pub fn without(mut self, names: &[&str]) -> Self {
        for (name, _) in &mut self.roots {
            if names.contains(&name.as_str()) {
                name.clear();
            }
        }
        self
    }

    /// Allows `Object{…}` and `JSONPatch{…}`, as mutating policies write them.
    #[must_use]
    pub fn with_object_literals(mut self) -> Self {
        self.object_literals = true;
        self
    }

    /// The names of the declared variables, in order.
    pub(crate) fn roots(&self) -> impl Iterator<Item = &str> {
        self.roots.iter().map(|(name, _)| name.as_str())
    }

    /// How many `variables.NAME` there are.
    pub(crate) fn composited(&self) -> usize {
        self.composited.len()
    }

    pub(crate) fn records(&self) -> &'static [Record] {
        self.records
    }

    pub(crate) fn root_type(&self, place: usize) -> Type {
        self.roots
            .get(place)
            .map_or(Type::Dyn, |(_, kind)| kind.clone())
    }

    pub(crate) fn composited_type(&self, place: usize) -> Type {
        self.composited
            .get(place)
            .map_or(Type::Dyn, |(_, kind)| kind.clone())
    }

    /// Compiles an expression and checks its types. Of several mistakes the first is told.
    pub fn compile(&self, source: &str) -> Result<Program, CompileError> {
        if source.len() > LENGTH {
            return Err(CompileError {
                place: Place { line: 1, column: 1 },
                message: format!("an expression may have {LENGTH} bytes at most"),
            });
        }
        check_depth(source)?;
        let (tree, places) = cel::Env::default()
            .parser()
            .enable_optional_syntax(true)
            .enable_ident_escape_syntax(true)
            .parse_with_source_info(source)
            .map_err(|errors| syntax_error(&errors))?;
        let mut compiler = Compiler {
            environment: self,
            source,
            places,
            locals: Vec::new(),
            deepest: 0,
        };
        let root = compiler.expression(&tree, 0)?;
        let deepest = compiler.deepest;
        match check::check(self, &root) {
            Ok(kind) => Ok(Program::new(source, root, deepest, kind)),
            Err(mistakes) => {
                let (at, message) = mistakes.into_iter().next().unwrap_or_default();
                Err(CompileError {
                    place: Place::of(source, at),
                    message,
                })
            }
        }
    }
}

struct Compiler<'a> {
    environment: &'a Environment,
    source: &'a str,
    places: SourceInfo,
    locals: Vec<String>,
    deepest: usize,
}

impl Compiler<'_> {
    fn at(&self, tree: &IdedExpr) -> u32 {
        self.places
            .offset_for(tree.id)
            .map_or(0, |(start, _)| start)
    }

    fn error<T>(&self, tree: &IdedExpr, message: impl Into<String>) -> Result<T, CompileError> {
        Err(CompileError {
            place: Place::of(self.source, self.at(tree)),
            message: message.into(),
        })
    }

    fn boxed(&mut self, tree: &IdedExpr, depth: usize) -> Result<Box<Expression>, CompileError> {
        self.expression(tree, depth).map(Box::new)
    }

    fn expression(&mut self, tree: &IdedExpr, depth: usize) -> Result<Expression, CompileError> {
        if depth > DEPTH + 100 {
            return self.error(tree, "nested too deep: use variables for the parts");
        }
        let depth = depth + 1;
        let part = match &tree.expr {
            Expr::Unspecified => return self.error(tree, "an expression is missing"),
            Expr::Literal(literal) => Part::Literal(literal_value(literal)),
            Expr::Ident(name) => self.identifier(tree, name)?,
            Expr::Select(select) => {
                if let Some(part) = self.selected(tree, &select.operand, &select.field)? {
                    part
                } else {
                    let operand = self.boxed(&select.operand, depth)?;
                    let (field, unescaped) = field_names(&select.field);
                    Part::Select {
                        operand,
                        field,
                        unescaped,
                    }
                }
            }
            Expr::List(list) => {
                let mut members = Vec::with_capacity(list.elements.len());
                for (place, member) in list.elements.iter().enumerate() {
                    let optional = list.optional_indices.contains(&place);
                    members.push((self.expression(member, depth)?, optional));
                }
                Part::List(members)
            }
            Expr::Map(map) => {
                let mut entries = Vec::with_capacity(map.entries.len());
                for entry in &map.entries {
                    let EntryExpr::MapEntry(entry) = &entry.expr else {
                        return self.error(tree, "expected entries of a map");
                    };
                    entries.push((
                        self.expression(&entry.key, depth)?,
                        self.expression(&entry.value, depth)?,
                        entry.optional,
                    ));
                }
                Part::Map(entries)
            }
            Expr::Struct(object) => {
                let name = object.type_name.trim_start_matches('.');
                let known = name == "JSONPatch" || name == "Object" || name.starts_with("Object.");
                if !known || !self.environment.object_literals {
                    return self.error(tree, format!("undeclared reference to type '{name}'"));
                }
                let mut fields = Vec::with_capacity(object.entries.len());
                for entry in &object.entries {
                    let EntryExpr::StructField(field) = &entry.expr else {
                        return self.error(tree, "expected fields of an object");
                    };
                    if name == "JSONPatch"
                        && !["op", "path", "from", "value"].contains(&field.field.as_str())
                    {
                        return self.error(tree, format!("undefined field '{}'", field.field));
                    }
                    let (plain, unescaped) = field_names(&field.field);
                    let value = self.expression(&field.value, depth)?;
                    fields.push((unescaped.unwrap_or(plain), value, field.optional));
                }
                Part::Struct(name.to_owned(), fields)
            }
            Expr::Call(call) => {
                let args: Vec<&IdedExpr> = call.args.iter().collect();
                self.call(tree, &call.func_name, call.target.as_deref(), &args, depth)?
            }
            Expr::Comprehension(_) => return self.error(tree, "unexpected comprehension"),
        };
        Ok(Expression {
            at: self.at(tree),
            part,
        })
    }

    fn identifier(&self, tree: &IdedExpr, name: &str) -> Result<Part, CompileError> {
        if let Some(place) = self.locals.iter().rposition(|local| local == name) {
            return Ok(Part::Local(place));
        }
        let name = name.trim_start_matches('.');
        if let Some(place) = self.environment.roots().position(|root| root == name) {
            return Ok(Part::Root(place));
        }
        if let Some(name) = TYPES.iter().find(|known| **known == name) {
            return Ok(Part::Literal(Val::Type(name)));
        }
        let message = format!("undeclared reference to '{name}'");
        self.error(tree, message)
    }

    /// `variables.NAME` and qualified names of types.
    fn selected(
        &self,
        tree: &IdedExpr,
        operand: &IdedExpr,
        field: &str,
    ) -> Result<Option<Part>, CompileError> {
        if self.is_variables(operand) {
            return match self.composited_named(field) {
                Some(place) => Ok(Some(Part::Composited(place))),
                None => self.error(tree, format!("undefined field '{field}'")),
            };
        }
        if let Some(name) = qualified(tree) {
            // A declared name may have a dot: `authorizer.requestResource`.
            if let Some(place) = self.environment.roots().position(|root| root == name) {
                return Ok(Some(Part::Root(place)));
            }
            if let Some(name) = TYPES.iter().find(|known| **known == name) {
                return Ok(Some(Part::Literal(Val::Type(name))));
            }
        }
        Ok(None)
    }

    fn composited_named(&self, name: &str) -> Option<usize> {
        self.environment
            .composited
            .iter()
            .position(|(known, _)| known == name)
    }

    fn is_variables(&self, operand: &IdedExpr) -> bool {
        matches!(&operand.expr, Expr::Ident(name)
            if name == "variables"
                && self.environment.has_variables
                && !self.locals.contains(name)
                && !self.environment.roots().any(|root| root == "variables"))
    }

    fn call(
        &mut self,
        tree: &IdedExpr,
        name: &str,
        target: Option<&IdedExpr>,
        args: &[&IdedExpr],
        depth: usize,
    ) -> Result<Part, CompileError> {
        match (name, target, args) {
            (operators::LOGICAL_AND, None, [first, rest @ ..]) if !rest.is_empty() => {
                return self.chain(first, rest, Part::And, depth);
            }
            (operators::LOGICAL_OR, None, [first, rest @ ..]) if !rest.is_empty() => {
                return self.chain(first, rest, Part::Or, depth);
            }
            (operators::LOGICAL_NOT, None, [operand]) => {
                return Ok(Part::Not(self.boxed(operand, depth)?));
            }
            (operators::CONDITIONAL, None, [test, yes, no]) => {
                return Ok(Part::Conditional(
                    self.boxed(test, depth)?,
                    self.boxed(yes, depth)?,
                    self.boxed(no, depth)?,
                ));
            }
            (operators::INDEX, None, [operand, index]) => {
                return Ok(Part::Index(
                    self.boxed(operand, depth)?,
                    self.boxed(index, depth)?,
                ));
            }
            (operators::OPT_INDEX | operators::OPT_SELECT, None, [operand, index]) => {
                return Ok(Part::OptionalAt(
                    self.boxed(operand, depth)?,
                    self.boxed(index, depth)?,
                    name == operators::OPT_SELECT,
                ));
            }
            (operators::HAS, None, [field]) => return self.has(tree, field, depth),
            _ => {}
        }
        let Some(target) = target else {
            return self.function(tree, name, Style::Global, args, depth);
        };
        if let Some(part) = self.member_macro(tree, name, target, args, depth)? {
            return Ok(part);
        }
        // `sets.contains(a, b)` looks like a member of a variable `sets`.
        if let Some(space) = qualified(target)
            && !self.names_value(target)
        {
            let full = format!("{space}.{name}");
            if self.is_declared(&full, args.len()) {
                return self.function(tree, &full, Style::Global, args, depth);
            }
        }
        let mut all = vec![target];
        all.extend_from_slice(args);
        self.function(tree, name, Style::Member, &all, depth)
    }

    /// True when there is a function of this dotted name. What is for patches is declared with them only.
    fn is_declared(&self, name: &str, count: usize) -> bool {
        let name = name.trim_start_matches('.');
        let found = function::find(name, Style::Global, count);
        !matches!(found, Err(function::NotFound::Unknown))
            && (self.environment.object_literals || !name.starts_with("jsonpatch."))
    }

    /// True when a dotted name begins with a variable.
    fn names_value(&self, tree: &IdedExpr) -> bool {
        match &tree.expr {
            Expr::Ident(name) => {
                self.locals.contains(name)
                    || self.environment.roots().any(|root| root == name)
                    || name == "variables"
            }
            Expr::Select(select) => self.names_value(&select.operand),
            _ => true,
        }
    }

    fn chain(
        &mut self,
        first: &IdedExpr,
        rest: &[&IdedExpr],
        join: fn(Box<Expression>, Box<Expression>) -> Part,
        depth: usize,
    ) -> Result<Part, CompileError> {
        let at = self.at(first);
        let mut part = join(self.boxed(first, depth)?, self.boxed(rest[0], depth)?);
        for next in &rest[1..] {
            let so_far = Box::new(Expression { at, part });
            part = join(so_far, self.boxed(next, depth)?);
        }
        Ok(part)
    }

    fn has(
        &mut self,
        tree: &IdedExpr,
        field: &IdedExpr,
        depth: usize,
    ) -> Result<Part, CompileError> {
        let Expr::Select(select) = &field.expr else {
            return self.error(tree, "has() takes a field, such as has(object.spec)");
        };
        if self.is_variables(&select.operand) {
            return match self.composited_named(&select.field) {
                Some(_) => Ok(Part::Literal(Val::Bool(true))),
                None => self.error(tree, format!("undefined field '{}'", select.field)),
            };
        }
        let operand = self.boxed(&select.operand, depth)?;
        let (field, unescaped) = field_names(&select.field);
        Ok(Part::Has {
            operand,
            field,
            unescaped,
        })
    }

    fn function(
        &mut self,
        tree: &IdedExpr,
        name: &str,
        style: Style,
        args: &[&IdedExpr],
        depth: usize,
    ) -> Result<Part, CompileError> {
        let shown = name.trim_start_matches('.');
        let mut compiled = Vec::with_capacity(args.len());
        for arg in args {
            compiled.push(self.expression(arg, depth)?);
        }
        let found = function::find(shown, style, args.len());
        if matches!(found, Err(function::NotFound::Unknown)) {
            return self.error(tree, format!("undeclared reference to '{shown}'"));
        }
        let Ok(function) = found else {
            return Ok(Part::NoOverload(shown.to_owned(), style, compiled));
        };
        if function.takes_pattern
            && let Some(Part::Literal(Val::Text(pattern))) = compiled.get(1).map(|arg| &arg.part)
        {
            return match function::regex::compile(pattern) {
                Ok(regex) => Ok(Part::Matching(
                    function,
                    compiled,
                    std::sync::Arc::new(regex),
                )),
                Err(err) => {
                    let message = format!("invalid {shown} argument: {err}");
                    self.error(args[1], message)
                }
            };
        }
        Ok(Part::Call(function, compiled))
    }
}
