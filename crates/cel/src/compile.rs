//! From source to a compiled expression: parsed by the `cel` crate, names resolved, macros expanded, and
//! what does not exist refused.

use catseye_model::value::Text;
use cel::common::ast::{EntryExpr, Expr, IdedExpr, LiteralValue, SourceInfo, operators};

use crate::error::{CompileError, Place};
use crate::evaluate::Program;
use crate::expression::{Comprehension, Expression, Fold, Part};
use crate::function::{self, Function, Style};
use crate::value::Val;

/// How deep an expression may nest: parts within parts, and chains such as `a.b.c` and `1 + 1 + 1`.
const DEPTH: usize = 200;

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

fn syntax_error(errors: &cel::ParseErrors) -> CompileError {
    let first = errors.errors.iter().min_by_key(|error| error.pos);
    let (line, column) = first.map_or((1, 1), |error| error.pos);
    CompileError {
        place: Place {
            line: u32::try_from(line).unwrap_or(1).max(1),
            column: u32::try_from(column).unwrap_or(1).max(1),
        },
        message: first.map_or_else(
            || "not an expression".to_owned(),
            |error| format!("syntax error: {}", error.msg),
        ),
    }
}

/// Refuses what nests too deep, before a recursive parser sees it.
fn check_depth(source: &str) -> Result<(), CompileError> {
    let mut frames = vec![0_usize];
    let mut depth = 0_usize;
    let mut characters = source.char_indices().peekable();
    let mut before = ' ';
    while let Some((at, c)) = characters.next() {
        match c {
            '"' | '\'' => {
                let raw = matches!(before, 'r' | 'R');
                skip_text(&mut characters, c, raw);
            }
            '/' if characters.peek().is_some_and(|(_, next)| *next == '/') => {
                while characters.next_if(|(_, c)| *c != '\n').is_some() {}
            }
            '(' | '[' | '{' => {
                frames.push(0);
                depth += 1;
            }
            ')' | ']' | '}' if frames.len() > 1 => {
                // The chain goes on: `a[0][0]`, `f().f()`.
                let closed = frames.pop().unwrap_or(0);
                depth -= closed + 1;
                if let Some(frame) = frames.last_mut() {
                    *frame += 1;
                    depth += 1;
                }
            }
            ',' | '&' | '|' => {
                if let Some(frame) = frames.last_mut() {
                    depth -= *frame;
                    *frame = 0;
                }
            }
            '.' | '+' | '-' | '*' | '/' | '%' | '<' | '>' | '=' | '!' | '?' | ':' => {
                if let Some(frame) = frames.last_mut() {
                    *frame += 1;
                    depth += 1;
                }
            }
            _ => {}
        }
        if depth > DEPTH {
            return Err(CompileError {
                place: Place::of(source, u32::try_from(at).unwrap_or(u32::MAX)),
                message: format!("nested deeper than {DEPTH}: use variables for the parts"),
            });
        }
        before = c;
    }
    Ok(())
}

type Characters<'a> = std::iter::Peekable<std::str::CharIndices<'a>>;

