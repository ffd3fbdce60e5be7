//! The grammar of Falco conditions.
//!
//! ```text
//! or    := and ("or" and)*
//! and   := not ("and" not)*
//! not   := "not"* ("(" or ")" | macro | field operator value)
//! field := name ["[" argument "]"], or transformer "(" field ")"
//! ```

/// A condition as it is written, names not yet looked up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Expression {
    Any(Vec<Expression>),
    All(Vec<Expression>),
    Not(Box<Expression>),
    Macro(String),
    Comparison(Comparison),
}

/// A look at one field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Comparison {
    /// Transformers around the field, outermost first.
    pub(super) transformers: Vec<String>,
    pub(super) field: FieldName,
    pub(super) operator: Operator,
    pub(super) values: Vec<Value>,
}

/// A field with its argument.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FieldName {
    pub(super) name: String,
    pub(super) argument: Option<String>,
}

/// A value; a bare one may be the name of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Value {
    pub(super) text: String,
    pub(super) is_quoted: bool,
}

/// The operators.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Exists,
    Equal,
    Unequal,
    Less,
    AtMost,
    Greater,
    AtLeast,
    Contains,
    Icontains,
    StartsWith,
    EndsWith,
    Glob,
    Iglob,
    Regex,
    In,
    Intersects,
    PathMatch,
}

/// Words first where one begins with another's letters; symbols longest first.
const OPERATORS: [(&str, Operator); 18] = [
    ("exists", Operator::Exists),
    ("==", Operator::Equal),
    ("!=", Operator::Unequal),
    ("<=", Operator::AtMost),
    (">=", Operator::AtLeast),
    ("=", Operator::Equal),
    ("<", Operator::Less),
    (">", Operator::Greater),
    ("contains", Operator::Contains),
    ("icontains", Operator::Icontains),
    ("startswith", Operator::StartsWith),
    ("endswith", Operator::EndsWith),
    ("glob", Operator::Glob),
    ("iglob", Operator::Iglob),
    ("regex", Operator::Regex),
    ("intersects", Operator::Intersects),
    ("in", Operator::In),
    ("pmatch", Operator::PathMatch),
];

impl Operator {
    /// The operator of that spelling.
    pub(super) fn named(word: &str) -> Option<Self> {
        OPERATORS
            .iter()
            .find(|(spelling, _)| *spelling == word)
            .map(|(_, operator)| *operator)
    }

    pub(super) fn takes_a_list(self) -> bool {
        matches!(
            self,
            Operator::In | Operator::Intersects | Operator::PathMatch
        )
    }
}

/// What does not fit the grammar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unreadable {
    pub(super) found: String,
    pub(super) expected: &'static str,
}

/// How deep parentheses may nest.
const DEPTH: usize = 64;

/// Reads a condition.
pub(super) fn read(text: &str) -> Result<Expression, Unreadable> {
    let mut reader = Reader {
        rest: text,
        depth: 0,
    };
    let expression = reader.any()?;
    reader.blank();
    if reader.rest.is_empty() {
        Ok(expression)
    } else {
        Err(reader.unreadable("`and`, `or` or the end of the condition"))
    }
}

struct Reader<'t> {
    rest: &'t str,
    depth: usize,
}

