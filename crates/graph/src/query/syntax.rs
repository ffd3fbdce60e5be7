//! The form of a query, and its reader.

use winnow::ascii::{Caseless, digit1, multispace0, multispace1};
use winnow::combinator::{
    alt, cut_err, delimited, not, opt, peek, preceded, repeat, separated, terminated,
};
use winnow::error::{ContextError, ErrMode, StrContext};
use winnow::prelude::*;
use winnow::token::{take_till, take_while};

/// A query.
#[derive(Debug, Clone, PartialEq)]
pub struct Query {
    /// The patterns, all of which must match.
    pub patterns: Vec<Pattern>,
    /// The condition.
    pub condition: Option<Condition>,
    /// What to return.
    pub returns: Vec<Item>,
    /// Equal rows once.
    pub distinct: bool,
    /// By which columns to order, and whether falling.
    pub order: Vec<(Term, bool)>,
    /// How many rows.
    pub limit: Option<usize>,
}

/// A chain of nodes and steps.
#[derive(Debug, Clone, PartialEq)]
pub struct Pattern {
    /// The first node.
    pub start: NodePattern,
    /// The steps, each with the node that it leads to.
    pub steps: Vec<(StepPattern, NodePattern)>,
}

/// `(a:Pod|Container {name: 'web'})`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct NodePattern {
    /// The variable.
    pub variable: Option<String>,
    /// What it may be; anything where empty.
    pub labels: Vec<String>,
    /// Properties that it must have.
    pub properties: Vec<(String, Literal)>,
}

/// `-[r:POD_EXEC|POD_ATTACH*1..3]->`.
#[derive(Debug, Clone, PartialEq)]
pub struct StepPattern {
    /// The variable.
    pub variable: Option<String>,
    /// The kinds; any where empty.
    pub kinds: Vec<String>,
    /// From how many to how many steps, where a `*` stands.
    pub length: Option<(u32, u32)>,
    /// The way of the arrow.
    pub direction: Direction,
}

/// The way of an arrow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// `-->`
    Out,
    /// `<--`
    In,
    /// `--`
    Either,
}

/// A text, a number, a truth or nothing.
#[derive(Debug, Clone, PartialEq)]
pub enum Literal {
    /// `'shop'`
    Text(String),
    /// `7`
    Number(i64),
    /// `true`
    Truth(bool),
    /// `null`
    Null,
}

/// Something with a value.
#[derive(Debug, Clone, PartialEq)]
pub enum Term {
    /// A literal.
    Literal(Literal),
    /// `a`
    Variable(String),
    /// `a.name`
    Property(String, String),
    /// `type(r)`
    Type(String),
    /// `count(*)`
    Count,
}

/// What a row must meet.
#[derive(Debug, Clone, PartialEq)]
pub enum Condition {
    /// Both.
    And(Box<Condition>, Box<Condition>),
    /// Either.
    Or(Box<Condition>, Box<Condition>),
    /// Not.
    Not(Box<Condition>),
    /// A comparison.
    Compare(Term, Operator, Term),
    /// `a.name IN ['x', 'y']`
    In(Term, Vec<Literal>),
    /// `a.name IS NULL`
    IsNull(Term),
}

/// A comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// `=`
    Equal,
    /// `<>`
    Unequal,
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `>`
    More,
    /// `>=`
    AtLeast,
    /// `STARTS WITH`
    StartsWith,
    /// `ENDS WITH`
    EndsWith,
    /// `CONTAINS`
    Contains,
}

/// A column: what it shows, and what it is called.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// What it shows.
    pub term: Term,
    /// Its name.
    pub name: String,
}

/// Text that is no query.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("column {column}: {expected}")]
pub struct SyntaxError {
    /// Where, from 1.
    pub column: usize,
    /// What should stand there.
    pub expected: String,
}

/// How deep conditions may nest; a reader that calls itself must end before the stack does.
const DEPTH: usize = 64;

impl std::str::FromStr for Query {
    type Err = SyntaxError;

    fn from_str(text: &str) -> Result<Self, SyntaxError> {
        if let Some(column) = too_deep(text) {
            return Err(SyntaxError {
                column,
                expected: format!("at most {DEPTH} conditions within each other"),
            });
        }
        query.parse(text).map_err(|err| {
            let expected: Vec<String> = err
                .inner()
                .context()
                .filter_map(|context| match context {
                    StrContext::Label(label) => Some((*label).to_owned()),
                    _ => None,
                })
                .collect();
            SyntaxError {
                column: text[..err.offset()].chars().count() + 1,
                expected: match expected.first() {
                    Some(label) => format!("expected {label}"),
                    None => "expected MATCH (a)-[:KIND]->(b) WHERE … RETURN …".to_owned(),
                },
            }
        })
    }
}

