//! From source to a compiled expression: parsed by the `cel` crate, names resolved, macros expanded, and
//! what does not exist refused.

mod macros;
mod names;
mod source;

use cel::common::ast::{EntryExpr, Expr, IdedExpr, SourceInfo, operators};

use crate::error::{CompileError, Place};
use crate::evaluate::Program;
use crate::expression::{Expression, Part};
use crate::function::{self, Function, Style};
use crate::value::Val;
use names::{TYPES, field_names, literal_value, qualified};
use source::{DEPTH, check_depth, syntax_error};

/// The longest source that is read, in bytes.
const LENGTH: usize = 100_000;

/// What expressions may name.
#[derive(Debug, Clone, Default)]
pub struct Environment {
    roots: Vec<Root>,
    composited: Vec<String>,
    object_literals: bool,
}

#[derive(Debug, Clone)]
struct Root {
    name: String,
    fields: Option<&'static [&'static str]>,
}

impl Environment {
    /// Declares a variable of any type. Variables are numbered in the order declared.
    #[must_use]
    pub fn with(mut self, name: &str) -> Self {
        self.roots.push(Root {
            name: name.to_owned(),
            fields: None,
        });
        self
    }

    /// Declares a variable with these fields and no others.
    #[must_use]
    pub fn with_fields(mut self, name: &str, fields: &'static [&'static str]) -> Self {
        self.roots.push(Root {
            name: name.to_owned(),
            fields: Some(fields),
        });
        self
    }

    /// Declares `variables.NAME`, evaluated when it is first used.
    pub fn add_composited(&mut self, name: &str) {
        self.composited.push(name.to_owned());
    }

    /// Allows `Object{…}` and `JSONPatch{…}`, as mutating policies write them.
    #[must_use]
    pub fn with_object_literals(mut self) -> Self {
        self.object_literals = true;
        self
    }

    /// The names of the declared variables, in order.
    pub(crate) fn roots(&self) -> impl Iterator<Item = &str> {
        self.roots.iter().map(|root| root.name.as_str())
    }

    /// How many `variables.NAME` there are.
    pub(crate) fn composited(&self) -> usize {
        self.composited.len()
    }

    /// Compiles an expression.
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
        Ok(Program::new(source, root, compiler.deepest))
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
                    self.check_field(tree, &select.operand, &select.field)?;
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
                None => self.error(tree, format!("undefined field '{field}' of variables")),
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
            .position(|known| known == name)
    }

    /// Refuses a field that a variable with declared fields lacks.
    fn check_field(
        &self,
        tree: &IdedExpr,
        operand: &IdedExpr,
        field: &str,
    ) -> Result<(), CompileError> {
        let Expr::Ident(name) = &operand.expr else {
            return Ok(());
        };
        if self.locals.contains(name) {
            return Ok(());
        }
        let root = self
            .environment
            .roots
            .iter()
            .find(|root| root.name == *name);
        match root.and_then(|root| root.fields) {
            Some(fields) if !fields.contains(&field) => {
                self.error(tree, format!("undefined field '{field}' of {name}"))
            }
            _ => Ok(()),
        }
    }

    fn is_variables(&self, operand: &IdedExpr) -> bool {
        matches!(&operand.expr, Expr::Ident(name)
            if name == "variables"
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
            return self.function(tree, &full, Style::Global, args, depth);
        }
        let mut all = vec![target];
        all.extend_from_slice(args);
        self.function(tree, name, Style::Member, &all, depth)
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
        self.check_field(field, &select.operand, &select.field)?;
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
        let function = self.find(tree, name, style, args.len())?;
        let mut compiled = Vec::with_capacity(args.len());
        for arg in args {
            compiled.push(self.expression(arg, depth)?);
        }
        if function.takes_pattern
            && let Some(Part::Literal(Val::Text(pattern))) = compiled.get(1).map(|arg| &arg.part)
        {
            return match function::regex::compile(pattern) {
                Ok(regex) => Ok(Part::Matching(
                    function,
                    compiled,
                    std::sync::Arc::new(regex),
                )),
                Err(err) => self.error(args[1], err),
            };
        }
        Ok(Part::Call(function, compiled))
    }

    fn find(
        &self,
        tree: &IdedExpr,
        name: &str,
        style: Style,
        count: usize,
    ) -> Result<&'static Function, CompileError> {
        let shown = name.trim_start_matches('.');
        match function::find(shown, style, count) {
            Ok(function) => Ok(function),
            Err(function::NotFound::Unknown) => {
                self.error(tree, format!("undeclared reference to function '{shown}'"))
            }
            Err(function::NotFound::OtherArguments) => self.error(
                tree,
                format!("found no matching overload for '{shown}': other arguments are wanted"),
            ),
        }
    }
}