impl Reader<'_> {
    fn blank(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn unreadable(&self, expected: &'static str) -> Unreadable {
        let found: String = self.rest.chars().take(24).collect();
        Unreadable {
            found: if found.is_empty() {
                "the end of the condition".to_owned()
            } else {
                format!("`{found}`")
            },
            expected,
        }
    }

    /// Takes a word of the language, which no letter may follow.
    fn keyword(&mut self, word: &str) -> bool {
        self.blank();
        let Some(after) = self.rest.strip_prefix(word) else {
            return false;
        };
        let is_whole =
            !after.starts_with(|it: char| it.is_ascii_alphanumeric() || "_.-[".contains(it));
        if is_whole {
            self.rest = after;
        }
        is_whole
    }

    fn symbol(&mut self, symbol: char) -> bool {
        self.blank();
        let after = self.rest.strip_prefix(symbol);
        self.rest = after.unwrap_or(self.rest);
        after.is_some()
    }

    fn any(&mut self) -> Result<Expression, Unreadable> {
        let mut parts = vec![self.all()?];
        while self.keyword("or") {
            parts.push(self.all()?);
        }
        Ok(single(parts, Expression::Any))
    }

    fn all(&mut self) -> Result<Expression, Unreadable> {
        let mut parts = vec![self.not()?];
        while self.keyword("and") {
            parts.push(self.not()?);
        }
        Ok(single(parts, Expression::All))
    }

    fn not(&mut self) -> Result<Expression, Unreadable> {
        let mut negated = false;
        while self.keyword("not") {
            negated = !negated;
        }
        let inner = if self.symbol('(') {
            self.depth += 1;
            if self.depth > DEPTH {
                return Err(self.unreadable("fewer parentheses within each other"));
            }
            let inner = self.any()?;
            self.depth -= 1;
            if !self.symbol(')') {
                return Err(self.unreadable("`)`"));
            }
            inner
        } else {
            self.look()?
        };
        Ok(if negated {
            Expression::Not(Box::new(inner))
        } else {
            inner
        })
    }

    fn look(&mut self) -> Result<Expression, Unreadable> {
        let (field, transformers) = self.field()?;
        let Some(operator) = self.operator() else {
            let is_macro = transformers.is_empty() && field.argument.is_none();
            if is_macro && !field.name.contains('.') {
                return Ok(Expression::Macro(field.name));
            }
            return Err(self.unreadable("an operator such as `=`, `in`, `intersects` or `exists`"));
        };
        let values = match operator {
            Operator::Exists => Vec::new(),
            operator if operator.takes_a_list() => self.list()?,
            _ => vec![self.value()?],
        };
        Ok(Expression::Comparison(Comparison {
            transformers,
            field,
            operator,
            values,
        }))
    }

    fn field(&mut self) -> Result<(FieldName, Vec<String>), Unreadable> {
        let mut transformers = Vec::new();
        loop {
            self.blank();
            let end = self
                .rest
                .find(|it: char| !(it.is_ascii_alphanumeric() || "_.-".contains(it)))
                .unwrap_or(self.rest.len());
            let (name, rest) = self.rest.split_at(end);
            if name.is_empty() {
                return Err(self.unreadable("a field, a macro, `not` or `(`"));
            }
            self.rest = rest;
            // `tolower(field)`: a name with a parenthesis at once is no macro.
            if rest.starts_with('(') && !name.contains('.') && Operator::named(name).is_none() {
                self.symbol('(');
                transformers.push(name.to_owned());
                continue;
            }
            let argument = self.argument()?;
            for _ in &transformers {
                if !self.symbol(')') {
                    return Err(self.unreadable("`)`"));
                }
            }
            let field = FieldName {
                name: name.to_owned(),
                argument,
            };
            return Ok((field, transformers));
        }
    }

    fn argument(&mut self) -> Result<Option<String>, Unreadable> {
        let Some(inner) = self.rest.strip_prefix('[') else {
            return Ok(None);
        };
        self.rest = inner;
        let argument = if inner.starts_with(['"', '\'']) {
            self.quoted()?
        } else {
            let end = inner.find(']').unwrap_or(inner.len());
            let (argument, rest) = inner.split_at(end);
            self.rest = rest;
            argument.trim().to_owned()
        };
        if self.symbol(']') {
            Ok(Some(argument))
        } else {
            Err(self.unreadable("`]`"))
        }
    }

    fn operator(&mut self) -> Option<Operator> {
        self.blank();
        for (spelling, operator) in OPERATORS {
            let is_word = spelling.starts_with(|it: char| it.is_ascii_alphabetic());
            if is_word && self.keyword(spelling) {
                return Some(operator);
            }
            if !is_word && let Some(rest) = self.rest.strip_prefix(spelling) {
                self.rest = rest;
                return Some(operator);
            }
        }
        None
    }

    fn list(&mut self) -> Result<Vec<Value>, Unreadable> {
        let mut values = Vec::new();
        if !self.symbol('(') {
            // One value, or one list, may stand without parentheses.
            return Ok(vec![self.value()?]);
        }
        if self.symbol(')') {
            return Ok(values);
        }
        loop {
            values.push(self.value()?);
            if self.symbol(')') {
                return Ok(values);
            }
            if !self.symbol(',') {
                return Err(self.unreadable("`,` or `)`"));
            }
            // A comma may stand behind the last value.
            if self.symbol(')') {
                return Ok(values);
            }
        }
    }

    fn value(&mut self) -> Result<Value, Unreadable> {
        self.blank();
        if self.rest.starts_with(['"', '\'']) {
            return Ok(Value {
                text: self.quoted()?,
                is_quoted: true,
            });
        }
        let end = self
            .rest
            .find(|it: char| it.is_whitespace() || "(),\"'".contains(it))
            .unwrap_or(self.rest.len());
        let (text, rest) = self.rest.split_at(end);
        if text.is_empty() {
            return Err(self.unreadable("a value"));
        }
        self.rest = rest;
        Ok(Value {
            text: text.to_owned(),
            is_quoted: false,
        })
    }

    fn quoted(&mut self) -> Result<String, Unreadable> {
        let mut chars = self.rest.chars();
        let quote = chars.next();
        let mut text = String::new();
        while let Some(next) = chars.next() {
            if Some(next) == quote {
                self.rest = chars.as_str();
                return Ok(text);
            }
            let mut after = chars.clone();
            match (next, after.next()) {
                ('\\', Some(escaped @ ('"' | '\'' | '\\'))) => {
                    chars = after;
                    text.push(escaped);
                }
                _ => text.push(next),
            }
        }
        Err(Unreadable {
            found: self.rest.chars().take(24).collect(),
            expected: "the quote that ends it",
        })
    }
}