/// Where parentheses and NOTs nest deeper than the reader may call itself.
fn too_deep(text: &str) -> Option<usize> {
    let (mut depth, mut nots) = (0_usize, 0_usize);
    let mut word = String::new();
    for (column, letter) in text.chars().enumerate() {
        match letter {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if letter.is_alphanumeric() {
            word.push(letter);
        } else if !word.is_empty() {
            nots += usize::from(word.eq_ignore_ascii_case("not"));
            word.clear();
        }
        if depth > DEPTH || nots > DEPTH {
            return Some(column + 1);
        }
    }
    None
}

type Read<T> = Result<T, ErrMode<ContextError>>;

fn query(input: &mut &str) -> Read<Query> {
    multispace0.parse_next(input)?;
    keyword("MATCH")
        .context(StrContext::Label("MATCH"))
        .parse_next(input)?;
    let patterns = cut_err(separated(1.., pattern, comma))
        .context(StrContext::Label(
            "a pattern such as (a:Pod)-[:NODE_PODS]->(b)",
        ))
        .parse_next(input)?;
    let condition = opt(preceded(
        keyword("WHERE"),
        cut_err(any_of).context(StrContext::Label("a condition such as a.name = 'web'")),
    ))
    .parse_next(input)?;
    cut_err(keyword("RETURN"))
        .context(StrContext::Label("RETURN"))
        .parse_next(input)?;
    let distinct = opt(keyword("DISTINCT")).parse_next(input)?.is_some();
    let returns = cut_err(separated(1.., item, comma))
        .context(StrContext::Label("what to return, such as a.name"))
        .parse_next(input)?;
    let order = opt(preceded(
        (keyword("ORDER"), keyword("BY")),
        cut_err(separated(1.., ordering, comma))
            .context(StrContext::Label("what to order by, such as a.name")),
    ))
    .parse_next(input)?;
    let limit = opt(preceded(
        keyword("LIMIT"),
        cut_err(number).context(StrContext::Label("a number of rows")),
    ))
    .parse_next(input)?;
    multispace0.parse_next(input)?;
    Ok(Query {
        patterns,
        condition,
        returns,
        distinct,
        order: order.unwrap_or_default(),
        limit: limit.map(|limit| usize::try_from(limit).unwrap_or(usize::MAX)),
    })
}

/// A word in any case, with the blanks after it.
fn keyword<'a>(word: &'static str) -> impl Parser<&'a str, (), ErrMode<ContextError>> {
    (Caseless(word), peek(not(word_letter)), multispace0).void()
}

fn word_letter(input: &mut &str) -> Read<char> {
    winnow::token::one_of(|letter: char| letter.is_alphanumeric() || letter == '_')
        .parse_next(input)
}

fn symbol<'a>(text: &'static str) -> impl Parser<&'a str, (), ErrMode<ContextError>> {
    (text, multispace0).void()
}

fn comma(input: &mut &str) -> Read<()> {
    symbol(",").parse_next(input)
}

fn name(input: &mut &str) -> Read<String> {
    let quoted = delimited('`', take_till(1.., '`'), '`');
    let plain = take_while(1.., |letter: char| {
        letter.is_alphanumeric() || letter == '_'
    });
    terminated(alt((quoted, plain)), multispace0)
        .map(str::to_owned)
        .parse_next(input)
}

fn number(input: &mut &str) -> Read<i64> {
    terminated(digit1.try_map(str::parse::<i64>), multispace0).parse_next(input)
}

fn literal(input: &mut &str) -> Read<Literal> {
    alt((
        text.map(Literal::Text),
        (opt('-'), number)
            .map(|(minus, number)| Literal::Number(if minus.is_some() { -number } else { number })),
        keyword("true").map(|()| Literal::Truth(true)),
        keyword("false").map(|()| Literal::Truth(false)),
        keyword("null").map(|()| Literal::Null),
    ))
    .parse_next(input)
}

/// A text in either kind of quotes, with `\` before a quote.
fn text(input: &mut &str) -> Read<String> {
    let quote = winnow::token::one_of(['\'', '"']).parse_next(input)?;
    let parts: Vec<String> = cut_err(repeat(
        0..,
        alt((
            preceded('\\', winnow::token::any).map(|letter: char| letter.to_string()),
            take_till(1.., move |letter| letter == quote || letter == '\\').map(str::to_owned),
        )),
    ))
    .parse_next(input)?;
    cut_err((quote, multispace0))
        .context(StrContext::Label("a closing quote"))
        .parse_next(input)?;
    Ok(parts.concat())
}