/// Passes over a text literal, whose first quote is read.
fn skip_text(characters: &mut Characters<'_>, quote: char, raw: bool) {
    let mut quotes = 1;
    while quotes < 3 && characters.next_if(|(_, c)| *c == quote).is_some() {
        quotes += 1;
    }
    let wanted = match quotes {
        1 => 1,
        2 => return,
        _ => 3,
    };
    let mut seen = 0;
    while let Some((_, c)) = characters.next() {
        if c == quote {
            seen += 1;
            if seen == wanted {
                return;
            }
            continue;
        }
        seen = 0;
        if c == '\\' && !raw {
            characters.next();
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
            && let Err(err) = function::regex::compile(pattern)
        {
            return self.error(args[1], err);
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

    fn member_macro(
        &mut self,
        tree: &IdedExpr,
        name: &str,
        target: &IdedExpr,
        args: &[&IdedExpr],
        depth: usize,
    ) -> Result<Option<Part>, CompileError> {
        let part = match (name, args) {
            ("or", [other]) => {
                Part::OrOptional(self.boxed(target, depth)?, self.boxed(other, depth)?)
            }
            ("orValue", [other]) => {
                Part::OrValue(self.boxed(target, depth)?, self.boxed(other, depth)?)
            }
            ("optMap" | "optFlatMap", [variable, body]) => {
                let operand = self.boxed(target, depth)?;
                let local = self.bind(&[*variable])?;
                let body = self.boxed(body, depth);
                self.locals.truncate(local);
                Part::OptionalMap {
                    operand,
                    local,
                    body: body?,
                    flat: name == "optFlatMap",
                }
            }
            ("all", [one, body]) => self.fold(target, &[*one], None, body, Fold::All, depth)?,
            ("all", [one, two, body]) => {
                self.fold(target, &[*one, *two], None, body, Fold::All, depth)?
            }
            ("exists", [one, body]) => {
                self.fold(target, &[*one], None, body, Fold::Exists, depth)?
            }
            ("exists", [one, two, body]) => {
                self.fold(target, &[*one, *two], None, body, Fold::Exists, depth)?
            }
            ("exists_one" | "existsOne", [one, body]) => {
                self.fold(target, &[*one], None, body, Fold::ExistsOne, depth)?
            }
            ("exists_one" | "existsOne", [one, two, body]) => {
                self.fold(target, &[*one, *two], None, body, Fold::ExistsOne, depth)?
            }
            ("filter", [one, body]) => {
                self.fold(target, &[*one], None, body, Fold::Filter, depth)?
            }
            ("map", [one, body]) => self.fold(target, &[*one], None, body, Fold::Map, depth)?,
            ("map", [one, filter, body]) => {
                self.fold(target, &[*one], Some(filter), body, Fold::Map, depth)?
            }
            ("sortBy", [one, body]) => {
                self.fold(target, &[*one], None, body, Fold::SortBy, depth)?
            }
            ("transformList", [one, two, body]) => {
                self.fold(target, &[*one, *two], None, body, Fold::Map, depth)?
            }
            ("transformList", [one, two, filter, body]) => {
                self.fold(target, &[*one, *two], Some(filter), body, Fold::Map, depth)?
            }
            ("transformMap", [one, two, rest @ .., body]) if rest.len() < 2 => {
                let filter = rest.first().copied();
                self.fold(
                    target,
                    &[*one, *two],
                    filter,
                    body,
                    Fold::TransformMap,
                    depth,
                )?
            }
            ("transformMapEntry", [one, two, rest @ .., body]) if rest.len() < 2 => {
                let filter = rest.first().copied();
                let kind = Fold::TransformMapEntry;
                self.fold(target, &[*one, *two], filter, body, kind, depth)?
            }
            ("all" | "exists" | "exists_one" | "existsOne" | "filter" | "map", _) => {
                return self.error(tree, format!("{name}() takes a name and an expression"));
            }
            _ => return Ok(None),
        };
        Ok(Some(part))
    }

    /// Names the variables of a macro; the place of the first on the stack.
    fn bind(&mut self, variables: &[&IdedExpr]) -> Result<usize, CompileError> {
        let local = self.locals.len();
        for variable in variables {
            let Expr::Ident(name) = &variable.expr else {
                self.locals.truncate(local);
                return self.error(variable, "the argument must be a simple name");
            };
            self.locals.push(name.clone());
        }
        self.deepest = self.deepest.max(self.locals.len());
        Ok(local)
    }

    fn fold(
        &mut self,
        target: &IdedExpr,
        variables: &[&IdedExpr],
        filter: Option<&IdedExpr>,
        body: &IdedExpr,
        kind: Fold,
        depth: usize,
    ) -> Result<Part, CompileError> {
        let over = self.expression(target, depth)?;
        let local = self.bind(variables)?;
        let filter = filter
            .map(|filter| self.expression(filter, depth))
            .transpose();
        let body = self.expression(body, depth);
        self.locals.truncate(local);
        Ok(Part::Comprehension(Box::new(Comprehension {
            over,
            local,
            two: variables.len() == 2,
            kind,
            filter: filter?,
            body: body?,
        })))
    }
}

/// Types that an expression may name.
const TYPES: &[&str] = &[
    "bool",
    "bytes",
    "double",
    "int",
    "list",
    "map",
    "null_type",
    "string",
    "type",
    "uint",
    "optional_type",
    "google.protobuf.Duration",
    "google.protobuf.Timestamp",
    "kubernetes.Quantity",
    "kubernetes.URL",
    "net.IP",
    "net.CIDR",
    "kubernetes.Semver",
];

fn literal_value(literal: &LiteralValue) -> Val {
    match literal {
        LiteralValue::Boolean(value) => Val::Bool(*value.inner()),
        LiteralValue::Bytes(value) => Val::Bytes(value.inner().into()),
        LiteralValue::Double(value) => Val::Double(*value.inner()),
        LiteralValue::Int(value) => Val::Int(*value.inner()),
        LiteralValue::Null => Val::Null,
        LiteralValue::String(value) => Val::text(value.inner()),
        LiteralValue::UInt(value) => Val::UInt(*value.inner()),
    }
}

/// The name that an expression of identifiers and dots spells.
fn qualified(tree: &IdedExpr) -> Option<String> {
    match &tree.expr {
        Expr::Ident(name) => Some(name.trim_start_matches('.').to_owned()),
        Expr::Select(select) => {
            let mut name = qualified(&select.operand)?;
            name.push('.');
            name.push_str(&select.field);
            Some(name)
        }
        _ => None,
    }
}

fn field_names(field: &str) -> (Text, Option<Text>) {
    let unescaped = unescape(field);
    let differs = unescaped != field;
    (
        Text::from(field),
        differs.then(|| Text::from(unescaped.as_str())),
    )
}

/// Takes back how Kubernetes escapes fields that are no identifiers: `a__dot__b` is `a.b`.
fn unescape(field: &str) -> String {
    if let Some(word) = field
        .strip_prefix("__")
        .and_then(|field| field.strip_suffix("__"))
        && RESERVED.contains(&word)
    {
        return word.to_owned();
    }
    let mut rest = field;
    let mut plain = String::with_capacity(field.len());
    'next: while !rest.is_empty() {
        for (escaped, meant) in [
            ("__underscores__", "__"),
            ("__dot__", "."),
            ("__dash__", "-"),
            ("__slash__", "/"),
        ] {
            if let Some(after) = rest.strip_prefix(escaped) {
                plain.push_str(meant);
                rest = after;
                continue 'next;
            }
        }
        let mut characters = rest.chars();
        plain.extend(characters.next());
        rest = characters.as_str();
    }
    plain
}

/// Words that CEL keeps for itself.
const RESERVED: &[&str] = &[
    "true",
    "false",
    "null",
    "in",
    "as",
    "break",
    "const",
    "continue",
    "else",
    "for",
    "function",
    "if",
    "import",
    "let",
    "loop",
    "package",
    "namespace",
    "return",
    "var",
    "void",
    "while",
];