fn single(mut parts: Vec<Expression>, many: fn(Vec<Expression>) -> Expression) -> Expression {
    if parts.len() == 1 {
        parts.remove(0)
    } else {
        many(parts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(expression: &Expression) -> String {
        let list = |parts: &[Expression]| parts.iter().map(shown).collect::<Vec<_>>().join(" ");
        match expression {
            Expression::Any(parts) => format!("(or {})", list(parts)),
            Expression::All(parts) => format!("(and {})", list(parts)),
            Expression::Not(inner) => format!("(not {})", shown(inner)),
            Expression::Macro(name) => name.clone(),
            Expression::Comparison(it) => {
                let values: Vec<&str> = it.values.iter().map(|value| value.text.as_str()).collect();
                let mut field = it.field.name.clone();
                if let Some(argument) = &it.field.argument {
                    field = format!("{field}[{argument}]");
                }
                for transformer in it.transformers.iter().rev() {
                    field = format!("{transformer}({field})");
                }
                format!("<{field} {:?} {}>", it.operator, values.join("|"))
            }
        }
    }

    #[test]
    fn conditions_are_read_as_falco_reads_them() {
        for (text, expected) in [
            ("a and b or not c", "(or (and a b) (not c))"),
            ("not not a", "a"),
            ("not (a or b)", "(not (or a b))"),
            ("android and order", "(and android order)"),
            ("ka.verb=get", "<ka.verb Equal get>"),
            ("ka.verb in (a, \"b c\" , d,)", "<ka.verb In a|b c|d>"),
            (
                "ka.uri startswith /healthz? or x",
                "(or <ka.uri StartsWith /healthz?> x)",
            ),
            ("not ka.x exists and y", "(and (not <ka.x Exists >) y)"),
            ("jevt.value[/a/b~1c] != 'it''", "!"),
            ("jevt.value[\"/a]b\"] exists", "<jevt.value[/a]b] Exists >"),
            (
                "tolower(ka.user.name) contains x",
                "<tolower(ka.user.name) Contains x>",
            ),
            ("ka.v intersects (\"*\")", "<ka.v Intersects *>"),
            ("ka.v in ()", "<ka.v In >"),
            ("a and", "!"),
            ("(a", "!"),
            ("ka.verb", "!"),
            ("ka.verb is x", "!"),
            ("a b", "!"),
        ] {
            let read = read(text).map_or_else(|_| "!".to_owned(), |it| shown(&it));
            assert_eq!(read, expected, "{text}");
        }
    }

    #[test]
    fn what_does_not_fit_is_named() {
        let err = read("ka.verb = get and ka.uri").expect_err("no operator");
        assert_eq!(err.found, "the end of the condition");
        assert!(read(&"(".repeat(10_000)).is_err());
        assert!(read(&"not ".repeat(10_000)).is_err());
    }
}