fn pattern(input: &mut &str) -> Read<Pattern> {
    let start = node.parse_next(input)?;
    let steps = repeat(
        0..,
        (
            step,
            cut_err(node).context(StrContext::Label("a node such as (b)")),
        ),
    )
    .parse_next(input)?;
    Ok(Pattern { start, steps })
}

fn node(input: &mut &str) -> Read<NodePattern> {
    symbol("(").parse_next(input)?;
    let variable = opt(name).parse_next(input)?;
    let labels = opt(preceded(
        symbol(":"),
        separated(1.., name, alt((symbol("|"), symbol(":")))),
    ))
    .parse_next(input)?;
    let property = (
        terminated(name, symbol(":")),
        literal.context(StrContext::Label("a value such as 'web'")),
    );
    let properties = opt(delimited(
        symbol("{"),
        separated(0.., property, comma),
        symbol("}"),
    ))
    .parse_next(input)?;
    cut_err(symbol(")"))
        .context(StrContext::Label("a closing )"))
        .parse_next(input)?;
    Ok(NodePattern {
        variable,
        labels: labels.unwrap_or_default(),
        properties: properties.unwrap_or_default(),
    })
}

fn step(input: &mut &str) -> Read<StepPattern> {
    let points_back =
        alt((symbol("<-").value(true), symbol("-").value(false))).parse_next(input)?;
    let inner = opt(delimited(
        symbol("["),
        step_inner,
        cut_err(symbol("]")).context(StrContext::Label("a closing ]")),
    ))
    .parse_next(input)?;
    let points_on = cut_err(alt((symbol("->").value(true), symbol("-").value(false))))
        .context(StrContext::Label("-> or -"))
        .parse_next(input)?;
    let (variable, kinds, length) = inner.unwrap_or_default();
    Ok(StepPattern {
        variable,
        kinds,
        length,
        direction: match (points_back, points_on) {
            (false, true) => Direction::Out,
            (true, false) => Direction::In,
            _ => Direction::Either,
        },
    })
}

type StepInner = (Option<String>, Vec<String>, Option<(u32, u32)>);

fn step_inner(input: &mut &str) -> Read<StepInner> {
    let variable = opt(name).parse_next(input)?;
    let kinds = opt(preceded(
        symbol(":"),
        separated(1.., preceded(opt(symbol(":")), name), symbol("|")),
    ))
    .parse_next(input)?;
    let length = opt(preceded(symbol("*"), range)).parse_next(input)?;
    Ok((variable, kinds.unwrap_or_default(), length))
}

/// `2`, `1..3`, `..3`, `2..` or nothing.
fn range(input: &mut &str) -> Read<(u32, u32)> {
    let bound = |number: i64| u32::try_from(number).unwrap_or(u32::MAX);
    let low = opt(number).parse_next(input)?.map(bound);
    let dots = opt(symbol("..")).parse_next(input)?;
    let high = opt(number).parse_next(input)?.map(bound);
    Ok(match (low, dots, high) {
        (Some(low), None, _) => (low, low),
        (low, _, high) => (low.unwrap_or(1), high.unwrap_or(u32::MAX)),
    })
}

fn any_of(input: &mut &str) -> Read<Condition> {
    let all: Vec<Condition> = separated(1.., all_of, keyword("OR")).parse_next(input)?;
    folded(all, Condition::Or)
}

fn all_of(input: &mut &str) -> Read<Condition> {
    let all: Vec<Condition> = separated(1.., negated, keyword("AND")).parse_next(input)?;
    folded(all, Condition::And)
}

fn folded(
    all: Vec<Condition>,
    join: fn(Box<Condition>, Box<Condition>) -> Condition,
) -> Read<Condition> {
    all.into_iter()
        .reduce(|a, b| join(Box::new(a), Box::new(b)))
        .ok_or_else(|| ErrMode::Backtrack(ContextError::new()))
}

fn negated(input: &mut &str) -> Read<Condition> {
    alt((
        preceded(keyword("NOT"), negated).map(|inner| Condition::Not(Box::new(inner))),
        delimited(symbol("("), any_of, symbol(")")),
        comparison,
    ))
    .parse_next(input)
}

fn comparison(input: &mut &str) -> Read<Condition> {
    let left = term.parse_next(input)?;
    let null = preceded(
        keyword("IS"),
        terminated(opt(keyword("NOT")), keyword("NULL")),
    );
    if let Some(negation) = opt(null).parse_next(input)? {
        let is_null = Condition::IsNull(left);
        return Ok(match negation {
            Some(()) => Condition::Not(Box::new(is_null)),
            None => is_null,
        });
    }
    if opt(keyword("IN")).parse_next(input)?.is_some() {
        let list = delimited(symbol("["), separated(0.., literal, comma), symbol("]"))
            .context(StrContext::Label("a list such as ['a', 'b']"))
            .parse_next(input)?;
        return Ok(Condition::In(left, list));
    }
    let operator = cut_err(operator)
        .context(StrContext::Label(
            "=, <>, <, >, IN, CONTAINS, STARTS WITH or ENDS WITH",
        ))
        .parse_next(input)?;
    let right = cut_err(term)
        .context(StrContext::Label("a value such as 'web' or b.name"))
        .parse_next(input)?;
    Ok(Condition::Compare(left, operator, right))
}

fn operator(input: &mut &str) -> Read<Operator> {
    alt((
        symbol("<>").value(Operator::Unequal),
        symbol("<=").value(Operator::AtMost),
        symbol(">=").value(Operator::AtLeast),
        symbol("<").value(Operator::Less),
        symbol(">").value(Operator::More),
        symbol("=").value(Operator::Equal),
        (Caseless("STARTS"), multispace1, keyword("WITH")).value(Operator::StartsWith),
        (Caseless("ENDS"), multispace1, keyword("WITH")).value(Operator::EndsWith),
        keyword("CONTAINS").value(Operator::Contains),
    ))
    .parse_next(input)
}

fn term(input: &mut &str) -> Read<Term> {
    alt((
        literal.map(Term::Literal),
        (keyword("count"), symbol("("), symbol("*"), symbol(")")).map(|_| Term::Count),
        preceded(keyword("type"), delimited(symbol("("), name, symbol(")"))).map(Term::Type),
        (name, opt(preceded(symbol("."), name))).map(|(variable, property)| match property {
            Some(property) => Term::Property(variable, property),
            None => Term::Variable(variable),
        }),
    ))
    .parse_next(input)
}

fn item(input: &mut &str) -> Read<Item> {
    let before: &str = input;
    let term = term.parse_next(input)?;
    let written = before[..before.len() - input.len()].trim().to_owned();
    let alias = opt(preceded(keyword("AS"), cut_err(name))).parse_next(input)?;
    Ok(Item {
        term,
        name: alias.unwrap_or(written),
    })
}

fn ordering(input: &mut &str) -> Read<(Term, bool)> {
    let term = term.parse_next(input)?;
    let falls = opt(alt((
        keyword("DESC").value(true),
        keyword("ASC").value(false),
    )))
    .parse_next(input)?;
    Ok((term, falls.unwrap_or(false)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_patterns_conditions_and_columns() {
        let query: Query = "match (a:Identity {namespace: 'shop'})-[r:HAS_PERMISSION]->(p)<-[:X|:Y*1..3]-(b), (c) \
             WHERE NOT (a.name = \"x\\\"y\" OR type(r) IN ['A', 'B']) AND b.name STARTS WITH 'w' \
             RETURN DISTINCT a.name AS who, count(*) ORDER BY a.name DESC LIMIT 5"
            .parse()
            .unwrap();
        assert_eq!(query.patterns.len(), 2);
        assert_eq!(query.patterns[0].steps.len(), 2);
        assert_eq!(query.patterns[0].steps[1].0.direction, Direction::In);
        assert_eq!(query.patterns[0].steps[1].0.length, Some((1, 3)));
        assert_eq!(query.patterns[0].steps[1].0.kinds, ["X", "Y"]);
        assert_eq!(query.returns[0].name, "who");
        assert_eq!(query.returns[1].term, Term::Count);
        assert!(query.distinct && query.order[0].1);
        assert_eq!(query.limit, Some(5));
    }

    #[test]
    fn errors_say_where_and_what_to_write() {
        for (text, column, expected) in [
            ("FIND (a)", 1, "MATCH"),
            ("MATCH (a RETURN a", 10, "a closing )"),
            ("MATCH (a) WHERE a.name ~ 'x' RETURN a", 24, "=, <>"),
            ("MATCH (a)", 10, "RETURN"),
            (
                "MATCH (a) WHERE a.name = 'x RETURN a",
                37,
                "a closing quote",
            ),
            ("MATCH (a)-[:X]>(b) RETURN a", 15, "-> or -"),
        ] {
            let error = text.parse::<Query>().unwrap_err();
            assert!(error.expected.contains(expected), "{text}: {error}");
            assert_eq!(error.column, column, "{text}: {error}");
        }
    }

    #[test]
    fn deep_nesting_is_refused_rather_than_followed() {
        let text = format!("MATCH (a) WHERE {}a.x = 1", "(".repeat(100_000));
        assert!(text.parse::<Query>().is_err());
        let text = format!("MATCH (a) WHERE {} a.x = 1 RETURN a", "NOT ".repeat(1000));
        assert!(text.parse::<Query>().is_err());
    }
}
